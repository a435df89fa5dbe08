#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/buf.h"
#include "lib/base/text.h"
#include "mailer/mail_conf.h"

static struct conf_words
words(struct arena *arena, const char *text)
{
	struct conf_words found = {.list = NULL};

	found.list = text_split(arena, text, " ", &found.count);
	return found;
}

static void
test_check(void **unused)
{
	static const struct {
		const char *smtp;
		struct mail_conf conf; /* but for smtp */
		const char *complaint; /* the key it is about, "" = none */
	} cases[] = {
	    {"smtp://127.0.0.1:25",
		{{0}, false, "", "", "", "a@b.fr", "", 1, 1}, ""},
	    {"smtp://localhost", {{0}, false, "", "", "", "a@b.fr", "", 1, 1},
		""},
	    {"smtp://[::1]:25", {{0}, false, "", "", "", "a@b.fr", "", 1, 1},
		""},
	    {"smtp://mail.test", {{0}, true, "", "", "", "a@b.fr", "", 1, 1},
		""},
	    {"smtps://mail.test", {{0}, false, "", "", "", "a@b.fr", "", 1, 1},
		""},
	    {"smtp://mail.test",
		{{0}, true, "", "u", "/p", "N <a@b.fr>", "c@d.fr", 1, 1}, ""},
	    {"smtp://mail.test:25",
		{{0}, false, "", "", "", "a@b.fr", "", 1, 1}, "starttls"},
	    /* loopback is the host, not something in the address */
	    {"smtp://mail.test/127.0.0.1",
		{{0}, false, "", "", "", "a@b.fr", "", 1, 1}, "starttls"},
	    {"smtp://127.0.0.1@mail.test",
		{{0}, false, "", "", "", "a@b.fr", "", 1, 1}, "smtp"},
	    {"smtp://localhost:x@mail.test",
		{{0}, false, "", "", "", "a@b.fr", "", 1, 1}, "smtp"},
	    {"http://127.0.0.1", {{0}, true, "", "", "", "a@b.fr", "", 1, 1},
		"smtp"},
	    {"127.0.0.1:25", {{0}, true, "", "", "", "a@b.fr", "", 1, 1},
		"smtp"},
	    {"smtps://a.test smtp://b.test smtp://[::1]",
		{{0}, true, "", "", "", "a@b.fr", "", 1, 1}, ""},
	    {"smtp://127.0.0.1 smtp://b.test",
		{{0}, false, "", "", "", "a@b.fr", "", 1, 1}, "starttls"},
	    {"smtps://a.test b.test",
		{{0}, true, "", "", "", "a@b.fr", "", 1, 1}, "smtp"},
	    {"", {{0}, true, "", "", "", "a@b.fr", "", 1, 1}, "smtp"},
	    {"smtps://a smtps://a smtps://a smtps://a smtps://a smtps://a "
	     "smtps://a smtps://a smtps://a",
		{{0}, true, "", "", "", "a@b.fr", "", 1, 1}, "smtp"},
	    {"smtps://m.test", {{0}, true, "", "", "", "nobody", "", 1, 1},
		"from"},
	    {"smtps://m.test", {{0}, true, "", "", "", "a@b.fr", "x", 1, 1},
		"envelope_from"},
	    {"smtps://m.test", {{0}, true, "", "u", "", "a@b.fr", "", 1, 1},
		"password_file"},
	    {"smtps://m.test", {{0}, true, "", "", "/p", "a@b.fr", "", 1, 1},
		"password_file"},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct mail_conf conf = cases[i].conf;
		struct arena arena = {0};
		struct buf report;

		buf_init(&report, 4096);
		conf.smtp = words(&arena, cases[i].smtp);
		mail_conf_check(&conf, "x.conf", &report);
		if (cases[i].complaint[0] == '\0'
			? report.len != 0
			: strstr(buf_text(&report), cases[i].complaint) == NULL)
			fail_msg("case %zu: %s", i, buf_text(&report));
		buf_free(&report);
		arena_reset(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

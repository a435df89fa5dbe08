#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/buf.h"
#include "mailer/mail_conf.h"

static void
test_check(void **unused)
{
	static const struct {
		struct mail_conf conf;
		const char *complaint; /* the key it is about, "" = none */
	} cases[] = {
	    {{"smtp://127.0.0.1:25", false, "", "", "", "a@b.fr", "", 1, 1},
		""},
	    {{"smtp://localhost", false, "", "", "", "a@b.fr", "", 1, 1}, ""},
	    {{"smtp://[::1]:25", false, "", "", "", "a@b.fr", "", 1, 1}, ""},
	    {{"smtp://mail.test", true, "", "", "", "a@b.fr", "", 1, 1}, ""},
	    {{"smtps://mail.test", false, "", "", "", "a@b.fr", "", 1, 1}, ""},
	    {{"smtp://mail.test", true, "", "u", "/p", "N <a@b.fr>", "c@d.fr",
		 1, 1},
		""},
	    {{"smtp://mail.test:25", false, "", "", "", "a@b.fr", "", 1, 1},
		"starttls"},
	    /* loopback is the host, not something in the address */
	    {{"smtp://mail.test/127.0.0.1", false, "", "", "", "a@b.fr", "", 1,
		 1},
		"starttls"},
	    {{"smtp://127.0.0.1@mail.test", false, "", "", "", "a@b.fr", "", 1,
		 1},
		"smtp"},
	    {{"smtp://localhost:x@mail.test", false, "", "", "", "a@b.fr", "",
		 1, 1},
		"smtp"},
	    {{"http://127.0.0.1", true, "", "", "", "a@b.fr", "", 1, 1},
		"smtp"},
	    {{"127.0.0.1:25", true, "", "", "", "a@b.fr", "", 1, 1}, "smtp"},
	    {{"smtps://m.test", true, "", "", "", "nobody", "", 1, 1}, "from"},
	    {{"smtps://m.test", true, "", "", "", "a@b.fr", "x", 1, 1},
		"envelope_from"},
	    {{"smtps://m.test", true, "", "u", "", "a@b.fr", "", 1, 1},
		"password_file"},
	    {{"smtps://m.test", true, "", "", "/p", "a@b.fr", "", 1, 1},
		"password_file"},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf report;

		buf_init(&report, 4096);
		mail_conf_check(&cases[i].conf, "x.conf", &report);
		if (cases[i].complaint[0] == '\0'
			? report.len != 0
			: strstr(buf_text(&report), cases[i].complaint) == NULL)
			fail_msg("case %zu: %s", i, buf_text(&report));
		buf_free(&report);
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

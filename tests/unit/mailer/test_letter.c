/*
 * Every letter with its real template and the real catalogues, in every
 * language: a sentence or a hole that is missing shows here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/buf.h"
#include "lib/base/catalogue.h"
#include "lib/base/embed.h"
#include "lib/base/err.h"
#include "lib/base/template.h"
#include "mailer/letter.h"
#include "mailer/mail_conf.h"
#include "mailer/message.h"
#include "tests/unit/mailer/decode.h"

#define LINK                                                                   \
	"https://comptes.ac-lille.fr/r/"                                       \
	"AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEx"

extern const struct embed_list embedded_files;

static const char *const LANGUAGES[] = {"fr", "en"};

struct texts {
	struct catalogue *catalogues[COUNT_OF(LANGUAGES)];
	struct template_set *templates;
};

static int
set_up(void **state)
{
	static struct texts texts;
	const struct catalogue *all[COUNT_OF(LANGUAGES) + 1] = {0};
	struct err err = {0};

	for (size_t i = 0; i < COUNT_OF(LANGUAGES); i++) {
		texts.catalogues[i] =
		    catalogue_open(&embedded_files, LANGUAGES[i], &err);
		all[i] = texts.catalogues[i];
		if (all[i] == NULL)
			return -1;
	}
	texts.templates = template_load(&embedded_files, "mailer/templates/",
	    ".txt", TEMPLATE_TEXT, "", all, &err);
	if (texts.templates == NULL)
		print_error("%s\n", err.text);
	*state = &texts;
	return texts.templates == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct texts *texts = *state;

	template_free(texts->templates);
	for (size_t i = 0; i < COUNT_OF(LANGUAGES); i++)
		catalogue_free(texts->catalogues[i]);
	return 0;
}

static struct values *
make_values(struct arena *arena, const char *webmail)
{
	struct values *values = values_new(arena);
	struct values *item = values_item(values, "links");

	values_text(values, "site", "Académie de Lille");
	values_text(values, "public_url", "https://comptes.ac-lille.fr");
	values_text(values, "webmail_url", webmail);
	values_text(values, "support_mail", "aide@ac-lille.fr");
	values_text(values, "support_phone", "03 20 00 00 00");
	values_text(values, "ref", "7K3QWBXX");
	values_text(values, "name", "Jérôme <Dupont> & {{login}}");
	values_text(values, "login", "jdupont");
	values_text(values, "asked_at", "23/11/2026 21:15");
	values_text(values, "changed_at", "23/11/2026 21:15");
	values_number(values, "hours", 1);
	values_number(values, "days", 14);
	values_number(values, "minutes", 60);
	values_flag(values, "in_minutes", true);
	values_text(item, "login", "jdupont");
	values_text(item, "link", LINK);
	return values;
}

/* The letter in clear; *head points to its header. */
static const char *
write(const struct texts *texts, size_t language, const char *name,
    const struct values *values, struct arena *arena, char subject[512])
{
	struct mail_conf conf = {.from = "Comptes <no-reply@ac-test.fr>"};
	struct letter letter = {.name = name,
	    .to = "jeanne@example.org",
	    .to_name = "Jérôme",
	    .request_id = "aa",
	    .recipient_tag = "1",
	    .values = values};
	char *text = arena_alloc(arena, MESSAGE_MAX);
	const char *head, *body;
	struct err err = {0};
	struct buf out;

	buf_init(&out, MESSAGE_MAX);
	if (letter_write(&letter, &conf, texts->templates,
		texts->catalogues[language], arena, &out, &err) != 0)
		fail_msg("%s: %s", name, err.text);
	head = strstr(buf_text(&out), "\r\nSubject: ") + 11;
	assert_true(decode_words(
	    arena_dup_n(arena, head, (size_t)(strstr(head, "\r\nDate") - head)),
	    9, subject, 512));
	body = strstr(buf_text(&out), "\r\n\r\n") + 4;
	assert_true(decode_body(body, text, MESSAGE_MAX));
	buf_free(&out);
	return text;
}

static void
test_all(void **state)
{
	static const struct {
		const char *name;
		bool has_link;
	} letters[] = {{"recover", true}, {"invite", true}, {"changed", false}};

	for (size_t i = 0; i < COUNT_OF(letters); i++) {
		for (size_t j = 0; j < COUNT_OF(LANGUAGES); j++) {
			struct arena arena = {0};
			char subject[512];
			const char *text = write(*state, j, letters[i].name,
			    make_values(&arena, "https://mail.test/"), &arena,
			    subject);

			/* no key without a sentence, no hole left open */
			assert_null(strstr(subject, "mail."));
			assert_true(strlen(subject) > 5);
			assert_null(strstr(text, "mail.recover"));
			assert_null(strstr(text, "mail.invite"));
			assert_null(strstr(text, "mail.changed"));
			assert_null(strstr(text, "mail.life"));
			/* a value is a value: not escaped, not read again */
			assert_non_null(
			    strstr(text, "Jérôme <Dupont> & {{login}}"));
			assert_non_null(strstr(text, "7K3QWBXX"));
			assert_non_null(strstr(text, "aide@ac-lille.fr"));
			assert_non_null(strstr(text, "\n-- \n"));
			if (letters[i].has_link)
				assert_non_null(strstr(text, "\n" LINK "\n"));
			arena_reset(&arena);
		}
	}
}

/* The languages differ, and the right one is taken. */
static void
test_languages(void **state)
{
	struct arena arena = {0};
	char fr[512], en[512];
	const struct values *values = make_values(&arena, "");

	write(*state, 0, "recover", values, &arena, fr);
	write(*state, 1, "recover", values, &arena, en);
	assert_string_not_equal(fr, en);
	arena_reset(&arena);
}

static void
test_optional(void **state)
{
	struct arena arena = {0};
	char subject[512];

	assert_null(strstr(write(*state, 1, "changed", make_values(&arena, ""),
			       &arena, subject),
	    "webmail"));
	arena_reset(&arena);
}

static void
test_unknown(void **state)
{
	const struct texts *texts = *state;
	struct mail_conf conf = {.from = "no-reply@ac-test.fr"};
	struct arena arena = {0};
	struct letter letter = {.name = "nothing",
	    .to = "j@example.org",
	    .request_id = "aa",
	    .recipient_tag = "1",
	    .values = values_new(&arena)};
	struct err err = {0};
	struct buf out;

	buf_init(&out, MESSAGE_MAX);
	assert_int_equal(letter_write(&letter, &conf, texts->templates,
			     texts->catalogues[0], &arena, &out, &err),
	    -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	buf_free(&out);
	arena_reset(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_languages),
	    cmocka_unit_test(test_optional),
	    cmocka_unit_test(test_unknown),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

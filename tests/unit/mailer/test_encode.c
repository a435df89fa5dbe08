#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/buf.h"
#include "mailer/encode.h"
#include "tests/unit/mailer/decode.h"

#define TEN "1234567890"
#define SIXTY TEN TEN TEN TEN TEN TEN

enum { ROOM = 16384 };

/* What a reader sees is what was written, and no line breaks a rule. */
static const char *const TEXTS[] = {
    "",
    "Réinitialisation de votre mot de passe",
    "Académie de Lille – un nouveau mot de passe a été demandé pour votre "
    "compte, à l’établissement « Lycée Édouard-Branly » de Boulogne-sur-Mer",
    "🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑",
    "a🔑é🔑é🔑é🔑é🔑é🔑é🔑é🔑é🔑é🔑é🔑é🔑é🔑é🔑",
    "=?UTF-8?B?SGFsbG8=?= is not an encoded word of ours",
    "ASCII that is too long for its line " SIXTY SIXTY,
    "中文中文中文中文中文中文中文中文中文中文中文中文中文",
};

static void
test_words(void **unused)
{
	(void)unused;
	for (size_t column = 0; column <= 12; column++) {
		for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
			char seen[ROOM];
			struct buf out;

			buf_init(&out, ROOM);
			encode_words(&out, TEXTS[i], column);
			assert_true(buf_ok(&out));
			if (!decode_words(
				buf_text(&out), column, seen, sizeof seen))
				fail_msg("%zu at %zu: %s", i, column,
				    buf_text(&out));
			assert_string_equal(seen, TEXTS[i]);
			buf_free(&out);
		}
	}
}

static void
test_plain_stays(void **unused)
{
	struct buf out;

	(void)unused;
	buf_init(&out, ROOM);
	encode_words(&out, "Your new password", 9);
	assert_string_equal(buf_text(&out), "Your new password");
	buf_clear(&out);
	encode_words(&out, SIXTY "1234567", 9);
	assert_string_equal(buf_text(&out), SIXTY "1234567");
	buf_clear(&out);
	encode_words(&out, SIXTY "12345678", 9);
	assert_int_equal(strncmp(buf_text(&out), "=?UTF-8?B?", 10), 0);
	buf_clear(&out);
	/* of RFC 2047 section 8, in base64 */
	encode_words(&out, "Keld Jørn Simonsen", 9);
	assert_string_equal(
	    buf_text(&out), "=?UTF-8?B?S2VsZCBKw7hybiBTaW1vbnNlbg==?=");
	buf_free(&out);
}

static void
test_phrase(void **unused)
{
	static const struct {
		const char *name, *written;
	} cases[] = {
	    {"Jeanne Dupont", "Jeanne Dupont"},
	    {"J. Dupont", "\"J. Dupont\""},
	    {"Dupont, Jeanne", "\"Dupont, Jeanne\""},
	    {"Service <comptes>", "\"Service <comptes>\""},
	    {"a@b", "\"a@b\""},
	    {"(x)", "\"(x)\""},
	    {"Jérôme", "=?UTF-8?B?SsOpcsO0bWU=?="},
	    {"a \"b\"", "=?UTF-8?B?YSAiYiI=?="},
	    {"back\\slash", "=?UTF-8?B?YmFja1xzbGFzaA==?="},
	    {"=?x", "=?UTF-8?B?PT94?="},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out;

		buf_init(&out, ROOM);
		encode_phrase(&out, cases[i].name, 4);
		assert_string_equal(buf_text(&out), cases[i].written);
		buf_free(&out);
	}
}

static void
test_quoted_printable(void **unused)
{
	static const struct {
		const char *text, *written;
	} cases[] = {
	    {"", ""},
	    {"a\n", "a\r\n"},
	    {"a", "a\r\n"},
	    {"\n\n", "\r\n\r\n"},
	    {"-- \n", "--=20\r\n"},
	    {"tab\t\n", "tab=09\r\n"},
	    {"space \r\nnext\n", "space=20\r\nnext\r\n"},
	    {"a\rb\r\n", "ab\r\n"},
	    {"1+1=2\n", "1+1=3D2\r\n"},
	    {"été\n", "=C3=A9t=C3=A9\r\n"},
	    {"\x01\x7f\n", "=01=7F\r\n"},
	    {".\n.hidden\nFrom me\n", ".\r\n.hidden\r\nFrom me\r\n"},
	    /* 76 characters fit, 77 do not */
	    {SIXTY TEN "123456\n", SIXTY TEN "123456\r\n"},
	    {SIXTY TEN "1234567\n", SIXTY TEN "12345=\r\n67\r\n"},
	    {SIXTY TEN "1234é\n", SIXTY TEN "1234=\r\n=C3=A9\r\n"},
	    {SIXTY TEN "12345\xc3\xa9\n", SIXTY TEN "12345=\r\n=C3=A9\r\n"},
	    {SIXTY TEN "1234 \n", SIXTY TEN "1234=\r\n=20\r\n"},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out;

		buf_init(&out, ROOM);
		encode_quoted_printable(&out, cases[i].text);
		assert_string_equal(buf_text(&out), cases[i].written);
		buf_free(&out);
	}
}

static void
test_body_round_trip(void **unused)
{
	char text[2048], seen[ROOM];

	(void)unused;
	for (size_t i = 0; i < 2000; i++) {
		size_t len = i % 300;
		struct buf out;

		for (size_t j = 0; j < len; j++) {
			uint32_t dice = randombytes_uniform(20);

			text[j] = (char)(1 + randombytes_uniform(255));
			if (dice == 0)
				text[j] = '\n';
			else if (dice < 3)
				text[j] = ' ';
			else if (dice < 12)
				text[j] = 'x';
			if (text[j] == '\r')
				text[j] = '=';
		}
		text[len] = '\0';
		buf_init(&out, ROOM);
		encode_quoted_printable(&out, text);
		if (!decode_body(buf_text(&out), seen, sizeof seen))
			fail_msg("%s", buf_text(&out));
		if (len > 0 && text[len - 1] != '\n')
			memcpy(text + len, "\n", 2);
		assert_string_equal(seen, text);
		buf_free(&out);
	}
}

/* https://comptes.ac-lille.fr/r/ and 43 characters, as long as allowed. */
static void
test_link_is_whole(void **unused)
{
	static const char link[] = "https://comptes.ac-lille.fr/r/"
				   "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"
				   "x";
	struct buf out;

	(void)unused;
	assert_int_equal(sizeof link - 1, 74);
	buf_init(&out, ROOM);
	encode_quoted_printable(&out, "Voici :\n\n");
	encode_quoted_printable(&out, link);
	encode_quoted_printable(&out, "\nà vous\n");
	assert_non_null(strstr(buf_text(&out), "\r\n\r\nhttps://"));
	assert_non_null(strstr(buf_text(&out), link));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_plain_stays),
	    cmocka_unit_test(test_phrase),
	    cmocka_unit_test(test_quoted_printable),
	    cmocka_unit_test(test_body_round_trip),
	    cmocka_unit_test(test_link_is_whole),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

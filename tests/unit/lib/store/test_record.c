#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/pack.h"
#include "lib/store/record.h"
#include "lib/store/token.h"

static const unsigned char key[SECRET_KEY] = {1, 2, 3};
static const unsigned char other_key[SECRET_KEY] = {1, 2, 4};

static const struct token_record sample = {
    .purpose = TOKEN_RECOVER,
    .uuid = "2b0e1c4a-0000-4000-8000-0123456789ab",
    .login = "jdupont",
    .pwd_changed = "20261001080000Z",
    .extra = "",
    .language = "fr",
    .asked_ms = 1795464900123,
    .expires_ms = 1795468500123,
};

static void
test_there_and_back(void **state)
{
	struct arena arena = {0};
	struct token_record got;
	struct buf out;

	(void)state;
	buf_init(&out, RECORD_MAX);
	record_write_token(key, "p:tok:a", &sample, &out);
	assert_true(buf_ok(&out));
	assert_true(record_read_token(
	    key, "p:tok:a", out.bytes, out.len, &arena, &got));
	assert_int_equal(got.purpose, sample.purpose);
	assert_string_equal(got.uuid, sample.uuid);
	assert_string_equal(got.login, sample.login);
	assert_string_equal(got.pwd_changed, sample.pwd_changed);
	assert_string_equal(got.extra, sample.extra);
	assert_string_equal(got.language, sample.language);
	assert_int_equal(got.asked_ms, sample.asked_ms);
	assert_int_equal(got.expires_ms, sample.expires_ms);
	buf_free(&out);
	arena_reset(&arena);
}

static void
test_forged(void **state)
{
	struct arena arena = {0};
	struct token_record got;
	struct buf out;

	(void)state;
	buf_init(&out, RECORD_MAX);
	record_write_token(key, "p:tok:a", &sample, &out);
	assert_false(record_read_token(
	    key, "p:tok:b", out.bytes, out.len, &arena, &got));
	assert_false(record_read_token(
	    other_key, "p:tok:a", out.bytes, out.len, &arena, &got));
	for (size_t i = 0; i < out.len; i++) {
		out.bytes[i] ^= 1;
		assert_false(record_read_token(
		    key, "p:tok:a", out.bytes, out.len, &arena, &got));
		out.bytes[i] ^= 1;
	}
	for (size_t len = 0; len < out.len; len++)
		assert_false(record_read_token(
		    key, "p:tok:a", out.bytes, len, &arena, &got));
	buf_free(&out);
	arena_reset(&arena);
}

/* The end of the name and the beginning of the content are two things. */
static void
test_name_and_content_do_not_run_together(void **state)
{
	struct unpack in;
	struct buf out;

	(void)state;
	buf_init(&out, RECORD_MAX);
	buf_add_text(&out, "bc");
	record_seal(key, "a", &out);
	assert_true(record_open(key, "a", out.bytes, out.len, &in));
	assert_false(record_open(key, "ab", out.bytes + 1, out.len - 1, &in));
	buf_free(&out);
}

/* Contents that carry a good MAC and are still no token record. */
static void
test_contents(void **state)
{
	const struct {
		const char *what;
		uint8_t purpose;
		const char *login, *behind;
		uint64_t asked, expires;
		bool reads;
	} rows[] = {
	    {"good", 4, "jdupont", "", 1, 2, true},
	    {"purpose 0", 0, "jdupont", "", 1, 2, false},
	    {"purpose unknown", TOKEN_PURPOSES, "jdupont", "", 1, 2, false},
	    {"login with a line end", 1, "j\n", "", 1, 2, false},
	    {"login no UTF-8", 1, "j\xff", "", 1, 2, false},
	    {"asked beyond time", 1, "j", "", UINT64_MAX, 2, false},
	    {"ends beyond time", 1, "j", "", 1, UINT64_MAX, false},
	    {"bytes left over", 1, "j", "x", 1, 2, false},
	};
	struct arena arena = {0};
	struct token_record got;
	struct buf out;

	(void)state;
	buf_init(&out, RECORD_MAX);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		print_message("content: %s\n", rows[i].what);
		buf_clear(&out);
		pack_u8(&out, rows[i].purpose);
		pack_text(&out, "uuid");
		pack_text(&out, rows[i].login);
		pack_text(&out, "");
		pack_text(&out, "extra");
		pack_text(&out, "fr");
		pack_u64(&out, rows[i].asked);
		pack_u64(&out, rows[i].expires);
		buf_add_text(&out, rows[i].behind);
		record_seal(key, "n", &out);
		assert_int_equal(record_read_token(key, "n", out.bytes, out.len,
				     &arena, &got),
		    rows[i].reads);
	}
	buf_free(&out);
	arena_reset(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_there_and_back),
	    cmocka_unit_test(test_forged),
	    cmocka_unit_test(test_name_and_content_do_not_run_together),
	    cmocka_unit_test(test_contents),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/pack.h"

static void
write_all_kinds(struct buf *buf)
{
	pack_u8(buf, 200);
	pack_u64(buf, 0x0102030405060708);
	pack_bytes(buf, "\0\xff", 2);
	pack_text(buf, "\u00e9t\u00e9");
	pack_text(buf, NULL);
	pack_bytes(buf, "1234", 4);
	pack_text(buf, "tab\there");
}

static bool
read_all_kinds(const void *bytes, size_t len)
{
	struct arena arena = {0};
	struct unpack in;
	unsigned char four[4];
	const void *at;
	size_t have;
	bool ok;

	unpack_init(&in, bytes, len);
	ok = unpack_u8(&in) == 200;
	ok = unpack_u64(&in) == 0x0102030405060708 && ok;
	at = unpack_bytes(&in, &have);
	ok = have == 2 && memcmp(at, "\0\xff", 2) == 0 && ok;
	ok = strcmp(unpack_text(&in, &arena), "\u00e9t\u00e9") == 0 && ok;
	ok = strcmp(unpack_text(&in, &arena), "") == 0 && ok;
	unpack_exactly(&in, four, sizeof(four));
	ok = memcmp(four, "1234", 4) == 0 && ok;
	ok = strcmp(unpack_raw_text(&in, &arena), "tab\there") == 0 && ok;
	ok = unpack_ok(&in) && ok;
	arena_reset(&arena);
	return ok;
}

static void
test_form(void **state)
{
	static const char want[] = "\xc8\1\2\3\4\5\6\7\x08\0\2\0\xff\0\5"
				   "\u00e9t\u00e9\0\0\0\0041234\0\x08tab\there";
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	write_all_kinds(&buf);
	assert_true(buf_ok(&buf));
	assert_int_equal(buf.len, sizeof(want) - 1);
	assert_memory_equal(buf.bytes, want, buf.len);
	assert_true(read_all_kinds(buf.bytes, buf.len));
	buf_free(&buf);
}

/* Each shorter input is copied to its own memory, where ASan sees its end. */
static void
test_every_cut_and_surplus_is_bad(void **state)
{
	struct buf whole, part;

	(void)state;
	buf_init(&whole, 100);
	write_all_kinds(&whole);
	for (size_t len = 0; len < whole.len; len++) {
		buf_init(&part, len);
		buf_add(&part, whole.bytes, len);
		assert_false(read_all_kinds(part.bytes, len));
		buf_free(&part);
	}
	pack_u8(&whole, 0);
	assert_false(read_all_kinds(whole.bytes, whole.len));
	buf_free(&whole);
}

static void
test_texts(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool clean, raw;
	} cases[] = {
	    {"", 0, true, true},
	    {"abc", 3, true, true},
	    {"a\nb", 3, false, true},
	    {"a\0b", 3, false, false},
	    {"\xff", 1, false, false},
	};
	struct arena arena = {0};
	struct unpack in;
	struct buf buf;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *text;

		buf_init(&buf, 16);
		pack_bytes(&buf, cases[i].bytes, cases[i].len);
		unpack_init(&in, buf.bytes, buf.len);
		text = unpack_text(&in, &arena);
		assert_int_equal(unpack_ok(&in), cases[i].clean);
		assert_string_equal(text, cases[i].clean ? cases[i].bytes : "");
		unpack_init(&in, buf.bytes, buf.len);
		text = unpack_raw_text(&in, &arena);
		assert_int_equal(unpack_ok(&in), cases[i].raw);
		assert_string_equal(text, cases[i].raw ? cases[i].bytes : "");
		buf_free(&buf);
	}
	arena_reset(&arena);
}

static void
test_text_into(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *got; /* NULL = bad */
	} cases[] = {
	    {"", 0, ""},
	    {"abc", 3, "abc"},
	    {"abcd", 4, NULL}, /* no room for the NUL */
	    {"a\nb", 3, NULL},
	    {"a\0b", 3, NULL},
	    {"\xff", 1, NULL},
	};
	struct unpack in;
	struct buf buf;
	char out[4];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_init(&buf, 16);
		pack_bytes(&buf, cases[i].bytes, cases[i].len);
		unpack_init(&in, buf.bytes, buf.len);
		memset(out, 'x', sizeof(out));
		unpack_text_into(&in, out, sizeof(out));
		assert_int_equal(unpack_ok(&in), cases[i].got != NULL);
		assert_string_equal(
		    out, cases[i].got != NULL ? cases[i].got : "");
		buf_free(&buf);
	}
}

static void
test_bad_stays_bad(void **state)
{
	struct arena arena = {0};
	unsigned char out[3] = {7, 7, 7};
	struct unpack in;
	size_t len = 9;

	(void)state;
	unpack_init(&in, "\0\1x\0\1y\5", 7);
	unpack_exactly(&in, out, 3);
	assert_memory_equal(out, "\0\0\0", 3);
	assert_int_equal(unpack_u8(&in), 0);
	assert_int_equal(unpack_u64(&in), 0);
	assert_null(unpack_bytes(&in, &len));
	assert_int_equal(len, 0);
	assert_string_equal(unpack_text(&in, &arena), "");
	assert_string_equal(unpack_raw_text(&in, &arena), "");
	assert_false(unpack_ok(&in));
	arena_reset(&arena);
}

static void
test_lengths(void **state)
{
	static const char bytes[UINT16_MAX + 1];
	struct unpack in;
	struct buf buf;
	size_t len;

	(void)state;
	buf_init(&buf, 200000);
	pack_bytes(&buf, bytes, UINT16_MAX);
	assert_true(buf_ok(&buf));
	unpack_init(&in, buf.bytes, buf.len);
	assert_non_null(unpack_bytes(&in, &len));
	assert_int_equal(len, UINT16_MAX);
	assert_true(unpack_ok(&in));
	pack_bytes(&buf, bytes, UINT16_MAX + 1);
	assert_false(buf_ok(&buf));
	buf_free(&buf);
	unpack_init(&in, NULL, 0);
	assert_true(unpack_ok(&in));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_every_cut_and_surplus_is_bad),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_text_into),
	    cmocka_unit_test(test_bad_stays_bad),
	    cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

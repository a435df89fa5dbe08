#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/buf.h"

static void
test_writing(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	assert_string_equal(buf_text(&buf), "");
	buf_add(&buf, "ab", 2);
	buf_add_text(&buf, "cd");
	buf_add_char(&buf, 'e');
	buf_addf(&buf, "%d|%s", 12, "x");
	buf_add(&buf, NULL, 0);
	assert_string_equal(buf_text(&buf), "abcde12|x");
	assert_int_equal(buf.len, 9);
	assert_true(buf_ok(&buf));
	buf_free(&buf);
	assert_string_equal(buf_text(&buf), "");
}

static void
test_growing(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100000);
	for (int i = 0; i < 10000; i++)
		buf_addf(&buf, "%010d", i);
	assert_true(buf_ok(&buf));
	assert_int_equal(buf.len, 100000);
	assert_memory_equal(buf_text(&buf) + 99990, "0000009999", 11);
	buf_add_char(&buf, 'x');
	assert_false(buf_ok(&buf));
	assert_int_equal(buf.len, 100000);
	buf_free(&buf);
}

static void
test_ceiling(void **state)
{
	static const struct {
		size_t ceiling, len;
		bool ok;
	} cases[] = {
	    {0, 0, true},
	    {0, 1, false},
	    {1, 1, true},
	    {10, 10, true},
	    {10, 11, false},
	    {255, 255, true},
	    {256, 256, true},
	    {256, 257, false},
	    {SIZE_MAX, 300, true},
	};
	char bytes[300];
	struct buf buf;

	(void)state;
	memset(bytes, 'z', sizeof(bytes));
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_init(&buf, cases[i].ceiling);
		buf_add(&buf, bytes, cases[i].len);
		assert_int_equal(buf_ok(&buf), cases[i].ok);
		assert_int_equal(buf.len, cases[i].ok ? cases[i].len : 0);
		buf_clear(&buf);
		buf_addf(&buf, "%.*s", (int)cases[i].len, bytes);
		assert_int_equal(buf_ok(&buf), cases[i].ok);
		buf_free(&buf);
	}
}

static void
test_full_stays_full_until_cleared(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4);
	buf_add_text(&buf, "abc");
	buf_add_text(&buf, "de");
	buf_add_char(&buf, 'f');
	assert_false(buf_ok(&buf));
	assert_string_equal(buf_text(&buf), "abc");
	buf_clear(&buf);
	assert_true(buf_ok(&buf));
	assert_string_equal(buf_text(&buf), "");
	buf_add_text(&buf, "abcd");
	assert_true(buf_ok(&buf));
	buf_add_char(&buf, 'e');
	assert_false(buf_ok(&buf));
	buf_free(&buf);
}

static void
test_reserved(void **state)
{
	struct buf buf;
	const char *bytes;

	(void)state;
	buf_init(&buf, 5000);
	buf_reserve(&buf, 4000);
	bytes = buf_text(&buf);
	assert_string_equal(bytes, "");
	for (int i = 0; i < 4000; i++)
		buf_add_char(&buf, 'x');
	assert_ptr_equal(buf_text(&buf), bytes);
	buf_reserve(&buf, 2000); /* more than there may be: no harm */
	assert_true(buf_ok(&buf));
	assert_int_equal(strspn(buf_text(&buf), "x"), 4000);
	buf_reserve(&buf, SIZE_MAX);
	assert_true(buf_ok(&buf));
	buf_free(&buf);
}

static void
test_clear_wipes(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	buf_add_text(&buf, "Bateau-Cerise-47-Lune");
	buf_clear(&buf);
	for (size_t i = 0; i < buf.room && i < 21; i++)
		assert_int_equal(buf.bytes[i], 0);
	buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_writing),
	    cmocka_unit_test(test_growing),
	    cmocka_unit_test(test_ceiling),
	    cmocka_unit_test(test_full_stays_full_until_cleared),
	    cmocka_unit_test(test_reserved),
	    cmocka_unit_test(test_clear_wipes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

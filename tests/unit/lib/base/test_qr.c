#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/qr.h"

/* The finder pattern in the corner: ISO/IEC 18004 section 6.3.3. */
static void
test_finder(void **state)
{
	static const char *const rows[] = {"1111111", "1000001", "1011101",
	    "1011101", "1011101", "1000001", "1111111"};
	struct arena arena = {0};
	struct qr qr;

	(void)state;
	assert_true(qr_make(&arena, "https://exemple.fr/a/7K3M", &qr));
	assert_int_equal((qr.width - 17) % 4, 0);
	for (int y = 0; y < 7; y++)
		for (int x = 0; x < 7; x++)
			assert_int_equal(
			    qr.dark[y * qr.width + x], rows[y][x] - '0');
	arena_reset(&arena);
}

/* Runs are all dark modules, and no others. */
static void
test_runs(void **state)
{
	struct arena arena = {0};
	struct qr qr;
	int dark = 0, seen = 0;

	(void)state;
	assert_true(qr_make(&arena, "otpauth://totp/x:y?secret=ABC", &qr));
	for (int i = 0; i < qr.width * qr.width; i++)
		dark += qr.dark[i];
	for (int row = 0; row < qr.width; row++)
		for (int from = 0, to; qr_run(&qr, row, &from, &to);
		     from = to) {
			assert_true(to <= qr.width);
			for (int x = from; x < to; x++)
				assert_int_equal(
				    qr.dark[row * qr.width + x], 1);
			seen += to - from;
		}
	assert_int_equal(seen, dark);
	arena_reset(&arena);
}

static void
test_path(void **state)
{
	struct arena arena = {0};
	struct qr qr;
	char *path;

	(void)state;
	assert_true(qr_make(&arena, "x", &qr));
	path = qr_path(&arena, &qr);
	assert_memory_equal(path, "M0 0h7v1h-7z", 12);
	assert_int_equal(strspn(path, "Mhvz-0123456789 "), strlen(path));
	arena_reset(&arena);
}

/* Version 40 with M holds 2,331 bytes. */
static void
test_too_long(void **state)
{
	struct arena arena = {0};
	char *text = arena_alloc(&arena, 2333);
	struct qr qr;

	(void)state;
	memset(text, 'x', 2331);
	assert_true(qr_make(&arena, text, &qr));
	assert_int_equal(qr.width, 177);
	text[2331] = 'x';
	assert_false(qr_make(&arena, text, &qr));
	arena_reset(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_finder),
	    cmocka_unit_test(test_runs),
	    cmocka_unit_test(test_path),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/err.h"

static void
test_set_and_in(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(
	    err_set(&err, ERR_INPUT, "column %s: %d is too much", "fin", 32),
	    -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(err.text, "column fin: 32 is too much");
	assert_int_equal(err_in(&err, "staff.csv:%u", 7U), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(
	    err.text, "staff.csv:7: column fin: 32 is too much");
}

static void
test_long_texts_are_cut(void **state)
{
	char text[2 * ERR_TEXT];
	struct err err;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	err_set(&err, ERR_INTERNAL, "%s", text);
	assert_int_equal(strlen(err.text), ERR_TEXT - 1);
	err_in(&err, "%s", text);
	assert_int_equal(strlen(err.text), ERR_TEXT - 1);
	err_set(&err, ERR_INTERNAL, "%s", text);
	err_in(&err, "here");
	assert_int_equal(strlen(err.text), ERR_TEXT - 1);
	assert_memory_equal(err.text, "here: xxx", 9);
}

static void
test_exit_codes(void **state)
{
	static const struct {
		enum err_kind kind;
		int code;
	} cases[] = {
	    {ERR_NONE, 0},
	    {ERR_INPUT, 65},
	    {ERR_REFUSED, 1},
	    {ERR_UNAVAILABLE, 69},
	    {ERR_TEMPORARY, 75},
	    {ERR_DENIED, 77},
	    {ERR_CONFIG, 78},
	    {ERR_INTERNAL, 70},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(err_exit_code(cases[i].kind), cases[i].code);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set_and_in),
	    cmocka_unit_test(test_long_texts_are_cut),
	    cmocka_unit_test(test_exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

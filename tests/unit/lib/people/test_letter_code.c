#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/people/letter_code.h"
#include "lib/people/number.h"

static const char everything[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* Checked with a few lines of Python: int value modulo 37. */
#define CODE "7K3M9QXRTB2W5HC2"

static void
test_read(void **state)
{
	static const char *const cases[] = {
	    CODE, "7K3M-9QXR-TB2W-5HC2", "7k3m-9qxr-tb2w-5hc2",
	    " 7K3M 9QXR TB2W 5HC2 ", "7K3M.9QXR.TB2W.5HC2",
	    "7 K 3 M 9 Q X R T B 2 W 5 H C 2",
	    "7K3M\u20119QXR\u2013TB2W\u20145HC2",
	    "7K3M\u00a09QXR\u202fTB2W\u00a05HC2",
	    "\uff17K3M-9QXR-TB2W-5HC2", /* full width */
	};
	struct letter_code code;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (letter_code_parse(cases[i], &code) != LETTER_CODE_FINE)
			fail_msg("%s", cases[i]);
		assert_string_equal(code.text, CODE);
	}
}

/* O for 0, I and L for 1, in either case. */
static void
test_look_alikes(void **state)
{
	struct letter_code made, read;
	char typed[LETTER_CODE_TEXT];
	size_t replaced = 0;

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		letter_code_make(&made);
		memcpy(typed, made.text, sizeof typed);
		for (char *at = typed; *at != '\0'; at++) {
			if (*at != '0' && *at != '1')
				continue;
			*at = *at == '0' ? "Oo"[i % 2] : "IiLl"[i % 4];
			replaced++;
		}
		assert_int_equal(
		    letter_code_parse(typed, &read), LETTER_CODE_FINE);
		assert_string_equal(read.text, made.text);
	}
	assert_true(replaced > 50);
}

static void
test_refuse(void **state)
{
	static const struct {
		const char *typed;
		enum letter_code_fault fault;
	} cases[] = {
	    {"", LETTER_CODE_EMPTY},
	    {" -- ", LETTER_CODE_EMPTY},
	    {"7K3M-9QXR-TB2W-5HC", LETTER_CODE_WRONG},
	    {"7K3M-9QXR-TB2W-5HC22", LETTER_CODE_WRONG},
	    {"7K3M-9QXR-TB2W-5HC4", LETTER_CODE_WRONG},
	    {"7K3M-9QXR-TB2W-5HC*", LETTER_CODE_WRONG},
	    {"7K3M-9QXR-TB2W-5HÇ2", LETTER_CODE_WRONG},
	    {"09E9901234ABC", LETTER_CODE_WRONG},
	    {"\xff", LETTER_CODE_WRONG},
	    {"7K3M-9QXR-TB2W-5HC2                                          "
	     "                                   ",
		LETTER_CODE_WRONG},
	};
	struct letter_code code;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (letter_code_parse(cases[i].typed, &code) != cases[i].fault)
			fail_msg("%s", cases[i].typed);
		assert_int_equal(code.text[0], 0);
	}
}

/* Every slip of one character, and every two neighbours that changed places,
 * is found: no one else's code comes of it. */
static void
test_guards_itself(void **state)
{
	struct letter_code code;
	char typed[LETTER_CODE_TEXT];

	(void)state;
	for (size_t place = 0; place + 1 < sizeof typed; place++)
		for (const char *c = everything; *c != '\0'; c++) {
			memcpy(typed, CODE, sizeof typed);
			typed[place] = *c;
			if (letter_code_parse(typed, &code) == LETTER_CODE_FINE)
				assert_string_equal(code.text, CODE);
		}
	for (size_t place = 0; place + 2 < sizeof typed; place++) {
		memcpy(typed, CODE, sizeof typed);
		typed[place] = CODE[place + 1];
		typed[place + 1] = CODE[place];
		assert_int_equal(
		    letter_code_parse(typed, &code), LETTER_CODE_WRONG);
	}
}

static void
test_make(void **state)
{
	char last[LETTER_CODE_TEXT] = "", grouped[LETTER_CODE_GROUPED];
	struct letter_code made, read;
	struct number number;
	char seen[128] = "";

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		letter_code_make(&made);
		assert_int_equal(strlen(made.text), 16);
		letter_code_group(&made, grouped);
		assert_int_equal(strlen(grouped), 19);
		assert_int_equal(
		    letter_code_parse(grouped, &read), LETTER_CODE_FINE);
		assert_string_equal(read.text, made.text);
		assert_string_not_equal(made.text, last);
		/* Nobody mistakes one for a number, nor we. */
		assert_int_equal(
		    number_parse(made.text, &number), NUMBER_LENGTH);
		memcpy(last, made.text, sizeof last);
		for (const char *c = made.text; *c != '\0'; c++)
			seen[(unsigned char)*c] = 1;
	}
	for (const char *c = everything; *c != '\0'; c++)
		assert_int_equal(
		    seen[(unsigned char)*c], strchr("ILO", *c) == NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_look_alikes),
	    cmocka_unit_test(test_refuse),
	    cmocka_unit_test(test_guards_itself),
	    cmocka_unit_test(test_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

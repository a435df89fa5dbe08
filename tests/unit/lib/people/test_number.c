#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/people/number.h"

#define NBSP "\xc2\xa0"
#define NARROW_NBSP "\xe2\x80\xaf"

static const char everything[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static void
test_read(void **state)
{
	static const struct {
		const char *typed;
		enum number_kind kind;
		const char *text;
	} cases[] = {
	    {"09E9501234ABC", NUMBER_NUMEN, "09E9501234ABC"},
	    {"17E9501234ABC", NUMBER_NUMEN, "17E9501234ABC"},
	    {"17EA950123ABC", NUMBER_NUMEN, "17EA950123ABC"},
	    {"09e9501234abc", NUMBER_NUMEN, "09E9501234ABC"},
	    {" 09 E 95 01234 ABC ", NUMBER_NUMEN, "09E9501234ABC"},
	    {"09\tE95\t01234ABC", NUMBER_NUMEN, "09E9501234ABC"},
	    {"09-E-95-01234-ABC", NUMBER_NUMEN, "09E9501234ABC"},
	    {"09.E.95.01234.ABC", NUMBER_NUMEN, "09E9501234ABC"},
	    {"09_E_95_01234_ABC", NUMBER_NUMEN, "09E9501234ABC"},
	    {"09" NBSP "E" NBSP "95 01234ABC", NUMBER_NUMEN, "09E9501234ABC"},
	    {"09" NARROW_NBSP "E9501234ABC", NUMBER_NUMEN, "09E9501234ABC"},
	    {"09E95\xe2\x80\x93"
	     "01234ABC",
		NUMBER_NUMEN, "09E9501234ABC"},
	    {"\xef\xbb\xbf"
	     "09E9501234ABC",
		NUMBER_NUMEN, "09E9501234ABC"},
	    {"09E9501234\xe2\x80\x8b"
	     "ABC",
		NUMBER_NUMEN, "09E9501234ABC"},
	    /* full-width digits and letters */
	    {"\xef\xbc\x90\xef\xbc\x99\xef\xbc\xa5"
	     "9501234ABC",
		NUMBER_NUMEN, "09E9501234ABC"},
	    /* O for 0, I and L for 1 where a digit must stand */
	    {"O9E9501234ABC", NUMBER_NUMEN, "09E9501234ABC"},
	    {"o9e95o1234abc", NUMBER_NUMEN, "09E9501234ABC"},
	    {"I7E9501234ABC", NUMBER_NUMEN, "17E9501234ABC"},
	    {"l7E950l234ABC", NUMBER_NUMEN, "17E9501234ABC"},
	    {"OIE95OILOIABC", NUMBER_NUMEN, "01E9501101ABC"},
	    /* 0 for O, 1 for I where a letter must stand; L is a letter */
	    {"09E95012340BC", NUMBER_NUMEN, "09E9501234OBC"},
	    {"09E9501234A1C", NUMBER_NUMEN, "09E9501234AIC"},
	    {"09E9501234ALC", NUMBER_NUMEN, "09E9501234ALC"},
	    {"09E9501234100", NUMBER_NUMEN, "09E9501234IOO"},
	    /* the third and fourth place stay what they are */
	    {"09O9501234ABC", NUMBER_NUMEN, "09O9501234ABC"},
	    {"09E0501234ABC", NUMBER_NUMEN, "09E0501234ABC"},
	    {"09EO501234ABC", NUMBER_NUMEN, "09EO501234ABC"},
	    {"09E1501234ABC", NUMBER_NUMEN, "09E1501234ABC"},
	    {"09EI501234ABC", NUMBER_NUMEN, "09EI501234ABC"},
	    {"123456789AB", NUMBER_INE, "123456789AB"},
	    {"1234 5678 9ab", NUMBER_INE, "123456789AB"},
	    {"0123456789O", NUMBER_INE, "0123456789O"},
	    {"O123456789I", NUMBER_INE, "O123456789I"},
	    {"1234A56789L", NUMBER_INE, "1234A56789L"},
	    {"ABCDEFGHIJK", NUMBER_INE, "ABCDEFGHIJK"},
	    /* check characters computed apart, by Crockford's rule */
	    {"A00000000000H", NUMBER_CODE, "A00000000000H"},
	    {"A00000000001J", NUMBER_CODE, "A00000000001J"},
	    {"ZZZZZZZZZZZZ9", NUMBER_CODE, "ZZZZZZZZZZZZ9"},
	    {"b1x9-k7m3-q5tw-r", NUMBER_CODE, "B1X9K7M3Q5TWR"},
	    {"BIX9 K7M3 Q5TW R", NUMBER_CODE, "B1X9K7M3Q5TWR"},
	    {"blx9k7m3q5twr", NUMBER_CODE, "B1X9K7M3Q5TWR"},
	    {"AOOOOOOOOOOOH", NUMBER_CODE, "A00000000000H"},
	    {"A000-0000-017X-U", NUMBER_CODE, "A0000000017XU"},
	};
	struct number number;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (number_parse(cases[i].typed, &number) != NUMBER_FINE)
			fail_msg("%s is refused", cases[i].typed);
		assert_string_equal(number.text, cases[i].text);
		assert_int_equal(number.kind, cases[i].kind);
	}
}

static void
test_refuse(void **state)
{
	static const struct {
		const char *typed;
		enum number_fault fault;
	} cases[] = {
	    {"", NUMBER_EMPTY}, {"   ", NUMBER_EMPTY},
	    {NBSP "-." NBSP, NUMBER_EMPTY}, {"0", NUMBER_LENGTH},
	    {"09E9501234AB", NUMBER_LENGTH}, {"09E9501234ABCD", NUMBER_LENGTH},
	    {"09E9501234ABC09E9501234ABC", NUMBER_LENGTH},
	    {"1234567890", NUMBER_LENGTH},
	    {"09E9501234ABC                                           "
	     "                      ",
		NUMBER_LENGTH},
	    {"09E9501234AB*", NUMBER_ALPHABET},
	    {"09/E/95/01234/ABC", NUMBER_ALPHABET},
	    {"09E9501234AB\xc3\x89", NUMBER_ALPHABET},
	    {"09\xd0\x95"
	     "9501234ABC",
		NUMBER_ALPHABET}, /* Cyrillic E */
	    {"\xd9\xa0"
	     "9E9501234ABC",
		NUMBER_ALPHABET}, /* Arabic 0 */
	    {"09E9501234AB\xff", NUMBER_ALPHABET},
	    {"1234567890\xc3\xa9", NUMBER_ALPHABET},
	    {"(uid=*)", NUMBER_ALPHABET},
	    /* only O/0 and I,L/1 are repaired */
	    {"09E9S01234ABC", NUMBER_SHAPE}, {"09E950123BABC", NUMBER_SHAPE},
	    {"09E95012345BC", NUMBER_SHAPE}, {"09E9501234A8C", NUMBER_SHAPE},
	    {"0909501234ABC", NUMBER_SHAPE}, {"0919501234ABC", NUMBER_SHAPE},
	    {"EA9501234ABCD", NUMBER_SHAPE}, {"1234567890123", NUMBER_SHAPE},
	    {"ABCDEFGHIJKLM", NUMBER_SHAPE},
	    {"A00000000000J", NUMBER_SHAPE}, /* wrong check character */
	    {"AU0000000000H", NUMBER_SHAPE}, /* no U in the body */
	    {"0A00000000004", NUMBER_SHAPE}, /* a code begins with a letter */
	};
	struct number number;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		memset(&number, 'x', sizeof(number));
		if (number_parse(cases[i].typed, &number) != cases[i].fault)
			fail_msg("case %zu: %s", i, cases[i].typed);
		assert_string_equal(number.text, "");
	}
}

/* May c be read as the same sign as known, standing at place? */
static bool
are_alike(size_t place, char known, char c)
{
	const char *group = "";

	if (place == 2 || place == 3)
		return known == c;
	if (place >= 10)
		group = known == 'O' ? "0O" : known == 'I' ? "1I" : "";
	else
		group = known == '0' ? "0O" : known == '1' ? "1IL" : "";
	return known == c || strchr(group, c) != NULL;
}

/* Whatever one sign is changed into, the number becomes another one or none,
 * unless the sign is one that cannot be told apart there. */
static void
test_distinct(void **state)
{
	static const char *const known[] = {
	    "01I0101010IOI", "10O1234567LOI", "17EO987650ABC"};
	char typed[NUMBER_TEXT];
	struct number number;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		for (size_t place = 0; place < strlen(known[i]); place++) {
			for (const char *c = everything; *c != '\0'; c++) {
				memcpy(typed, known[i], sizeof(typed));
				typed[place] = *c;
				bool same = number_parse(typed, &number) ==
						NUMBER_FINE &&
					    strcmp(number.text, known[i]) == 0;
				if (same !=
				    are_alike(place, known[i][place], *c))
					fail_msg("%s and %s", typed, known[i]);
			}
		}
	}
}

static void
test_code_guards_itself(void **state)
{
	static const char code[] = "B1X9K7M3Q5TWR";
	char typed[NUMBER_TEXT];
	struct number number;

	(void)state;
	for (size_t place = 0; place + 1 < sizeof(code); place++) {
		for (const char *c = everything; *c != '\0'; c++) {
			memcpy(typed, code, sizeof(typed));
			typed[place] = *c;
			if (number_parse(typed, &number) == NUMBER_FINE)
				assert_string_equal(number.text, code);
		}
	}
	for (size_t place = 0; place + 2 < sizeof(code); place++) {
		memcpy(typed, code, sizeof(typed));
		typed[place] = code[place + 1];
		typed[place + 1] = code[place];
		assert_int_not_equal(number_parse(typed, &number), NUMBER_FINE);
	}
}

static void
test_make_code(void **state)
{
	char last[NUMBER_TEXT] = "", seen[128] = "";
	struct number made, read;
	char grouped[NUMBER_GROUPED];

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		number_make_code(&made);
		assert_int_equal(strlen(made.text), 13);
		number_group(&made, grouped);
		assert_int_equal(strlen(grouped), NUMBER_GROUPED - 1);
		assert_int_equal(grouped[14], '-');
		assert_int_equal(number_parse(grouped, &read), NUMBER_FINE);
		assert_int_equal(made.kind, NUMBER_CODE);
		assert_int_equal(read.kind, NUMBER_CODE);
		assert_string_equal(read.text, made.text);
		assert_string_not_equal(made.text, last);
		memcpy(last, made.text, sizeof(last));
		for (const char *c = made.text; *c != '\0'; c++)
			seen[(unsigned char)*c] = 1;
	}
	for (const char *c = everything; *c != '\0'; c++)
		assert_int_equal(
		    seen[(unsigned char)*c], strchr("ILO", *c) == NULL);
}

static void
test_label(void **state)
{
	(void)state;
	assert_string_equal(number_label(NUMBER_NUMEN), "NUMEN");
	assert_string_equal(number_label(NUMBER_INE), "INE");
	assert_string_equal(number_label(NUMBER_CODE), "CODE");
}

static void
test_warning(void **state)
{
	static const struct {
		const char *typed;
		bool odd;
	} cases[] = {
	    {"01E9201234ABC", false},
	    {"09E9901234ABC", false},
	    {"33E0001234ABC", false},
	    {"43E2601234ABC", false},
	    {"26E9501234ABC", false},
	    {"09E2701234ABC", false}, /* next year's numbers exist already */
	    {"09E2801234ABC", true},
	    {"09E9101234ABC", true},
	    {"00E9501234ABC", true},
	    {"30E9501234ABC", true},
	    {"34E9501234ABC", true},
	    {"42E9501234ABC", true},
	    {"44E9501234ABC", true},
	    {"99E9501234ABC", true},
	    {"17EA500123ABC", false},
	    {"99EA500123ABC", true},
	    {"99999999999", false},
	    {"A00000000000H", false},
	};
	struct number number;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(
		    number_parse(cases[i].typed, &number), NUMBER_FINE);
		if ((number_warning(&number, 2026) != NULL) != cases[i].odd)
			fail_msg("%s", cases[i].typed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_refuse),
	    cmocka_unit_test(test_distinct),
	    cmocka_unit_test(test_code_guards_itself),
	    cmocka_unit_test(test_make_code),
	    cmocka_unit_test(test_label),
	    cmocka_unit_test(test_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

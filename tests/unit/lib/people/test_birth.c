#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/people/birth.h"

enum { THIS_YEAR = 2026 };

#define NBSP "\xc2\xa0"

static void
test_read(void **state)
{
	static const struct {
		const char *typed, *text;
	} cases[] = {
	    {"01/09/1975", "1975-09-01"},
	    {"1/9/1975", "1975-09-01"},
	    {"1/9/75", "1975-09-01"},
	    {"01/09/75", "1975-09-01"},
	    {"1.9.1975", "1975-09-01"},
	    {"01-09-1975", "1975-09-01"},
	    {"1 9 1975", "1975-09-01"},
	    {" 1 / 9 / 1975 ", "1975-09-01"},
	    {"1" NBSP "9" NBSP "1975", "1975-09-01"},
	    {NBSP "01/09/1975" NBSP, "1975-09-01"},
	    {"01\xe2\x80\x93"
	     "09\xe2\x80\x91"
	     "1975",
		"1975-09-01"},
	    {"01/09-1975", "1975-09-01"},
	    {"01091975", "1975-09-01"},
	    {"010975", "1975-09-01"},
	    {"1975-09-01", "1975-09-01"},
	    {"1975-9-1", "1975-09-01"},
	    {"1975/09/01", "1975-09-01"},
	    {"19750901", "1975-09-01"},
	    {"\xef\xbc\x91/9/1975", "1975-09-01"}, /* full-width 1 */
	    /* eight digits: day first where that is a date, else year first */
	    {"20101910", "1910-10-20"},
	    {"20011912", "1912-01-20"},
	    {"19101210", "1910-12-10"},
	    {"20011231", "2001-12-31"},
	    /* two digits: up to this year - 10 they are 20xx */
	    {"1/9/16", "2016-09-01"},
	    {"1/9/17", "1917-09-01"},
	    {"1/9/00", "2000-09-01"},
	    {"1/9/99", "1999-09-01"},
	    {"010916", "2016-09-01"},
	    {"010917", "1917-09-01"},
	    {"31/12/2016", "2016-12-31"},
	    {"1/1/1900", "1900-01-01"},
	    /* an unknown day, or day and month */
	    {"00/09/1975", "1975-09-00"},
	    {"0/9/1975", "1975-09-00"},
	    {"00/00/1975", "1975-00-00"},
	    {"1975-00-00", "1975-00-00"},
	    {"00001975", "1975-00-00"},
	    {"19750900", "1975-09-00"},
	    {"000075", "1975-00-00"},
	    {"29/02/2000", "2000-02-29"},
	    {"29/02/1976", "1976-02-29"},
	    {"28/02/1975", "1975-02-28"},
	    {"31/01/1975", "1975-01-31"},
	    {"30/04/1975", "1975-04-30"},
	};
	struct birth birth;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (birth_parse(cases[i].typed, THIS_YEAR, &birth) !=
		    BIRTH_FINE)
			fail_msg("%s is refused", cases[i].typed);
		assert_string_equal(birth.text, cases[i].text);
	}
}

static void
test_refuse(void **state)
{
	static const struct {
		const char *typed;
		enum birth_fault fault;
	} cases[] = {
	    {"", BIRTH_EMPTY},
	    {"  ", BIRTH_EMPTY},
	    {NBSP, BIRTH_EMPTY},
	    {"septembre", BIRTH_FORM},
	    {"1 septembre 1975", BIRTH_FORM},
	    {"1975", BIRTH_FORM},
	    {"1/9", BIRTH_FORM},
	    {"1/9/5", BIRTH_FORM},
	    {"1/9/975", BIRTH_FORM},
	    {"1/9/01975", BIRTH_FORM},
	    {"001/9/1975", BIRTH_FORM},
	    {"1/009/1975", BIRTH_FORM},
	    {"1975-09-1975", BIRTH_FORM},
	    {"1/9/1975/", BIRTH_FORM},
	    {"/1/9/1975", BIRTH_FORM},
	    {"1//9/1975", BIRTH_FORM},
	    {"1/ /9/1975", BIRTH_FORM},
	    {"1/9/19 75", BIRTH_FORM},
	    {"-1/9/1975", BIRTH_FORM},
	    {"1,9,1975", BIRTH_FORM},
	    {"1/9/1975x", BIRTH_FORM},
	    {"0109197", BIRTH_FORM},
	    {"010919755", BIRTH_FORM},
	    {"01091", BIRTH_FORM},
	    {"99999999999999999999999999", BIRTH_FORM},
	    {"1975-09-01T00:00:00Z", BIRTH_FORM},
	    {"1/9/1975\xff", BIRTH_FORM},
	    {"\xd9\xa1/9/1975", BIRTH_FORM}, /* Arabic digit */
	    {"1/9/1975                                               "
	     "                    ",
		BIRTH_FORM},
	    {"31/02/1975", BIRTH_CALENDAR},
	    {"31021975", BIRTH_CALENDAR},
	    {"19750231", BIRTH_CALENDAR},
	    {"29/02/1975", BIRTH_CALENDAR},
	    {"29/02/1900", BIRTH_CALENDAR},
	    {"30/02/2000", BIRTH_CALENDAR},
	    {"32/01/1975", BIRTH_CALENDAR},
	    {"31/04/1975", BIRTH_CALENDAR},
	    {"1/13/1975", BIRTH_CALENDAR},
	    {"1975-13-01", BIRTH_CALENDAR},
	    {"01/00/1975", BIRTH_CALENDAR},
	    {"99/99/99", BIRTH_CALENDAR},
	    {"1/9/1899", BIRTH_YEAR},
	    {"1/9/2017", BIRTH_YEAR},
	    {"01012020", BIRTH_YEAR},
	    {"20200101", BIRTH_YEAR},
	    {"1/9/0000", BIRTH_YEAR},
	    {"1/9/9999", BIRTH_YEAR},
	};
	struct birth birth;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		memset(&birth, 'x', sizeof(birth));
		if (birth_parse(cases[i].typed, THIS_YEAR, &birth) !=
		    cases[i].fault)
			fail_msg("case %zu: %s", i, cases[i].typed);
		assert_string_equal(birth.text, "");
	}
}

/* Every day is read back from each way of writing it. */
static void
test_every_day(void **state)
{
	static const int days[] = {
	    31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	struct birth birth;
	char normal[32], typed[4][32];

	(void)state;
	for (int month = 1; month <= 12; month++) {
		for (int day = 1; day <= days[month - 1]; day++) {
			snprintf(normal, 32, "2012-%02d-%02d", month, day);
			snprintf(typed[0], 32, "%d/%d/12", day, month);
			snprintf(typed[1], 32, "%02d%02d2012", day, month);
			snprintf(typed[2], 32, "2012%02d%02d", month, day);
			snprintf(typed[3], 32, "%02d%02d12", day, month);
			for (size_t i = 0; i < COUNT_OF(typed); i++) {
				if (birth_parse(typed[i], THIS_YEAR, &birth) !=
				    BIRTH_FINE)
					fail_msg("%s", typed[i]);
				assert_string_equal(birth.text, normal);
			}
		}
	}
}

static void
test_from_directory(void **state)
{
	static const struct {
		const char *value, *text; /* NULL: refused */
	} cases[] = {
	    {"1975-09-01", "1975-09-01"},
	    {"19750901", "1975-09-01"},
	    {"19750901000000Z", "1975-09-01"},
	    {"19750900", "1975-09-00"},
	    {"1975-00-00", "1975-00-00"},
	    {"20200101", "2020-01-01"},
	    {"", NULL},
	    {"01091975", NULL},
	    {"01/09/1975", NULL},
	    {"1975-9-1", NULL},
	    {"1975/09/01", NULL},
	    {"1975-09-01 ", NULL},
	    {"19750231", NULL},
	    {"19751301", NULL},
	    {"19750001", NULL},
	    {"18990101", NULL},
	    {"197509010000Z", NULL},
	    {"19750901000000", NULL},
	    {"19750901000000+0100", NULL},
	    {"1$NwvOJgik9N4yT8jjDiN18s1fxQoUveg5roLY8ALYmnM", NULL},
	};
	struct birth birth;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool fine = birth_from_directory(cases[i].value, &birth);

		if (fine != (cases[i].text != NULL))
			fail_msg("%s", cases[i].value);
		assert_string_equal(birth.text, fine ? cases[i].text : "");
	}
}

static bool
agree(const char *a, const char *b)
{
	struct birth left, right;

	assert_int_equal(birth_parse(a, 2026, &left), BIRTH_FINE);
	assert_int_equal(birth_parse(b, 2026, &right), BIRTH_FINE);
	assert_int_equal(
	    birth_agrees(&left, &right), birth_agrees(&right, &left));
	return birth_agrees(&left, &right);
}

static unsigned
count_alike(const char *text)
{
	struct birth birth, alike, before = {0};
	unsigned at = 0, count = 0;

	assert_int_equal(birth_parse(text, 2026, &birth), BIRTH_FINE);
	while (birth_alike(&birth, &at, &alike)) {
		if (count++ == 0)
			assert_string_equal(alike.text, birth.text);
		assert_string_not_equal(alike.text, before.text);
		assert_true(birth_agrees(&birth, &alike));
		before = alike;
	}
	return count;
}

static void
test_parts_that_are_not_known(void **state)
{
	struct birth birth;

	(void)state;
	assert_true(agree("1975-09-01", "1975-09-01"));
	assert_true(agree("1975-09-01", "1975-09-00"));
	assert_true(agree("1975-09-01", "1975-00-00"));
	assert_true(agree("1975-09-00", "1975-00-00"));
	assert_false(agree("1975-09-01", "1975-09-02"));
	assert_false(agree("1975-09-01", "1975-10-00"));
	assert_false(agree("1975-09-01", "1976-00-00"));
	assert_int_equal(birth_parse("1975-09-00", 2026, &birth), BIRTH_FINE);
	assert_int_equal(birth_fullness(&birth), 1);
	assert_int_equal(birth_parse("1975-00-00", 2026, &birth), BIRTH_FINE);
	assert_int_equal(birth_fullness(&birth), 0);
	assert_int_equal(birth_parse("1975-09-01", 2026, &birth), BIRTH_FINE);
	assert_int_equal(birth_fullness(&birth), 2);
	/* itself, its month or its day alone, its year alone */
	assert_int_equal(count_alike("1975-09-01"), 4);
	assert_int_equal(count_alike("1975-09-00"), 2 * 32);
	assert_int_equal(count_alike("1975-00-00"), 13 * 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_refuse),
	    cmocka_unit_test(test_every_day),
	    cmocka_unit_test(test_from_directory),
	    cmocka_unit_test(test_parts_that_are_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

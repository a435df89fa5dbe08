#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"

static void
test_writing(void **state)
{
	static const struct {
		int64_t ms;
		const char *generalized, *iso, *rfc5322;
	} cases[] = {
	    {0, "19700101000000Z", "1970-01-01T00:00:00.000Z",
		"Thu, 01 Jan 1970 00:00:00 +0000"},
	    {1795464900123, "20261123201500Z", "2026-11-23T20:15:00.123Z",
		"Mon, 23 Nov 2026 20:15:00 +0000"},
	    {-1, "19691231235959Z", "1969-12-31T23:59:59.999Z",
		"Wed, 31 Dec 1969 23:59:59 +0000"},
	    {1709164800000, "20240229000000Z", "2024-02-29T00:00:00.000Z",
		"Thu, 29 Feb 2024 00:00:00 +0000"},
	    {INT64_MAX, "99991231235959Z", "9999-12-31T23:59:59.999Z",
		"Fri, 31 Dec 9999 23:59:59 +0000"},
	    {INT64_MIN, "00000101000000Z", "0000-01-01T00:00:00.000Z",
		"Sat, 01 Jan 0000 00:00:00 +0000"},
	};
	char out[CLOCK_RFC5322];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		clock_generalized(cases[i].ms, out);
		assert_string_equal(out, cases[i].generalized);
		clock_iso(cases[i].ms, out);
		assert_string_equal(out, cases[i].iso);
		clock_rfc5322(cases[i].ms, out);
		assert_string_equal(out, cases[i].rfc5322);
	}
}

static void
test_from_generalized(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t ms;
	} cases[] = {
	    {"19700101000000Z", true, 0},
	    {"20261123201500Z", true, 1795464900000},
	    {"20261123201500.123456Z", true, 1795464900000},
	    {"20261123201500,5Z", true, 1795464900000},
	    {"20240229000000Z", true, 1709164800000},
	    {"19691231235959Z", true, -1000},
	    {"20161231235960Z", true, 1483228799000},
	    {"20230229000000Z", false, 0},
	    {"20261323201500Z", false, 0},
	    {"20260023201500Z", false, 0},
	    {"20261100201500Z", false, 0},
	    {"20261131201500Z", false, 0},
	    {"20261123241500Z", false, 0},
	    {"20261123206000Z", false, 0},
	    {"20261123201561Z", false, 0},
	    {"20261123201500", false, 0},
	    {"20261123201500z", false, 0},
	    {"20261123201500Zx", false, 0},
	    {"20261123201500.Z", false, 0},
	    {"20261123201500.5", false, 0},
	    {"20261123201500+0100", false, 0},
	    {"202611232015Z", false, 0},
	    {"000001010000Z", false, 0},
	    {"2026112 201500Z", false, 0},
	    {"-0261123201500Z", false, 0},
	    {"", false, 0},
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		ms = 77;
		if (clock_from_generalized(cases[i].text, &ms) != cases[i].ok)
			fail_msg("\"%s\"", cases[i].text);
		assert_int_equal(ms, cases[i].ok ? cases[i].ms : 77);
	}
}

static void
test_zone(void **state)
{
	static const struct {
		int64_t ms;
		int year, month, day, hour, minute;
	} cases[] = {
	    {1795464900123, 2026, 11, 23, 21, 15}, /* winter, +1 */
	    {1782943140000, 2026, 7, 1, 23, 59},   /* summer, +2 */
	    {1782943200000, 2026, 7, 2, 0, 0},
	    {-1, 1970, 1, 1, 0, 59}, /* the second before 01:00:00 */
	};
	struct clock_day day;
	int hour, minute;

	(void)state;
	clock_zone("Europe/Paris");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		day = clock_local_day(cases[i].ms, &hour, &minute);
		assert_int_equal(day.year, cases[i].year);
		assert_int_equal(day.month, cases[i].month);
		assert_int_equal(day.day, cases[i].day);
		assert_int_equal(hour, cases[i].hour);
		assert_int_equal(minute, cases[i].minute);
	}
	day = clock_local_day(0, NULL, NULL);
	assert_int_equal(day.day, 1);
}

static void
test_asking(void **state)
{
	int64_t before = clock_mono_ms();
	int64_t took;

	(void)state;
	clock_sleep_ms(-5);
	clock_sleep_ms(0);
	clock_sleep_ms(30);
	took = clock_mono_ms() - before;
	assert_in_range(took, 29, 5000);
	/* After this was written, before the year 2200. */
	assert_true(clock_now_ms() > 1700000000000);
	assert_true(clock_now_ms() < 7258118400000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_writing),
	    cmocka_unit_test(test_from_generalized),
	    cmocka_unit_test(test_zone),
	    cmocka_unit_test(test_asking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The examples of RFC 9110 sections 12.5.1 and 12.5.4, what browsers and
 * programs send, and what nobody should. */
#include "lib/web/accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_languages(void **unused)
{
	static const struct {
		const char *header;
		unsigned fr, en;
	} rows[] = {
	    {NULL, 1000, 1000},
	    {"", 0, 0},
	    {"fr", 1000, 0},
	    {"EN-gb", 0, 1000},
	    {"da, en-gb;q=0.8, en;q=0.7", 0, 800},
	    {"fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", 1000, 800},
	    {"de, *;q=0.5", 500, 500},
	    {"*", 1000, 1000},
	    {"en;q=0, *", 1000, 0},
	    {"*, en;q=0", 1000, 0},
	    {"en;q=0.001,fr;q=0.002", 2, 1},
	    {"en ; q=0.5 ,\tfr\t;Q=1.000", 1000, 500},
	    {"french", 0, 0},
	    {"f", 0, 0},
	    {"fr-", 1000, 0},
	    /* no weights: the element is passed over */
	    {"en;q=2, fr", 1000, 0},
	    {"en;q=0.5678, fr", 1000, 0},
	    {"en;q=, fr;q=1.1", 0, 0},
	    {"en;q=.5", 0, 0},
	    {"en;q=-1", 0, 0},
	    {"en;q=1x", 0, 0},
	    {",,;;,fr;q=0.4,", 400, 0},
	    {"\"fr,en\"", 0, 0},
	    {"fr;x=\"a,en;q=1", 1000, 0},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(
		    accept_language(rows[i].header, "fr"), rows[i].fr);
		assert_int_equal(
		    accept_language(rows[i].header, "en"), rows[i].en);
	}
}

static void
test_types(void **unused)
{
	static const struct {
		const char *header;
		bool json, html; /* preferred to the other */
	} rows[] = {
	    {NULL, false, false},
	    {"", false, false},
	    {"*/*", false, false},
	    {"application/json", true, false},
	    {"Application/JSON", true, false},
	    {"application/json, text/plain, */*", true, false},
	    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
		false, true},
	    {"text/html;q=0.5, application/json", true, false},
	    {"text/html, application/json;q=0.9", false, true},
	    {"text/html, application/json", false, false},
	    {"application/json;q=0, */*", false, true},
	    {"application/*, text/html;q=0.3", true, false},
	    {"text/*;q=0.3, application/*;q=0.2, */*;q=0.5", false, true},
	    {"application/json;q=0.5;charset=utf-8, text/html;q=0.4", true,
		false},
	    {"application/json;p=\"x,text/html\"", true, false},
	    {"application/jsonx", false, false},
	    {"application/problem+json", false, false},
	    {"application/", false, false},
	    {"applications/*", false, false},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *header = rows[i].header;

		if (accept_prefers(header, "application/json", "text/html") !=
			rows[i].json ||
		    accept_prefers(header, "text/html", "application/json") !=
			rows[i].html)
			fail_msg("row %zu: %s", i, header);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_languages),
	    cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

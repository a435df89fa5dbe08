#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/catalogue.h"
#include "lib/base/embed.h"
#include "lib/base/err.h"
#include "lib/flow/hands.h"
#include "lib/flow/lane.h"

extern const struct embed_list embedded_files;

/* 2 s doubling to 256 s, then 5 minutes, and up to a quarter more. */
static void
test_later(void **unused)
{
	static const struct {
		uint32_t attempt;
		long ms;
	} cases[] = {{0, 2000}, {1, 2000}, {2, 4000}, {7, 128000}, {8, 256000},
	    {9, 300000}, {1000, 300000}, {UINT32_MAX, 300000}};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		for (size_t again = 0; again < 100; again++) {
			struct request_end end =
			    request_later(cases[i].attempt);

			assert_int_equal(end.verdict, REQUEST_LATER);
			assert_in_range(end.delay_ms, cases[i].ms,
			    cases[i].ms + cases[i].ms / 4);
		}
	}
	assert_int_equal(request_later_in(7).delay_ms, 7);
	assert_int_equal(request_finished().verdict, REQUEST_FINISHED);
}

/* A thread is late when its loop has not come round for longer than any
 * request may take; one that has not begun is not. */
static void
test_turning(void **unused)
{
	static const struct {
		long long turned_ms;
		int64_t now_ms;
		bool turning;
	} cases[] = {{0, INT64_C(1) << 40, true}, {5000, 5000, true},
	    {5000, 5000 + LANE_STUCK_MS - 1, true},
	    {5000, 5000 + LANE_STUCK_MS, false},
	    {5000, INT64_C(1) << 40, false}};

	(void)unused;
	assert_true((long)LANE_STUCK_MS > (long)QUEUE_LEASE_MS);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct hands hands = {.turned_ms = cases[i].turned_ms};

		assert_int_equal(
		    lane_is_turning(&hands, cases[i].now_ms), cases[i].turning);
	}
}

static void
test_catalogue(void **unused)
{
	struct workshop shop = {0};
	struct err err = {0};
	struct catalogue *fr = catalogue_open(&embedded_files, "fr", &err);
	struct catalogue *en = catalogue_open(&embedded_files, "en", &err);

	(void)unused;
	assert_non_null(fr);
	assert_non_null(en);
	shop.catalogues[0] = fr;
	shop.catalogues[1] = en;
	assert_ptr_equal(hands_catalogue(&shop, "en"), en);
	assert_ptr_equal(hands_catalogue(&shop, "fr"), fr);
	assert_ptr_equal(hands_catalogue(&shop, "de"), fr);
	assert_ptr_equal(hands_catalogue(&shop, ""), fr);
	assert_ptr_equal(hands_catalogue(&shop, NULL), fr);
	catalogue_free(fr);
	catalogue_free(en);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_later),
	    cmocka_unit_test(test_turning),
	    cmocka_unit_test(test_catalogue),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/clock.h"
#include "lib/flow/mark.h"

static const struct {
	int64_t past_ms, left_ms;
} rows[] = {
    {0, 1500},
    {1, 1499},
    {1499, 1},
    {1500, 0},
    {1501, 1499},
    {2999, 1},
    {3000, 0},
    {8000, 1000},
    /* Asked before it began. */
    {-20, 1520},
};

static void
the_next_mark_is_waited_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(mark_left_ms(70000, 70000 + rows[i].past_ms),
		    rows[i].left_ms);
}

static void
an_answer_leaves_on_its_mark(void **state)
{
	int64_t begun_ms = clock_mono_ms() - 1400, took_ms;

	(void)state;
	mark_wait(begun_ms);
	took_ms = clock_mono_ms() - begun_ms;
	assert_in_range(took_ms, MARK_MS, MARK_MS + 90);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_next_mark_is_waited_for),
	    cmocka_unit_test(an_answer_leaves_on_its_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

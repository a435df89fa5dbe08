#include "lib/flow/mark.h"

#include "lib/base/clock.h"

int64_t
mark_left_ms(int64_t begun_ms, int64_t now_ms)
{
	int64_t past_ms = now_ms - begun_ms;

	if (past_ms <= 0)
		return MARK_MS - past_ms;
	return (MARK_MS - past_ms % MARK_MS) % MARK_MS;
}

void
mark_wait(int64_t begun_ms)
{
	clock_sleep_ms(mark_left_ms(begun_ms, clock_mono_ms()));
}

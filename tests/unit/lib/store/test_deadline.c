/* deadline: a silent peer, an answer in time, a full table. */
#include "lib/store/deadline.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/clock.h"

enum { SLACK_MS = 400 };

static void
open_pair(int pair[2])
{
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
}

static void
close_pair(int pair[2])
{
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void
test_silence_ends(void **state)
{
	struct deadline *deadline = deadline_new();
	int64_t start_ms = clock_mono_ms(), took_ms;
	int pair[2], ticket;
	char byte;

	(void)state;
	open_pair(pair);
	ticket = deadline_begin(deadline, pair[0], 150);
	assert_true(ticket >= 0);
	assert_int_equal(read(pair[0], &byte, 1), 0);
	took_ms = clock_mono_ms() - start_ms;
	assert_true(took_ms >= 140 && took_ms < 150 + SLACK_MS);
	assert_int_equal(deadline_end(deadline, ticket), 1);
	close_pair(pair);
	deadline_free(deadline);
}

static void
test_an_answer_in_time_is_left_alone(void **state)
{
	struct deadline *deadline = deadline_new();
	int pair[2], ticket;
	char byte = 'x';

	(void)state;
	open_pair(pair);
	ticket = deadline_begin(deadline, pair[0], 100);
	assert_int_equal(write(pair[1], &byte, 1), 1);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	assert_int_equal(deadline_end(deadline, ticket), 0);
	/* Past the time it had: nobody watches it any more. */
	clock_sleep_ms(200);
	assert_int_equal(write(pair[1], &byte, 1), 1);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	close_pair(pair);
	deadline_free(deadline);
}

static void
test_the_shorter_one_first(void **state)
{
	struct deadline *deadline = deadline_new();
	int64_t start_ms = clock_mono_ms();
	int slow[2], quick[2], slow_ticket, quick_ticket;
	char byte;

	(void)state;
	open_pair(slow);
	open_pair(quick);
	/* The keeper sleeps for the long one when the short one arrives. */
	slow_ticket = deadline_begin(deadline, slow[0], 60000);
	clock_sleep_ms(30);
	quick_ticket = deadline_begin(deadline, quick[0], 100);
	assert_int_equal(read(quick[0], &byte, 1), 0);
	assert_true(clock_mono_ms() - start_ms < 130 + SLACK_MS);
	assert_int_equal(deadline_end(deadline, quick_ticket), 1);
	assert_int_equal(recv(slow[0], &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(deadline_end(deadline, slow_ticket), 0);
	close_pair(slow);
	close_pair(quick);
	deadline_free(deadline);
}

static void
test_the_table_is_bounded(void **state)
{
	struct deadline *deadline = deadline_new();
	int tickets[DEADLINE_MAX], pair[2], i;

	(void)state;
	open_pair(pair);
	for (i = 0; i < DEADLINE_MAX; i++) {
		tickets[i] = deadline_begin(deadline, pair[0], 60000);
		assert_true(tickets[i] >= 0);
	}
	assert_int_equal(deadline_begin(deadline, pair[0], 60000), -1);
	assert_int_equal(deadline_end(deadline, tickets[7]), 0);
	tickets[7] = deadline_begin(deadline, pair[0], 60000);
	assert_true(tickets[7] >= 0);
	for (i = 0; i < DEADLINE_MAX; i++)
		assert_int_equal(deadline_end(deadline, tickets[i]), 0);
	close_pair(pair);
	deadline_free(deadline);
	deadline_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_silence_ends),
	    cmocka_unit_test(test_an_answer_in_time_is_left_alone),
	    cmocka_unit_test(test_the_shorter_one_first),
	    cmocka_unit_test(test_the_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* kv: listening on a channel and popping from a list, with a real Redis. */
#include "lib/store/kv.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "tests/support/pause.h"
#include "tests/support/redis.h"

/* QUIET_MS of kv_channel.c is 2 s. */
enum { TIMEOUT_MS = 400, SLACK_MS = 500, QUIET_MS = 2000 };

static struct redis redis;
static struct kv *listener, *speaker;
static struct arena arena;
static struct err err;

static int
start(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN); /* as every main does */
	redis_start(&redis);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	redis_stop(&redis);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	listener = kv_new(&redis.conf, KV_WORKER, TIMEOUT_MS);
	speaker = kv_new(&redis.conf, KV_WEB, TIMEOUT_MS);
	return kv_subscribe(listener, "rentree:now", &err);
}

static int
tear_down(void **state)
{
	(void)state;
	kv_free(listener);
	kv_free(speaker);
	arena_reset(&arena);
	return 0;
}

static int64_t
say(const void *bytes, size_t len)
{
	struct kv_reply reply;

	if (kv_command(speaker,
		(struct kv_arg[]){
		    kv_text("PUBLISH"), kv_text("rentree:now"), {bytes, len}},
		3, &arena, &reply, &err) < 0)
		fail_msg("%s", err.text);
	return reply.integer;
}

static enum lookup
hear(long wait_ms, const char **bytes, size_t *len)
{
	return kv_listen(listener, wait_ms, &arena, bytes, len, &err);
}

static void
test_messages(void **state)
{
	static const char first[] = "one\0\r\n\xff";
	const char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(say(first, sizeof(first)), 1);
	assert_int_equal(say("two", 3), 1);
	assert_int_equal(hear(1000, &bytes, &len), LOOKUP_FOUND);
	assert_int_equal(len, sizeof(first));
	assert_memory_equal(bytes, first, len);
	assert_int_equal(hear(1000, &bytes, &len), LOOKUP_FOUND);
	assert_string_equal(bytes, "two");
	assert_int_equal(hear(0, &bytes, &len), LOOKUP_ABSENT);
}

static void
test_nothing(void **state)
{
	int64_t start_ms = clock_mono_ms();
	const char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(hear(150, &bytes, &len), LOOKUP_ABSENT);
	assert_in_range(clock_mono_ms() - start_ms, 140, 150 + SLACK_MS);
}

static void
test_only_listening(void **state)
{
	struct kv_reply reply;
	const char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(
	    kv_words(listener, &arena, &reply, &err, "GET", "a", NULL), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_int_equal(kv_pop(listener, "l", 10, &arena, &bytes, &len, &err),
	    LOOKUP_FAILED);
	assert_int_equal(kv_subscribe(listener, "other", &err), -1);
	assert_int_equal(
	    kv_batch(listener, NULL, 0, false, &arena, NULL, &err), -1);
	assert_int_equal(
	    kv_listen(speaker, 10, &arena, &bytes, &len, &err), LOOKUP_FAILED);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	/* It still listens. */
	assert_int_equal(say("x", 1), 1);
	assert_int_equal(hear(1000, &bytes, &len), LOOKUP_FOUND);
}

/* Redis goes and comes back: told once, and subscribing again is enough. */
static void
test_restart(void **state)
{
	const char *bytes;
	size_t len;

	(void)state;
	redis_halt(&redis);
	assert_int_equal(hear(1000, &bytes, &len), LOOKUP_FAILED);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_int_equal(hear(1000, &bytes, &len), LOOKUP_FAILED);
	assert_int_equal(kv_subscribe(listener, "rentree:now", &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	redis_again(&redis);
	clock_sleep_ms(KV_BREAK_MS + 20);
	assert_int_equal(kv_subscribe(listener, "rentree:now", &err), 0);
	assert_int_equal(say("back", 4), 1);
	assert_int_equal(hear(1000, &bytes, &len), LOOKUP_FOUND);
	assert_string_equal(bytes, "back");
}

/* A quiet channel is asked after now and then, and answers. */
static void
test_quiet(void **state)
{
	const char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(
	    hear(2 * QUIET_MS + TIMEOUT_MS, &bytes, &len), LOOKUP_ABSENT);
	assert_int_equal(say("x", 1), 1);
	assert_int_equal(hear(1000, &bytes, &len), LOOKUP_FOUND);
}

/* A peer that vanished without a word is given up, also in short looks. */
static void
test_frozen(void **state)
{
	int64_t start_ms = clock_mono_ms();
	enum lookup heard = LOOKUP_ABSENT;
	const char *bytes;
	size_t len;

	(void)state;
	pause_child(redis.pid);
	while (heard == LOOKUP_ABSENT && clock_mono_ms() - start_ms < 10000)
		heard = hear(100, &bytes, &len);
	(void)kill(redis.pid, SIGCONT);
	assert_int_equal(heard, LOOKUP_FAILED);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_in_range(clock_mono_ms() - start_ms, QUIET_MS - 10,
	    QUIET_MS + TIMEOUT_MS + SLACK_MS);
}

static void
test_pop(void **state)
{
	int64_t start_ms = clock_mono_ms();
	struct kv_reply reply;
	const char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(kv_pop(speaker, "l", 150, &arena, &bytes, &len, &err),
	    LOOKUP_ABSENT);
	assert_in_range(clock_mono_ms() - start_ms, 140, 150 + SLACK_MS);
	assert_int_equal(kv_words(speaker, &arena, &reply, &err, "RPUSH", "l",
			     "one", "two", NULL),
	    0);
	assert_int_equal(
	    kv_pop(speaker, "l", 0, &arena, &bytes, &len, &err), LOOKUP_FOUND);
	assert_string_equal(bytes, "one");
	assert_int_equal(len, 3);
	/* Longer than the timeout of a command. */
	assert_int_equal(kv_pop(speaker, "none", TIMEOUT_MS + 200, &arena,
			     &bytes, &len, &err),
	    LOOKUP_ABSENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_messages),
	    TEST(test_nothing),
	    TEST(test_only_listening),
	    TEST(test_restart),
	    TEST(test_quiet),
	    TEST(test_frozen),
	    TEST(test_pop),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

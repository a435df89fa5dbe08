/* lock: one owner at a time, in a real Redis. */
#include "lib/store/lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/store/kv.h"
#include "tests/support/redis.h"

static const char uuid[] = "5f0f3b6e-0000-1111-2222-333344445555";

static struct redis redis;
static struct kv *kv;

static int
start(void **state)
{
	struct err err;

	(void)state;
	redis_start(&redis);
	kv = kv_new(&redis.conf, KV_WORKER, 2000);
	return kv_load_functions(kv, &err);
}

static int
stop(void **state)
{
	(void)state;
	kv_free(kv);
	redis_stop(&redis);
	return 0;
}

static void
words(const char *one, const char *two, const char *three, const char *four,
    struct kv_reply *reply)
{
	static struct arena arena;
	struct err err;

	arena_reset(&arena);
	if (kv_words(kv, &arena, reply, &err, one, two, three, four, NULL) < 0)
		fail_msg("%s", err.text);
}

static void
test_one_owner(void **state)
{
	struct lock mine, theirs;
	struct kv_reply reply;
	int64_t start_ms = clock_mono_ms();
	struct err err;

	(void)state;
	assert_int_equal(lock_take(kv, uuid, 0, &mine, &err), LOOKUP_FOUND);
	words("PTTL", "rentree:lock:5f0f3b6e-0000-1111-2222-333344445555", NULL,
	    NULL, &reply);
	assert_in_range(reply.integer, LOCK_MS - 5000, LOCK_MS);
	assert_int_equal(
	    lock_take(kv, uuid, 200, &theirs, &err), LOOKUP_ABSENT);
	assert_in_range(clock_mono_ms() - start_ms, 200, 2000);
	/* Another account is another lock. */
	assert_int_equal(
	    lock_take(kv, "other", 0, &theirs, &err), LOOKUP_FOUND);
	assert_string_not_equal(mine.owner, theirs.owner);
	lock_give(kv, &theirs);
	lock_give(kv, &mine);
	assert_int_equal(lock_take(kv, uuid, 0, &theirs, &err), LOOKUP_FOUND);
	/* Who lost it cannot give what another has. */
	lock_give(kv, &mine);
	assert_int_equal(lock_take(kv, uuid, 0, &mine, &err), LOOKUP_ABSENT);
	lock_give(kv, &theirs);
}

static void
test_it_ends_by_itself(void **state)
{
	struct lock lock;
	struct kv_reply reply;
	struct err err;

	(void)state;
	assert_int_equal(lock_take(kv, uuid, 0, &lock, &err), LOOKUP_FOUND);
	words("PEXPIRE", "rentree:lock:5f0f3b6e-0000-1111-2222-333344445555",
	    "150", NULL, &reply);
	assert_int_equal(lock_take(kv, uuid, 2000, &lock, &err), LOOKUP_FOUND);
	lock_give(kv, &lock);
}

static void
test_long_name(void **state)
{
	struct lock lock;
	struct err err;

	(void)state;
	assert_int_equal(lock_take(kv, "5f0f3b6e-0000-1111-2222-3333444455556",
			     0, &lock, &err),
	    LOOKUP_FAILED);
	assert_int_equal(err.kind, ERR_INTERNAL);
}

/* A full Redis drains, and a lock is part of draining. */
static void
test_full(void **state)
{
	struct lock lock;
	struct kv_reply reply;
	struct err err;

	(void)state;
	words("CONFIG", "SET", "maxmemory", "1", &reply);
	assert_int_equal(lock_take(kv, uuid, 0, &lock, &err), LOOKUP_FOUND);
	lock_give(kv, &lock);
	words("CONFIG", "SET", "maxmemory", "0", &reply);
}

static void
test_redis_gone(void **state)
{
	struct lock lock = {0};
	struct err err;

	(void)state;
	redis_halt(&redis);
	assert_int_equal(lock_take(kv, uuid, 5000, &lock, &err), LOOKUP_FAILED);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	lock_give(kv, &lock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_owner),
	    cmocka_unit_test(test_it_ends_by_itself),
	    cmocka_unit_test(test_long_name),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_redis_gone),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

/* quota: never more than so many in any period, in a real Redis. */
#include "lib/store/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/store/kv.h"
#include "tests/support/redis.h"

static struct redis redis;
static struct kv *kv;
static struct err err;

static int
start(void **state)
{
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

static enum lookup
count(const char *name, const char *id, long max, struct quota_verdict *verdict)
{
	const struct quota quota = {
	    .name = name, .id = id, .max = max, .period_ms = 3600000};

	return quota_count(kv, &quota, verdict, &err);
}

static void
so_many_and_no_more(void **state)
{
	struct quota_verdict verdict;
	char id[16];

	(void)state;
	for (int i = 1; i <= 5; i++) {
		snprintf(id, sizeof id, "%d", i);
		assert_int_equal(count("a", id, 5, &verdict), LOOKUP_FOUND);
		assert_int_equal(verdict.used, i);
	}
	assert_int_equal(count("a", "6", 5, &verdict), LOOKUP_ABSENT);
	assert_int_equal(verdict.used, 5);
	assert_true(verdict.wait_ms > 3590000 && verdict.wait_ms <= 3600000);
	/* What was counted is not refused when its answer was lost. */
	assert_int_equal(count("a", "3", 5, &verdict), LOOKUP_FOUND);
	assert_int_equal(verdict.used, 5);
	assert_int_equal(count("b", "6", 5, &verdict), LOOKUP_FOUND);
	assert_int_equal(verdict.used, 1);
}

/* The oldest leaves; the others are still there. */
static void
in_any_period(void **state)
{
	struct quota_verdict verdict;
	struct arena arena = {0};
	struct kv_reply reply;

	(void)state;
	assert_int_equal(count("c", "1", 2, &verdict), LOOKUP_FOUND);
	assert_int_equal(count("c", "2", 2, &verdict), LOOKUP_FOUND);
	assert_int_equal(count("c", "3", 2, &verdict), LOOKUP_ABSENT);
	assert_int_equal(kv_words(kv, &arena, &reply, &err, "ZINCRBY",
			     "rentree:quota:c", "-3600000", "1", NULL),
	    0);
	assert_int_equal(count("c", "3", 2, &verdict), LOOKUP_FOUND);
	assert_int_equal(verdict.used, 2);
	assert_int_equal(count("c", "4", 2, &verdict), LOOKUP_ABSENT);
	arena_reset(&arena);
}

static void
without_redis(void **state)
{
	struct quota_verdict verdict;

	(void)state;
	redis_stop(&redis);
	assert_int_equal(count("d", "1", 2, &verdict), LOOKUP_FAILED);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	redis_start(&redis);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(so_many_and_no_more),
	    cmocka_unit_test(in_any_period),
	    cmocka_unit_test(without_redis),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

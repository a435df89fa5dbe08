/* limiter: names that tell nothing, and GCRA in a real Redis. */
#include "lib/store/limiter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/store/kv.h"
#include "tests/support/redis.h"

static const unsigned char key[SECRET_KEY] = "0123456789abcdef0123456789abcde";

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

static int
empty(void **state)
{
	struct arena arena = {0};
	struct kv_reply reply;
	struct err err;
	int rc = kv_words(kv, &arena, &reply, &err, "FLUSHALL", NULL);

	(void)state;
	arena_reset(&arena);
	return rc;
}

/* --- names ---------------------------------------------------------------- */

static struct limits_conf
conf_of(struct arena *arena, const char *schools)
{
	struct limits_conf conf = {
	    .per_address = {{{20, 600}}, 1},
	    .per_school_address = {{{400, 600}}, 1},
	};
	struct err err;

	assert_int_equal(
	    net_parse_prefixes(arena, schools, &conf.school_networks, &err), 0);
	return conf;
}

static struct limit_list
list_for(const struct limits_conf *conf, const char *address)
{
	struct limit_list list = {0};
	struct net_address client;

	assert_true(net_parse(address, &client));
	limiter_add_address(&list, key, conf, &client);
	for (size_t i = 0; i < list.count; i++) {
		assert_null(strstr(list.checks[i].name, address));
		assert_int_equal(list.checks[i].constant_retry_s, 0);
	}
	return list;
}

static void
test_address(void **state)
{
	struct arena arena = {0};
	struct limits_conf conf = conf_of(&arena, "10.1.0.0/16 2001:db8::/48");
	struct limit_list one = list_for(&conf, "192.0.2.1"), two;

	(void)state;
	assert_int_equal(one.count, 1);
	assert_int_equal(one.checks[0].rate.burst, 20);
	two = list_for(&conf, "192.0.2.2");
	assert_string_not_equal(one.checks[0].name, two.checks[0].name);
	two = list_for(&conf, "192.0.2.1");
	assert_string_equal(one.checks[0].name, two.checks[0].name);
	one = list_for(&conf, "10.1.2.3");
	assert_int_equal(one.checks[0].rate.burst, 400);
	arena_reset(&arena);
}

static void
test_address_v6(void **state)
{
	struct arena arena = {0};
	struct limits_conf conf = conf_of(&arena, "2001:db8::/48");
	struct limit_list one = list_for(&conf, "2001:db8:1:1::1"), two;

	(void)state;
	assert_int_equal(one.count, 2);
	assert_int_equal(one.checks[0].rate.burst, 20);
	assert_int_equal(one.checks[1].rate.burst, 20 * LIMITER_NET48_FACTOR);
	two = list_for(&conf, "2001:db8:1:1:ffff::2"); /* same /64 */
	assert_string_equal(one.checks[0].name, two.checks[0].name);
	assert_string_equal(one.checks[1].name, two.checks[1].name);
	two = list_for(&conf, "2001:db8:1:2::1"); /* same /48 */
	assert_string_not_equal(one.checks[0].name, two.checks[0].name);
	assert_string_equal(one.checks[1].name, two.checks[1].name);
	two = list_for(&conf, "2001:db8:2:1::1");
	assert_string_not_equal(one.checks[1].name, two.checks[1].name);
	two = list_for(&conf, "2001:db8::1"); /* a school */
	assert_int_equal(two.checks[0].rate.burst, 400);
	arena_reset(&arena);
}

static void
test_value(void **state)
{
	const struct conf_rates rates = {{{3, 3600}, {7, 86400}}, 2};
	struct limit_list list = {0};
	unsigned char other[SECRET_KEY] = {1};

	(void)state;
	limiter_add_value(&list, key, "i", &rates, "05E1975943PSB", 13);
	limiter_add_value(&list, key, "n", &rates, "05E1975943PSB", 13);
	limiter_add_value(&list, other, "i", &rates, "05E1975943PSB", 13);
	limiter_add_value(&list, key, "i", &rates, "05E1975943PSB", 13);
	assert_int_equal(list.count, 8);
	assert_string_not_equal(list.checks[0].name, list.checks[1].name);
	assert_string_not_equal(list.checks[0].name, list.checks[4].name);
	assert_string_equal(list.checks[0].name, list.checks[6].name);
	assert_string_equal(list.checks[1].name, list.checks[7].name);
	assert_string_not_equal(
	    strchr(list.checks[0].name, ':'), strchr(list.checks[2].name, ':'));
	/* One step of the refill, rounded up. */
	assert_int_equal(list.checks[0].constant_retry_s, 1200);
	assert_int_equal(list.checks[1].constant_retry_s, 12343);
}

/* 22 bits: six hexadecimal digits below 400000, whatever the value. */
static void
test_value_is_short(void **state)
{
	const struct conf_rates rates = {{{3, 3600}}, 1};

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct limit_list list = {0};
		char value[24];
		const char *hash;

		snprintf(value, sizeof(value), "value-%d", i);
		limiter_add_value(
		    &list, key, "i", &rates, value, strlen(value));
		hash = strchr(list.checks[0].name, ':') + 1;
		assert_int_equal(strlen(hash), 6);
		assert_in_range(hash[0], '0', '3');
	}
}

/* --- counting ------------------------------------------------------------- */

static void
add(struct limit_list *list, const char *name, long burst, long period_s,
    long constant_retry_s)
{
	struct limit_check *check = &list->checks[list->count++];

	snprintf(check->name, sizeof(check->name), "%s", name);
	check->rate = (struct conf_rate){burst, period_s};
	check->constant_retry_s = constant_retry_s;
}

static struct limit_verdict
count(const struct limit_list *list)
{
	struct limit_verdict verdict;
	struct err err;

	if (limiter_count(kv, list, false, &verdict, &err) < 0)
		fail_msg("%s", err.text);
	return verdict;
}

static int64_t
ask(const char *command, const char *name)
{
	struct arena arena = {0};
	struct kv_reply reply;
	struct err err;
	char full[KV_KEY];

	kv_key(kv, full, "lim:%s", name);
	assert_int_equal(
	    kv_words(kv, &arena, &reply, &err, command, full, NULL), 0);
	assert_int_equal(reply.type, KV_INTEGER);
	arena_reset(&arena);
	return reply.integer;
}

static void
test_burst(void **state)
{
	static const struct {
		long burst, period_s;
	} cases[] = {
	    {1, 60}, {3, 3600}, {7, 1}, {7, 60}, {20, 600}, {400, 600}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct limit_list list = {0};
		struct limit_verdict verdict;
		long step_ms = cases[i].period_s * 1000 / cases[i].burst;
		char name[8];
		long passed = 0;

		snprintf(name, sizeof(name), "b%zu", i);
		add(&list, name, cases[i].burst, cases[i].period_s, 0);
		for (;; passed++) {
			verdict = count(&list);
			if (verdict.refused)
				break;
		}
		/* A slow machine may have refilled a little meanwhile. */
		assert_in_range(
		    passed, cases[i].burst, cases[i].burst + 5000 / step_ms);
		assert_int_equal(verdict.which, 0);
		assert_in_range(verdict.retry_after_s, 1, step_ms / 1000 + 1);
	}
}

static void
test_refill(void **state)
{
	struct limit_list list = {0};

	(void)state;
	add(&list, "r", 2, 1, 0); /* one every half second */
	assert_false(count(&list).refused);
	assert_false(count(&list).refused);
	assert_true(count(&list).refused);
	clock_sleep_ms(600);
	assert_false(count(&list).refused);
	assert_true(count(&list).refused);
	/* A refusal costs nothing, and everything ends by itself. */
	assert_in_range(ask("PTTL", "r"), 1, 1000);
	clock_sleep_ms(1100);
	assert_int_equal(ask("EXISTS", "r"), 0);
}

static void
test_order(void **state)
{
	struct limit_list list = {0};
	struct limit_verdict verdict;

	(void)state;
	add(&list, "a", 3, 600, 0);
	add(&list, "i", 2, 3600, 1800);
	add(&list, "n", 10, 3600, 360);
	assert_false(count(&list).refused);
	assert_false(count(&list).refused);
	verdict = count(&list);
	assert_true(verdict.refused);
	assert_int_equal(verdict.which, 1);
	assert_int_equal(verdict.retry_after_s, 1800);
	/* The address was counted, what comes after the refusal was not. */
	verdict = count(&list);
	assert_int_equal(verdict.which, 0);
	assert_in_range(verdict.retry_after_s, 190, 200);
	assert_in_range(ask("PTTL", "n"), 700000, 720000);
	/* A refused address makes no identity key. */
	snprintf(list.checks[1].name, sizeof(list.checks[1].name), "fresh");
	assert_int_equal(count(&list).which, 0);
	assert_int_equal(ask("EXISTS", "fresh"), 0);
}

/* However many /64 a visitor has, a /48 that is refused makes no more keys. */
static void
test_a_refused_site_makes_no_key(void **state)
{
	(void)state;
	for (int home = 0; home < 20; home++) {
		struct limit_list list = {0};
		char name[16];

		(void)snprintf(name, sizeof(name), "a64-0:%04x", home);
		add(&list, name, 3, 600, 0);
		add(&list, "a48-0:0001", 12, 600, 0);
		assert_int_equal(count(&list).refused, home >= 12);
		assert_int_equal(ask("EXISTS", name), home < 12);
	}
}

static void
test_empty_list(void **state)
{
	const struct limit_list list = {0};

	(void)state;
	assert_false(count(&list).refused);
}

/* A full Redis: the visitor is refused, the worker may still count. */
static void
test_full(void **state)
{
	struct arena arena = {0};
	struct limit_list list = {0};
	struct limit_verdict verdict;
	struct kv_reply reply;
	struct err err;

	(void)state;
	add(&list, "f", 3, 600, 0);
	assert_int_equal(kv_words(kv, &arena, &reply, &err, "CONFIG", "SET",
			     "maxmemory", "1", NULL),
	    0);
	assert_int_equal(limiter_count(kv, &list, false, &verdict, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_int_equal(limiter_count(kv, &list, true, &verdict, &err), 0);
	assert_false(verdict.refused);
	assert_int_equal(ask("EXISTS", "f"), 1);
	assert_int_equal(kv_words(kv, &arena, &reply, &err, "CONFIG", "SET",
			     "maxmemory", "0", NULL),
	    0);
	arena_reset(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_address),
	    cmocka_unit_test(test_address_v6),
	    cmocka_unit_test(test_value),
	    cmocka_unit_test(test_value_is_short),
	    cmocka_unit_test_setup(test_burst, empty),
	    cmocka_unit_test_setup(test_refill, empty),
	    cmocka_unit_test_setup(test_order, empty),
	    cmocka_unit_test_setup(test_a_refused_site_makes_no_key, empty),
	    cmocka_unit_test_setup(test_empty_list, empty),
	    cmocka_unit_test_setup(test_full, empty),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

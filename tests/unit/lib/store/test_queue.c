/* queue: leases, fences and lanes, in a real Redis. Leases of 90 s are tried
 * with the function itself, which takes the lease as an argument. */
#include "lib/store/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/store/kv.h"
#include "tests/support/redis.h"

#define ID_A "0123456789abcdef0123456789abcdef"
#define ID_B "fedcba9876543210fedcba9876543210"
#define ID_C "00000000000000000000000000000000"

static struct redis redis;
static struct kv *kv;
static struct arena arena;

/* --- bench ---------------------------------------------------------------- */

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
	arena_reset(&arena);
	redis_stop(&redis);
	return 0;
}

static int
empty(void **state)
{
	struct kv_reply reply;
	struct err err;

	(void)state;
	return kv_words(kv, &arena, &reply, &err, "FLUSHALL", NULL);
}

static int64_t
number(const char *one, const char *two, const char *three)
{
	struct kv_reply reply;
	struct err err;

	if (kv_words(kv, &arena, &reply, &err, one, two, three, NULL) < 0)
		fail_msg("%s", err.text);
	if (reply.type == KV_BYTES)
		return (int64_t)strtoll(reply.bytes, NULL, 10);
	return reply.type == KV_INTEGER ? reply.integer : -1;
}

/* What admit does at its end. */
static void
push(const char *lane, const void *bytes, size_t len)
{
	struct kv_reply reply;
	struct err err;

	assert_int_equal(kv_command(kv,
			     (struct kv_arg[]){
				 kv_text("RPUSH"), kv_text(lane), {bytes, len}},
			     3, &arena, &reply, &err),
	    0);
}

static void
push_id(const char *id)
{
	char envelope[80];
	int len =
	    snprintf(envelope, sizeof(envelope), "1|k.1|%s|%c\xff|x", id, '\0');

	push("rentree:in:mail", envelope, (size_t)len);
}

static enum lookup
take(struct queue_item *item)
{
	struct err err;
	enum lookup taken = queue_take(kv, QUEUE_MAIL, 0, &arena, item, &err);

	if (taken == LOOKUP_FAILED)
		fail_msg("%s", err.text);
	return taken;
}

/* With a lease of our own; the attempt, 0 when there was nothing to take. */
static uint32_t
take_for(const char *lease_ms, struct queue_item *item)
{
	struct kv_reply reply;
	struct err err;

	if (kv_words(kv, &arena, &reply, &err, "FCALL", "rentree_take", "0",
		"rentree:", "mail", lease_ms, "0", "1", "8", NULL) < 0)
		fail_msg("%s", err.text);
	if (reply.type == KV_NIL)
		return 0;
	snprintf(item->id, sizeof(item->id), "%s", reply.items[0].bytes);
	item->attempt = (uint32_t)reply.items[1].integer;
	return item->attempt;
}

static enum lookup
later(const struct queue_item *item, long delay_ms)
{
	struct err err;

	return queue_later(kv, item, delay_ms, &err);
}

static enum lookup
finish(const struct queue_item *item)
{
	struct err err;

	return queue_finish(kv, item, &err);
}

static void
put(const char *id, long delay_ms)
{
	struct err err;

	if (queue_put(kv, QUEUE_MAIL, id, "env\0elope", 9, delay_ms, &err) < 0)
		fail_msg("%s", err.text);
}

static struct queue_state
look(void)
{
	struct queue_state state;
	struct err err;

	if (queue_state(kv, &state, &err) < 0)
		fail_msg("%s", err.text);
	return state;
}

/* Nothing of any request is left but the marks of those that are done. */
static void
assert_clean(int64_t done)
{
	struct kv_reply reply;
	struct err err;
	static const char *const kept[] = {
	    "rentree:lim:waiting", "rentree:stats"};
	int64_t others = 0;

	assert_int_equal(
	    kv_words(kv, &arena, &reply, &err, "KEYS", "*", NULL), 0);
	for (size_t i = 0; i < COUNT_OF(kept); i++)
		others += number("EXISTS", kept[i], NULL);
	assert_int_equal((int64_t)reply.count - others, done);
}

/* --- the usual way -------------------------------------------------------- */

static void
test_take_and_finish(void **state)
{
	struct queue_item item;

	(void)state;
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	push_id(ID_A);
	assert_int_equal(take(&item), LOOKUP_FOUND);
	assert_string_equal(item.id, ID_A);
	assert_int_equal(item.attempt, 1);
	assert_int_equal(item.len, 43);
	assert_memory_equal(item.envelope, "1|k.1|" ID_A "|\0\xff|x", 43);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	assert_int_equal(finish(&item), LOOKUP_FOUND);
	assert_in_range(number("TTL", "rentree:done:" ID_A, NULL),
	    QUEUE_DONE_S - 5, QUEUE_DONE_S);
	/* The answer was lost: asked again, it is still done. */
	assert_int_equal(finish(&item), LOOKUP_FOUND);
	assert_int_equal(later(&item, 0), LOOKUP_ABSENT);
	assert_clean(1);
}

static void
test_order_is_that_of_moments(void **state)
{
	struct queue_item item;
	struct err err;

	(void)state;
	put(ID_A, 60000);
	put(ID_B, 0);
	clock_sleep_ms(5);
	push_id(ID_C);
	assert_int_equal(take(&item), LOOKUP_FOUND);
	assert_string_equal(item.id, ID_B);
	assert_int_equal(take(&item), LOOKUP_FOUND);
	assert_string_equal(item.id, ID_C);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	assert_int_equal(queue_hurry(kv, QUEUE_MAIL, ID_A, &err), LOOKUP_FOUND);
	assert_int_equal(take(&item), LOOKUP_FOUND);
	assert_string_equal(item.id, ID_A);
	assert_int_equal(item.len, 9);
	assert_memory_equal(item.envelope, "env\0elope", 9);
}

static void
test_lanes_are_apart(void **state)
{
	struct queue_item item;
	struct err err;

	(void)state;
	assert_int_equal(
	    queue_put(kv, QUEUE_BULK, ID_A, "bulk", 4, 0, &err), 0);
	push("rentree:in:bulk", "1|k|" ID_B "|x", 38);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    queue_take(kv, QUEUE_BULK, 0, &arena, &item, &err),
		    LOOKUP_FOUND);
		assert_int_equal(later(&item, 0), LOOKUP_FOUND);
	}
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	assert_int_equal(look().bulk_waiting, 2);
}

static void
test_same_id_again(void **state)
{
	struct queue_item item;

	(void)state;
	push_id(ID_A);
	push_id(ID_A);
	assert_int_equal(take(&item), LOOKUP_FOUND);
	put(ID_A, 0);
	push_id(ID_A);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	assert_int_equal(finish(&item), LOOKUP_FOUND);
	push_id(ID_A);
	put(ID_A, 0);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	assert_int_equal(number("HGET", "rentree:stats", "dropped-known"), 3);
	assert_clean(1);
}

static void
test_what_is_no_request(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
	    {"", 0},
	    {"1", 1},
	    {"\0\0\0", 3},
	    {"1|k|" ID_A, 36},
	    {"1|k|" ID_A "|", 37},
	    {"2|k|" ID_A "|x", 38},
	    {"1||" ID_A "|x", 37},
	    {"1|k k|" ID_A "|x", 40},
	    {"1|kkkkkkkkkkkkkkkkk|" ID_A "|x", 54},
	    {"1|k|0123456789ABCDEF0123456789abcdef|x", 38},
	    {"1|k|0123456789abcdef0123456789abcde|x", 37},
	    {"1|k|0123456789abcdef0123456789abcdef0|x", 39},
	    {"1|k|x|" ID_A "|x", 40},
	};
	struct queue_item item;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		push("rentree:in:mail", cases[i].bytes, cases[i].len);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	assert_int_equal(number("HGET", "rentree:stats", "dropped-shapeless"),
	    COUNT_OF(cases));
	push_id(ID_A);
	assert_int_equal(take(&item), LOOKUP_FOUND);
	assert_int_equal(finish(&item), LOOKUP_FOUND);
	assert_clean(1);
}

/* Every new request gets a moment of its own, and no two runs the same. */
static void
test_jitter(void **state)
{
	struct queue_entry *entries;
	struct queue_item item;
	int64_t least = QUEUE_JITTER_MS, most = 0;
	struct err err;
	size_t count;
	char id[QUEUE_ID];

	(void)state;
	for (int i = 0; i < 60; i++) {
		snprintf(id, sizeof(id), "%032x", i);
		push_id(id);
	}
	assert_int_not_equal(
	    queue_take(kv, QUEUE_MAIL, QUEUE_JITTER_MS, &arena, &item, &err),
	    LOOKUP_FAILED);
	assert_int_equal(
	    queue_list(kv, false, 100, &arena, &entries, &count, &err), 0);
	assert_int_equal(count, 60);
	for (size_t i = 0; i < count; i++) {
		int64_t due = entries[i].due_in_ms;

		if (entries[i].attempt > 0)
			continue;
		assert_in_range(due + 1000, 0, QUEUE_JITTER_MS + 1000);
		least = due < least ? due : least;
		most = due > most ? due : most;
	}
	assert_true(most - least > QUEUE_JITTER_MS / 2);
}

/* --- leases --------------------------------------------------------------- */

static void
test_lease_runs_out(void **state)
{
	struct queue_item first = {0}, second = {0};

	(void)state;
	push_id(ID_A);
	assert_int_equal(take_for("100", &first), 1);
	assert_int_equal(take_for("100", &second), 0);
	clock_sleep_ms(120);
	assert_int_equal(take_for("90000", &second), 2);
	/* The first one wakes up: it has nothing to say any more. */
	assert_int_equal(later(&first, 0), LOOKUP_ABSENT);
	assert_int_equal(finish(&first), LOOKUP_ABSENT);
	assert_int_equal(look().held, 1);
	assert_int_equal(finish(&second), LOOKUP_FOUND);
	assert_int_equal(finish(&first), LOOKUP_ABSENT);
	assert_clean(1);
}

/* Slow, but nobody else came: its result counts. */
static void
test_late_but_alone(void **state)
{
	struct queue_item item = {0};

	(void)state;
	push_id(ID_A);
	assert_int_equal(take_for("20", &item), 1);
	clock_sleep_ms(50);
	assert_int_equal(later(&item, 0), LOOKUP_FOUND);
	assert_int_equal(take_for("20", &item), 2);
	clock_sleep_ms(50);
	assert_int_equal(finish(&item), LOOKUP_FOUND);
	assert_clean(1);
}

static void
test_later(void **state)
{
	struct queue_item item = {0};

	(void)state;
	push_id(ID_A);
	assert_int_equal(take_for("90000", &item), 1);
	assert_int_equal(later(&item, 150), LOOKUP_FOUND);
	assert_int_equal(look().held, 0);
	assert_int_equal(take_for("90000", &item), 0);
	item.attempt = 1;
	assert_int_equal(later(&item, 100), LOOKUP_FOUND); /* lost answer */
	clock_sleep_ms(200);
	assert_int_equal(take_for("90000", &item), 2);
}

/* An outage of hours is many attempts and no losses. */
static void
test_later_is_no_loss(void **state)
{
	struct queue_item item = {0};

	(void)state;
	push_id(ID_A);
	for (uint32_t i = 1; i <= 3 * QUEUE_LOSSES_MAX; i++) {
		assert_int_equal(take_for("90000", &item), i);
		assert_int_equal(later(&item, 0), LOOKUP_FOUND);
	}
	assert_int_equal(look().dead, 0);
}

static void
lose(int times)
{
	struct queue_item item = {0};

	for (int i = 0; i < times; i++) {
		assert_int_not_equal(take_for("1", &item), 0);
		clock_sleep_ms(5);
	}
}

static void
test_dead(void **state)
{
	struct queue_item item = {0};
	struct queue_state now;

	(void)state;
	push_id(ID_A);
	lose(QUEUE_LOSSES_MAX);
	assert_int_equal(look().dead, 0);
	/* What killed them must not stop the others. */
	clock_sleep_ms(5);
	push_id(ID_B);
	assert_int_equal(take_for("90000", &item), 1);
	assert_string_equal(item.id, ID_B);
	now = look();
	assert_int_equal(now.dead, 1);
	assert_int_equal(now.mail_waiting, 1);
	assert_int_equal(now.held, 1);
	assert_int_equal(finish(&item), LOOKUP_FOUND);
	assert_int_equal(look().oldest_ms, 0);
	assert_int_equal(take_for("1", &item), 0);
	/* Dead is known: the same request again changes nothing. */
	push_id(ID_A);
	assert_int_equal(take_for("1", &item), 0);
}

static void
bury(struct queue_item *last)
{
	push_id(ID_A);
	lose(QUEUE_LOSSES_MAX - 1);
	assert_int_equal(take_for("1", last), QUEUE_LOSSES_MAX);
	clock_sleep_ms(5);
	assert_int_equal(take(&(struct queue_item){0}), LOOKUP_ABSENT);
	assert_int_equal(look().dead, 1);
}

/* The last attempt was slow, not killed. */
static void
test_the_dead_may_finish(void **state)
{
	struct queue_item last = {0};

	(void)state;
	bury(&last);
	assert_int_equal(finish(&last), LOOKUP_FOUND);
	assert_int_equal(look().dead, 0);
	assert_clean(1);
}

static void
test_the_dead_may_be_tried_later(void **state)
{
	struct queue_item last = {0};

	(void)state;
	bury(&last);
	assert_int_equal(later(&last, 0), LOOKUP_FOUND);
	assert_int_equal(look().dead, 0);
	assert_int_equal(take_for("90000", &last), QUEUE_LOSSES_MAX + 1);
}

static void
test_hurry(void **state)
{
	struct queue_item item = {0};
	struct err err;

	(void)state;
	put(ID_A, 60000);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	assert_int_equal(queue_hurry(kv, QUEUE_MAIL, ID_A, &err), LOOKUP_FOUND);
	assert_int_equal(
	    queue_hurry(kv, QUEUE_MAIL, ID_B, &err), LOOKUP_ABSENT);
	assert_int_equal(take(&item), LOOKUP_FOUND);
	/* Somebody is at it: the lease stands. */
	assert_int_equal(queue_hurry(kv, QUEUE_MAIL, ID_A, &err), LOOKUP_FOUND);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	assert_int_equal(number("ZCARD", "rentree:due:mail", NULL), 1);
	assert_int_equal(queue_finish(kv, &item, &err), LOOKUP_FOUND);
	assert_int_equal(
	    queue_hurry(kv, QUEUE_MAIL, ID_A, &err), LOOKUP_ABSENT);
}

/* --- the operator --------------------------------------------------------- */

static struct queue_entry *
list(bool only_dead, size_t expected)
{
	struct queue_entry *entries;
	struct err err;
	size_t count;

	if (queue_list(kv, only_dead, 10, &arena, &entries, &count, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(count, expected);
	return entries;
}

static void
test_state_and_list(void **state)
{
	struct queue_item item = {0};
	struct queue_entry *entries;
	struct queue_state now = look();
	struct err err;

	(void)state;
	assert_int_equal(now.mail_waiting + now.bulk_waiting + now.held +
			     now.dead + now.oldest_ms,
	    0);
	list(false, 0);
	bury(&item);
	assert_int_equal(
	    queue_put(kv, QUEUE_BULK, ID_B, "x", 1, 5000, &err), 0);
	clock_sleep_ms(30);
	push_id(ID_C);
	now = look();
	assert_int_equal(now.mail_waiting, 1);
	assert_int_equal(now.bulk_waiting, 1);
	assert_in_range(now.oldest_ms, 30, 5000);
	/* That is the other lane's: nobody waits in this one for long. */
	assert_in_range(now.bulk_oldest_ms, 30, 5000);
	assert_int_equal(now.mail_oldest_ms, 0);
	entries = list(false, 3);
	assert_string_equal(entries[0].id, ID_A);
	assert_true(entries[0].dead);
	assert_int_equal(entries[0].losses, QUEUE_LOSSES_MAX);
	assert_string_equal(entries[1].id, ID_B);
	assert_false(entries[1].dead);
	assert_int_equal(entries[1].lane, QUEUE_BULK);
	assert_in_range(entries[1].age_ms, 30, 5000);
	assert_in_range(entries[1].due_in_ms, 1, 5000);
	assert_string_equal(entries[2].id, ID_C);
	assert_int_equal(entries[2].age_ms, -1);
	assert_int_equal(entries[2].attempt, 0);
	entries = list(true, 1);
	assert_string_equal(entries[0].id, ID_A);
}

/* No worker at all: the age of what nobody has looked at grows. */
static void
test_age_without_a_worker(void **state)
{
	struct limit_list none = {0};
	struct admission admission = {.captcha_key = "",
	    .captcha_right = true,
	    .limits = &none,
	    .id = ID_A,
	    .envelope = "1|k|" ID_A "|x",
	    .len = 38};
	struct limit_verdict verdict;
	struct err err;

	(void)state;
	assert_int_equal(
	    queue_admit(kv, &admission, &verdict, &err), ADMIT_DONE);
	clock_sleep_ms(50);
	assert_int_equal(
	    queue_admit(kv, &admission, &verdict, &err), ADMIT_DONE);
	assert_in_range(look().oldest_ms, 50, 5000);
	assert_in_range(look().mail_oldest_ms, 50, 5000);
	assert_int_equal(look().bulk_oldest_ms, 0);
}

static void
test_retry(void **state)
{
	struct queue_item item = {0};
	struct err err;

	(void)state;
	assert_int_equal(queue_retry(kv, ID_A, &err), LOOKUP_ABSENT);
	bury(&item);
	assert_int_equal(queue_retry(kv, ID_A, &err), LOOKUP_FOUND);
	assert_int_equal(look().dead, 0);
	assert_int_equal(take_for("90000", &item), QUEUE_LOSSES_MAX + 1);
	/* A running lease is left alone. */
	assert_int_equal(queue_retry(kv, ID_A, &err), LOOKUP_FOUND);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	put(ID_B, 60000);
	assert_int_equal(queue_retry(kv, ID_B, &err), LOOKUP_FOUND);
	assert_int_equal(take(&item), LOOKUP_FOUND);
	assert_string_equal(item.id, ID_B);
}

static void
test_drop(void **state)
{
	struct queue_item held = {0}, item = {0};
	struct err err;

	(void)state;
	assert_int_equal(queue_drop(kv, ID_A, &err), LOOKUP_ABSENT);
	push_id(ID_A);
	assert_int_equal(take(&held), LOOKUP_FOUND);
	assert_int_equal(queue_drop(kv, ID_A, &err), LOOKUP_FOUND);
	assert_int_equal(queue_drop(kv, ID_A, &err), LOOKUP_FOUND);
	assert_int_equal(finish(&held), LOOKUP_ABSENT);
	assert_int_equal(later(&held, 0), LOOKUP_ABSENT);
	/* From a list no worker has looked at, behind others. */
	for (int i = 1; i < 200; i++) {
		char id[QUEUE_ID];

		snprintf(id, sizeof(id), "%032x", i);
		push_id(id);
	}
	push_id(ID_B);
	assert_int_equal(queue_drop(kv, ID_B, &err), LOOKUP_FOUND);
	for (int i = 1; i < 200; i++) {
		assert_int_equal(take(&item), LOOKUP_FOUND);
		assert_int_equal(finish(&item), LOOKUP_FOUND);
	}
	push_id(ID_A);
	push_id(ID_B);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	assert_clean(199 + 2);
}

static void
test_the_dead_are_forgotten(void **state)
{
	struct queue_item item = {0};
	struct kv_reply reply;
	struct err err;

	(void)state;
	bury(&item);
	assert_int_equal(kv_words(kv, &arena, &reply, &err, "ZADD",
			     "rentree:dead", "1000", ID_A, NULL),
	    0);
	assert_int_equal(take(&item), LOOKUP_ABSENT);
	assert_int_equal(look().dead, 0);
	assert_clean(0);
}

/* kill -9 of Redis: what was answered is there. */
static void
test_it_survives(void **state)
{
	struct queue_item item = {0};

	(void)state;
	put(ID_A, 0);
	push_id(ID_B);
	assert_int_equal(take_for("90000", &item), 1);
	redis_halt(&redis);
	redis_again(&redis);
	assert_int_equal(look().mail_waiting, 2);
	assert_int_equal(finish(&item), LOOKUP_FOUND);
	assert_int_equal(take(&item), LOOKUP_FOUND);
	assert_int_equal(finish(&item), LOOKUP_FOUND);
	assert_clean(2);
}

#define TEST(function) cmocka_unit_test_setup(function, empty)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_take_and_finish),
	    TEST(test_order_is_that_of_moments),
	    TEST(test_lanes_are_apart),
	    TEST(test_same_id_again),
	    TEST(test_what_is_no_request),
	    TEST(test_jitter),
	    TEST(test_lease_runs_out),
	    TEST(test_late_but_alone),
	    TEST(test_later),
	    TEST(test_later_is_no_loss),
	    TEST(test_dead),
	    TEST(test_the_dead_may_finish),
	    TEST(test_the_dead_may_be_tried_later),
	    TEST(test_hurry),
	    TEST(test_state_and_list),
	    TEST(test_age_without_a_worker),
	    TEST(test_retry),
	    TEST(test_drop),
	    TEST(test_the_dead_are_forgotten),
	    TEST(test_it_survives),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

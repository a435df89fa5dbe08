/*
 * The price of the calculation follows the pace at which captchas are
 * answered: the rule, and the way through a real Redis.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/flow/hands.h"
#include "lib/flow/post.h"
#include "lib/flow/recover.h"
#include "lib/flow/toll.h"
#include "mailer/mail_conf.h"
#include "tests/unit/lib/flow/desk.h"

enum { CALM = 300, LEAST = CAPTCHA_POW_BITS };

static struct desk desk;

static void
test_follows_and_does_not_flutter(void **state)
{
	static const struct {
		long per_minute;
		unsigned bits;
	} steps[] = {
	    {0, LEAST},
	    {CALM, LEAST},
	    {CALM + 1, LEAST + 1},
	    {CALM, LEAST + 1}, /* just below the step: it stays */
	    {CALM * 4 / 5 + 1, LEAST + 1},
	    {CALM * 4 / 5, LEAST},
	    {CALM * 2, LEAST + 1},
	    {CALM * 2 + 1, LEAST + 2},
	    {CALM * 1000000L, CAPTCHA_POW_BITS_MAX},
	    {CALM * 2, CAPTCHA_POW_BITS_MAX},
	    {CALM + 1, LEAST + 1},
	    {1, LEAST},
	};
	struct toll toll = {0};
	unsigned before = LEAST;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		bool told = toll_follow(&toll, steps[i].per_minute, CALM);

		if (toll_bits(&toll) != steps[i].bits ||
		    told != (steps[i].bits != before))
			fail_msg("step %zu: %u bits", i, toll_bits(&toll));
		before = steps[i].bits;
	}
}

static void
note_pace(long answered, int64_t ago_ms)
{
	char value[64];
	struct kv_reply reply;

	(void)snprintf(value, sizeof value, "%ld.000|%lld", answered,
	    (long long)(clock_now_ms() - ago_ms));
	assert_int_equal(kv_words(desk.kv, &desk.arena, &reply, &desk.err,
			     "SET", "rentree:lim:answered", value, NULL),
	    0);
}

static long
pace(void)
{
	long per_minute = -1;

	assert_int_equal(queue_pace(desk.kv, &per_minute, &desk.err), 0);
	return per_minute;
}

/* A form made now has the price of now, and it is inside the sealed id. */
static unsigned
bits_of_a_form(void)
{
	char id[CAPTCHA_ID];

	assert_int_equal(asker_is_ready(&desk.asker, NULL, &desk.err), 0);
	asker_captcha(&desk.asker, CAPTCHA_RECOVER, id);
	return captcha_pow_bits(desk.captcha_key, id);
}

static void
test_forms_cost_more_when_many_answer(void **state)
{
	(void)state;
	desk_clear(&desk);
	assert_int_equal(bits_of_a_form(), LEAST);
	note_pace(1000, 0); /* 693 a minute */
	assert_int_equal(bits_of_a_form(), CAPTCHA_POW_BITS_MAX);
	note_pace(1000, 1000LL * QUEUE_PACE_HALF_S); /* half of it */
	assert_int_equal(bits_of_a_form(), LEAST + 1);
	note_pace(1000, 3000LL * QUEUE_PACE_HALF_S);
	assert_int_equal(bits_of_a_form(), LEAST);
	assert_int_equal(pace(), 86);
}

static void
test_nonsense_in_redis_is_calm(void **state)
{
	static const char *const texts[] = {"", "x", "1", "|", "1|", "-5|1"};
	struct kv_reply reply;

	(void)state;
	desk_clear(&desk);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_int_equal(
		    kv_words(desk.kv, &desk.arena, &reply, &desk.err, "SET",
			"rentree:lim:answered", texts[i], NULL),
		    0);
		assert_int_equal(pace(), 0);
	}
	note_pace(10, -3600000); /* noted by a clock that is ahead */
	assert_in_range(pace(), 6, 7);
}

static enum ask_end
ask(const char *pow, const char *number)
{
	static char id[CAPTCHA_ID];
	struct recover_form form = {.number = number,
	    .birth = "01/09/1975",
	    .captcha = {.id = id, .code = "", .pow = pow}};

	/* One bit: either of 0..9 is nearly always right. */
	captcha_make(desk.captcha_key, CAPTCHA_RECOVER, 1, clock_now_ms(), id);
	for (char n = '0'; pow == NULL && n <= '9'; n++) {
		char text[2] = {n, '\0'};

		form.captcha.pow = text;
		if (captcha_check(desk.captcha_key, CAPTCHA_POW,
			CAPTCHA_RECOVER, &form.captcha,
			clock_now_ms()) == CAPTCHA_RIGHT)
			return recover_ask(
			    &desk.asker, &form, &desk.visitor, &desk.err)
			    .ask.end;
	}
	return recover_ask(&desk.asker, &form, &desk.visitor, &desk.err)
	    .ask.end;
}

/* What is answered counts, whatever becomes of it; what is not, does not. */
static void
test_only_right_answers_count(void **state)
{
	char number[32];

	(void)state;
	desk_clear(&desk);
	desk.captcha.mode = CAPTCHA_POW_OR_CODE;
	for (int i = 0; i < 20; i++)
		assert_int_equal(ask("x", "09E9501234ABC"), ASK_CAPTCHA);
	assert_int_equal(pace(), 0);
	for (int i = 0; i < 30; i++) {
		(void)snprintf(number, sizeof number, "09E95%05dABC", i);
		(void)ask(NULL, number);
	}
	assert_in_range(pace(), 18, 21);
}

/* Captchas and mails are counted side by side, and neither count ends the
 * other: a storm brings many of both. */
static void
test_mails_have_a_pace_of_their_own(void **state)
{
	const struct mail_conf mail = {.per_minute = 6, .budget_per_hour = 100};
	const struct workshop shop = {.mail = &mail};
	const struct post post = {.request_id = "r", .tag = "t"};
	struct hands hands = {.shop = &shop, .kv = desk.kv, .lane = QUEUE_MAIL};
	long delay_ms = 0;

	(void)state;
	desk_clear(&desk);
	desk.captcha.mode = CAPTCHA_POW_OR_CODE;
	note_pace(100, 0);
	assert_int_equal(
	    post_may_go(&hands, &post, 1, &delay_ms, &desk.err), POST_SENT);
	assert_in_range(pace(), 60, 70);
	(void)ask(NULL, "09E9501234ABC");
	assert_in_range(pace(), 60, 70);
	assert_int_equal(
	    post_may_go(&hands, &post, 1, &delay_ms, &desk.err), POST_LATER);
	arena_reset(&hands.arena);
}

/* The circuit breaker: what is beyond an hour's mails waits, and is not lost.
 */
static void
test_a_spent_budget_lets_mails_wait(void **state)
{
	const struct mail_conf mail = {
	    .per_minute = 6000, .budget_per_hour = 4};
	const struct workshop shop = {.mail = &mail};
	const struct post post = {.request_id = "r", .tag = "t"};
	struct hands hands = {.shop = &shop, .kv = desk.kv, .lane = QUEUE_BULK};
	long delay_ms = 0;

	(void)state;
	desk_clear(&desk);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    post_may_go(&hands, &post, 1, &delay_ms, &desk.err),
		    POST_SENT);
	/* invitations: half of it */
	assert_int_equal(
	    post_may_go(&hands, &post, 1, &delay_ms, &desk.err), POST_LATER);
	hands.lane = QUEUE_MAIL;
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    post_may_go(&hands, &post, 1, &delay_ms, &desk.err),
		    POST_SENT);
	assert_int_equal(
	    post_may_go(&hands, &post, 1, &delay_ms, &desk.err), POST_LATER);
	assert_in_range(delay_ms, 800000, 902000);
	arena_reset(&hands.arena);
}

static int
set_up(void **state)
{
	(void)state;
	desk_start(&desk);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	desk_stop(&desk);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_follows_and_does_not_flutter),
	    cmocka_unit_test(test_forms_cost_more_when_many_answer),
	    cmocka_unit_test(test_nonsense_in_redis_is_calm),
	    cmocka_unit_test(test_only_right_answers_count),
	    cmocka_unit_test(test_mails_have_a_pace_of_their_own),
	    cmocka_unit_test(test_a_spent_budget_lets_mails_wait),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

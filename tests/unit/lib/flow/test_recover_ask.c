/*
 * The web half of a recovery against a real Redis: what becomes of a form, and
 * what is queued for the worker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/flow/recover.h"
#include "tests/unit/lib/flow/desk.h"

#define NUMEN "09E9501234ABC"

static struct desk desk;
static char id[CAPTCHA_ID], pow_text[24];

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

static int
fresh(void **state)
{
	static const struct conf_rates many = {{{1000, 60}}, 1};

	(void)state;
	desk_clear(&desk);
	desk.captcha.mode = CAPTCHA_OFF;
	desk.limits.per_address = desk.limits.per_identity =
	    desk.limits.per_number = many;
	desk.err = (struct err){0};
	return 0;
}

/* A captcha and its proof of work, at a difficulty of no weight. */
static void
solve(void)
{
	struct captcha_answer answer = {.id = id, .code = "", .pow = pow_text};

	captcha_make(desk.captcha_key, CAPTCHA_RECOVER, 4, clock_now_ms(), id);
	for (int n = 0;; n++) {
		(void)snprintf(pow_text, sizeof pow_text, "%d", n);
		if (captcha_check(desk.captcha_key, CAPTCHA_POW_OR_CODE,
			CAPTCHA_RECOVER, &answer,
			clock_now_ms()) == CAPTCHA_RIGHT)
			return;
	}
}

static struct recover_answer
ask(const char *number, const char *birth)
{
	struct recover_form form = {.number = number,
	    .birth = birth,
	    .captcha = {.id = id, .code = "", .pow = pow_text}};

	return recover_ask(&desk.asker, &form, &desk.visitor, &desk.err);
}

static void
test_queued(void **unused)
{
	struct recover_request request = {0};
	struct recover_answer answer;
	struct envelope envelope;

	(void)unused;
	answer = ask(" o9e 95 o1234 abc\xc2\xa0", "1/9/75");
	assert_int_equal(answer.ask.end, ASK_ACCEPTED);
	assert_true(desk_take(&desk, &envelope));
	assert_int_equal(envelope.kind, REQUEST_RECOVER);
	assert_true(
	    llabs((long long)(envelope.asked_ms - clock_now_ms())) < 5000);
	assert_int_equal(
	    recover_unpack(envelope.payload, envelope.len, &request, &desk.err),
	    0);
	assert_int_equal(request.number.kind, NUMBER_NUMEN);
	assert_string_equal(request.number.text, NUMEN);
	assert_string_equal(request.birth.text, "1975-09-01");
	assert_string_equal(request.language, "fr");
	assert_string_equal(request.ref, "7K3QWBXX");
	assert_false(desk_take(&desk, &envelope));
}

/* Nothing is counted or queued for a form that is not well-formed. */
static void
test_faults(void **unused)
{
	static const struct {
		const char *number, *birth;
		enum number_fault number_fault;
		enum birth_fault birth_fault;
	} cases[] = {
	    {"", "", NUMBER_EMPTY, BIRTH_EMPTY},
	    {NUMEN, "", NUMBER_FINE, BIRTH_EMPTY},
	    {"", "01/09/1975", NUMBER_EMPTY, BIRTH_FINE},
	    {"09E95", "31/02/1975", NUMBER_LENGTH, BIRTH_CALENDAR},
	    {"' OR 1=1 --  ", "<script>", NUMBER_ALPHABET, BIRTH_FORM},
	    {"0000000000000", "01/09/1875", NUMBER_SHAPE, BIRTH_YEAR},
	};
	struct envelope envelope;

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct recover_answer answer =
		    ask(cases[i].number, cases[i].birth);

		assert_int_equal(answer.ask.end, ASK_FAULTS);
		if (answer.number_fault != cases[i].number_fault ||
		    answer.birth_fault != cases[i].birth_fault)
			fail_msg("%zu: %d %d", i, (int)answer.number_fault,
			    (int)answer.birth_fault);
	}
	assert_false(desk_take(&desk, &envelope));
	assert_int_equal(desk_keys(&desk, "*lim:a*"), 0);
}

static void
test_captcha(void **unused)
{
	struct envelope envelope;
	char typed[24];

	(void)unused;
	desk.captcha.mode = CAPTCHA_POW_OR_CODE;
	solve();
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_ACCEPTED);
	/* a double click is one request, and the same success */
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_ACCEPTED);
	assert_true(desk_take(&desk, &envelope));
	assert_false(desk_take(&desk, &envelope));

	/* a wrong answer uses it up, and the right one comes too late */
	solve();
	memcpy(typed, pow_text, sizeof typed);
	memcpy(pow_text, "x", 2);
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_CAPTCHA);
	memcpy(pow_text, typed, sizeof typed);
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_CAPTCHA);

	/* none at all, one of another form, and rubbish */
	memcpy(id, "", 1);
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_CAPTCHA);
	captcha_make(desk.captcha_key, CAPTCHA_REMIND, 0, clock_now_ms(), id);
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_CAPTCHA);
	memcpy(id, "no id of ours", 14);
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_CAPTCHA);
	assert_false(desk_take(&desk, &envelope));
	/* a wrong captcha never counts against an identity */
	assert_true(desk_keys(&desk, "*lim:a*") > 0);
}

static void
test_wrong_captcha_spares_identity(void **unused)
{
	(void)unused;
	desk.captcha.mode = CAPTCHA_POW_OR_CODE;
	memcpy(id, "", 1);
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_CAPTCHA);
	assert_int_equal(desk_keys(&desk, "*lim:i*"), 0);
	assert_int_equal(desk_keys(&desk, "*lim:n*"), 0);
}

static void
test_address_limit(void **unused)
{
	struct recover_answer answer;
	size_t before;

	(void)unused;
	desk.limits.per_address = (struct conf_rates){{{2, 600}}, 1};
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_ACCEPTED);
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_ACCEPTED);
	before = desk_keys(&desk, "*lim:*");
	answer = ask("09E9501234XYZ", "02/09/1975");
	assert_int_equal(answer.ask.end, ASK_LIMITED);
	assert_in_range(answer.ask.retry_after_s, 1, 300);
	/* a refused address makes no identity key */
	assert_int_equal(desk_keys(&desk, "*lim:*"), before);
	/* another address goes on */
	assert_true(net_parse("192.0.2.2", &desk.visitor.address));
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_ACCEPTED);
	assert_true(net_parse("192.0.2.1", &desk.visitor.address));
}

/* The pair has its limit and the number its own, whoever exists or not; the
 * wait told is a constant. */
static void
test_identity_limits(void **unused)
{
	struct recover_answer answer;

	(void)unused;
	desk.limits.per_identity = (struct conf_rates){{{2, 3600}}, 1};
	desk.limits.per_number = (struct conf_rates){{{4, 3600}}, 1};
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_ACCEPTED);
	assert_int_equal(ask(NUMEN, "1.9.1975").ask.end, ASK_ACCEPTED);
	answer = ask(NUMEN, "19750901");
	assert_int_equal(answer.ask.end, ASK_LIMITED);
	assert_int_equal(answer.ask.retry_after_s, 1800);
	assert_int_equal(ask(NUMEN, "02/09/1975").ask.end, ASK_ACCEPTED);
	assert_int_equal(ask(NUMEN, "03/09/1975").ask.end, ASK_ACCEPTED);
	answer = ask(NUMEN, "04/09/1975");
	assert_int_equal(answer.ask.end, ASK_LIMITED);
	assert_int_equal(answer.ask.retry_after_s, 900);
	assert_int_equal(
	    ask("1234567890A", "04/09/1975").ask.end, ASK_ACCEPTED);
}

static void
test_redis_gone(void **unused)
{
	struct recover_answer answer;
	int64_t start_ms = clock_mono_ms();

	(void)unused;
	redis_halt(&desk.redis);
	answer = ask(NUMEN, "01/09/1975");
	assert_int_equal(answer.ask.end, ASK_CLOSED);
	assert_int_equal(desk.err.kind, ERR_UNAVAILABLE);
	assert_true(clock_mono_ms() - start_ms < 1000);
	assert_int_equal(asker_is_ready(&desk.asker, NULL, &desk.err), -1);
	/* a fault is told all the same */
	assert_int_equal(ask("", "").ask.end, ASK_FAULTS);
	redis_again(&desk.redis);
	clock_sleep_ms(KV_BREAK_MS + 100);
	assert_int_equal(asker_is_ready(&desk.asker, NULL, &desk.err), 0);
	assert_int_equal(ask(NUMEN, "01/09/1975").ask.end, ASK_ACCEPTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_queued, fresh),
	    cmocka_unit_test_setup(test_faults, fresh),
	    cmocka_unit_test_setup(test_captcha, fresh),
	    cmocka_unit_test_setup(test_wrong_captcha_spares_identity, fresh),
	    cmocka_unit_test_setup(test_address_limit, fresh),
	    cmocka_unit_test_setup(test_identity_limits, fresh),
	    cmocka_unit_test_setup(test_redis_gone, fresh),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

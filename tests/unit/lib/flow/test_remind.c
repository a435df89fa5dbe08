/*
 * The wire form of a lost login, and its web half against a real Redis: what
 * becomes of a form, what is counted, what is queued. And a mail sent again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/flow/recover.h"
#include "lib/flow/remind.h"
#include "tests/unit/lib/flow/desk.h"

#define NUMEN "09E9501234ABC"
#define INE "012345670AB"

static struct desk desk;

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
	desk.limits.per_identity = desk.limits.per_number = many;
	desk.err = (struct err){0};
	return 0;
}

static struct remind_answer
ask(const char *number, const char *family, const char *given,
    const char *birth)
{
	struct remind_form form = {.number = number,
	    .family = family,
	    .given = given,
	    .birth = birth,
	    .captcha = {.id = "", .code = "", .pow = ""}};

	return remind_ask(&desk.asker, &form, &desk.visitor, &desk.err);
}

static void
take(struct remind_request *request)
{
	struct envelope envelope;

	*request = (struct remind_request){0};
	assert_true(desk_take(&desk, &envelope));
	assert_int_equal(envelope.kind, REQUEST_REMIND);
	assert_int_equal(
	    remind_unpack(envelope.payload, envelope.len, request, &desk.err),
	    0);
	assert_false(desk_take(&desk, &envelope));
}

static void
test_queued(void **unused)
{
	struct remind_request request;

	(void)unused;
	assert_int_equal(
	    ask(" o9e 95 o1234 abc", "  L\xe2\x80\x99Hôpital ", "Éloïse", "x")
		.ask.end,
	    ASK_ACCEPTED);
	take(&request);
	assert_int_equal(request.number.kind, NUMBER_NUMEN);
	assert_string_equal(request.number.text, NUMEN);
	assert_string_equal(request.family, "L\xe2\x80\x99Hôpital");
	assert_string_equal(request.given, "Éloïse");
	assert_string_equal(request.birth.text, ""); /* not asked: not kept */
	assert_string_equal(request.language, "fr");
	assert_string_equal(request.ref, "7K3QWBXX");

	assert_int_equal(
	    ask(INE, "Roux", "Lou", "17/3/2006").ask.end, ASK_ACCEPTED);
	take(&request);
	assert_int_equal(request.number.kind, NUMBER_INE);
	assert_string_equal(request.birth.text, "2006-03-17");
}

/* Nothing is counted or queued for a form that is not well-formed. */
static void
test_faults(void **unused)
{
	static char longest[REMIND_NAME], longer[REMIND_NAME + 1];
	const struct {
		const char *number, *family, *given, *birth;
		enum number_fault number_fault;
		enum remind_fault family_fault, given_fault;
		enum birth_fault birth_fault;
	} cases[] = {
	    {"", "", "", "", NUMBER_EMPTY, REMIND_EMPTY, REMIND_EMPTY,
		BIRTH_FINE},
	    {NUMEN, " ", "Lou", "", NUMBER_FINE, REMIND_EMPTY, REMIND_FINE,
		BIRTH_FINE},
	    {NUMEN, "Roux", "\t", "", NUMBER_FINE, REMIND_FINE, REMIND_EMPTY,
		BIRTH_FINE},
	    {NUMEN, longer, longest, "", NUMBER_FINE, REMIND_LONG, REMIND_FINE,
		BIRTH_FINE},
	    {NUMEN, longest, longer, "", NUMBER_FINE, REMIND_FINE, REMIND_LONG,
		BIRTH_FINE},
	    {INE, "Roux", "Lou", "", NUMBER_FINE, REMIND_FINE, REMIND_FINE,
		BIRTH_EMPTY},
	    {INE, "Roux", "Lou", "31/02/2006", NUMBER_FINE, REMIND_FINE,
		REMIND_FINE, BIRTH_CALENDAR},
	    {"09E95", "Roux", "Lou", "31/02/2006", NUMBER_LENGTH, REMIND_FINE,
		REMIND_FINE, BIRTH_FINE},
	};
	struct envelope envelope;

	(void)unused;
	memset(longest, 'x', sizeof longest - 1);
	memset(longer, 'x', sizeof longer - 1);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct remind_answer answer = ask(cases[i].number,
		    cases[i].family, cases[i].given, cases[i].birth);

		assert_int_equal(answer.ask.end, ASK_FAULTS);
		if (answer.number_fault != cases[i].number_fault ||
		    answer.family_fault != cases[i].family_fault ||
		    answer.given_fault != cases[i].given_fault ||
		    answer.birth_fault != cases[i].birth_fault)
			fail_msg("%zu: %d %d %d %d", i,
			    (int)answer.number_fault, (int)answer.family_fault,
			    (int)answer.given_fault, (int)answer.birth_fault);
	}
	assert_false(desk_take(&desk, &envelope));
	assert_int_equal(desk_keys(&desk, "*lim:[ain]*"), 0);
}

/* The longest fields fit into an envelope. */
static void
test_longest(void **unused)
{
	char longest[REMIND_NAME] = "";
	struct remind_request request;

	(void)unused;
	memset(longest, 'x', sizeof longest - 1);
	assert_int_equal(
	    ask(INE, longest, longest, "17/03/2006").ask.end, ASK_ACCEPTED);
	take(&request);
	assert_string_equal(request.family, longest);
	assert_string_equal(request.given, longest);
}

/* Another way of writing a name is no fresh budget; another name is, as far
 * as the number's own goes. */
static void
test_limits(void **unused)
{
	struct remind_answer answer;

	(void)unused;
	desk.limits.per_identity = (struct conf_rates){{{2, 3600}}, 1};
	desk.limits.per_number = (struct conf_rates){{{3, 3600}}, 1};
	assert_int_equal(
	    ask(NUMEN, "Lefèvre-Roux", "Lou", "").ask.end, ASK_ACCEPTED);
	assert_int_equal(
	    ask(NUMEN, "LEFEVRE ROUX", "lou", "").ask.end, ASK_ACCEPTED);
	answer = ask(NUMEN, "lefevreroux", "LOU", "");
	assert_int_equal(answer.ask.end, ASK_LIMITED);
	assert_int_equal(answer.ask.retry_after_s, 1800);
	assert_int_equal(ask(NUMEN, "Roux", "Lou", "").ask.end, ASK_ACCEPTED);
	answer = ask(NUMEN, "Blanc", "Lou", "");
	assert_int_equal(answer.ask.end, ASK_LIMITED);
	assert_int_equal(answer.ask.retry_after_s, 1200);
}

/* What becomes of a form with a solved captcha made for purpose. */
static enum ask_end
with_captcha(enum captcha_purpose purpose)
{
	char id[CAPTCHA_ID], pow[24];
	struct remind_form form = {.number = NUMEN,
	    .family = "Roux",
	    .given = "Lou",
	    .birth = "",
	    .captcha = {.id = id, .code = "", .pow = pow}};

	captcha_make(desk.captcha_key, purpose, 4, clock_now_ms(), id);
	for (int n = 0;; n++) {
		(void)snprintf(pow, sizeof pow, "%d", n);
		if (captcha_check(desk.captcha_key, CAPTCHA_POW_OR_CODE,
			purpose, &form.captcha,
			clock_now_ms()) == CAPTCHA_RIGHT)
			break;
	}
	return remind_ask(&desk.asker, &form, &desk.visitor, &desk.err).ask.end;
}

static void
test_captcha_of_another_form(void **unused)
{
	(void)unused;
	desk.captcha.mode = CAPTCHA_POW_OR_CODE;
	assert_int_equal(with_captcha(CAPTCHA_RECOVER), ASK_CAPTCHA);
	assert_int_equal(with_captcha(CAPTCHA_REMIND), ASK_ACCEPTED);
}

static struct recover_answer
again(const char *birth)
{
	struct recover_form form = {.number = NUMEN,
	    .birth = birth,
	    .captcha = {.id = "", .code = "", .pow = ""}};

	return recover_ask_again(&desk.asker, &form, &desk.visitor, &desk.err);
}

/* The pause is the identity's, and its length a constant. */
static void
test_sent_again(void **unused)
{
	struct recover_request request = {0};
	struct recover_answer answer;
	struct envelope envelope;

	(void)unused;
	assert_int_equal(again("01/09/1975").ask.end, ASK_ACCEPTED);
	assert_true(desk_take(&desk, &envelope));
	assert_int_equal(envelope.kind, REQUEST_RESEND);
	assert_int_equal(
	    recover_unpack(envelope.payload, envelope.len, &request, &desk.err),
	    0);
	assert_string_equal(request.number.text, NUMEN);
	answer = again("1.9.75");
	assert_int_equal(answer.ask.end, ASK_LIMITED);
	assert_int_equal(answer.ask.retry_after_s, RECOVER_PAUSE_S);
	assert_int_equal(again("02/09/1975").ask.end, ASK_ACCEPTED);
}

static struct remind_request
sample(void)
{
	return (struct remind_request){.number = {NUMBER_INE, INE},
	    .birth = {"2006-03-17"},
	    .family = "Lefèvre",
	    .given = "Éloïse",
	    .language = "fr",
	    .ref = "7K3QWBXX"};
}

static int
unpack(const void *bytes, size_t len)
{
	struct remind_request request = {0};

	return remind_unpack(bytes, len, &request, &desk.err);
}

/* Whatever was cut, stretched or has another kind is refused. */
static void
test_wire_form(void **unused)
{
	struct remind_request in = sample(), out = {0};
	struct buf buf;

	(void)unused;
	buf_init(&buf, ENVELOPE_PADDED);
	remind_pack(&in, &buf);
	assert_int_equal(remind_unpack(buf.bytes, buf.len, &out, &desk.err), 0);
	assert_memory_equal(&in, &out, sizeof in);
	for (size_t len = 0; len < buf.len; len++)
		assert_int_equal(unpack(buf.bytes, len), -1);
	assert_int_equal(desk.err.kind, ERR_INPUT);
	buf.bytes[0] = NUMBER_CODE + 1;
	assert_int_equal(unpack(buf.bytes, buf.len), -1);
	buf.bytes[0] = NUMBER_INE;
	assert_int_equal(unpack(buf.bytes, buf.len), 0);
	buf_add_char(&buf, '\0');
	assert_int_equal(unpack(buf.bytes, buf.len), -1);
	buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_queued, fresh),
	    cmocka_unit_test_setup(test_faults, fresh),
	    cmocka_unit_test_setup(test_longest, fresh),
	    cmocka_unit_test_setup(test_limits, fresh),
	    cmocka_unit_test_setup(test_captcha_of_another_form, fresh),
	    cmocka_unit_test_setup(test_sent_again, fresh),
	    cmocka_unit_test_setup(test_wire_form, fresh),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

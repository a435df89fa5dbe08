/*
 * The web half of a redeemed link: what is settled without a worker, and what
 * one says. The worker is a thread of this test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <stdatomic.h>

#include <cmocka.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/flow/redeem.h"
#include "lib/people/password.h"
#include "lib/people/people_conf.h"
#include "lib/store/token.h"
#include "tests/unit/lib/flow/desk.h"

#define GOOD "Bateau-Cerise-47-Lune"

static struct desk desk;
static char link_text[TOKEN_TEXT];

/* A worker that says what it is told to, and notes what it was asked. */
static struct {
	pthread_t thread;
	atomic_bool stop;
	struct redeem_answer says;
	bool is_dumb;
	atomic_int asked;
	int kind;
	char password[2048], token[64];
} worker;

static void
work_once(struct now_server *server, struct kv *kv, struct arena *arena)
{
	struct redeem_request request = {0};
	struct envelope envelope;
	struct err err = {0};
	struct buf reply;

	if (now_next(server, kv, &desk.opener, 50, arena, &envelope, &err) !=
		LOOKUP_FOUND ||
	    redeem_unpack(
		envelope.payload, envelope.len, arena, &request, &err) != 0)
		return;
	worker.kind = (int)envelope.kind;
	(void)snprintf(
	    worker.password, sizeof worker.password, "%s", request.password);
	(void)snprintf(worker.token, sizeof worker.token, "%s", request.token);
	atomic_fetch_add(&worker.asked, 1);
	buf_init(&reply, NOW_REPLY_PADDED);
	if (worker.is_dumb)
		buf_add_text(&reply, "rubbish");
	else
		redeem_answer_pack(&worker.says, &reply);
	(void)!now_reply(kv, &envelope, reply.bytes, reply.len, &err);
	buf_free(&reply);
}

static void *
work(void *unused)
{
	struct now_server *server = now_server_new(&desk.redis.conf);
	struct kv *kv = kv_new(&desk.redis.conf, KV_WORKER, 2000);
	struct arena arena = {0};

	while (!atomic_load(&worker.stop)) {
		work_once(server, kv, &arena);
		arena_reset(&arena);
	}
	kv_free(kv);
	now_server_free(server);
	return unused;
}

static void
hire(struct redeem_answer says)
{
	struct kv_reply reply = {0};

	memset(&worker, 0, sizeof worker);
	worker.says = says;
	if (pthread_create(&worker.thread, NULL, work, NULL) != 0)
		abort();
	for (size_t i = 0; i < 200; i++) {
		assert_int_equal(
		    kv_words(desk.kv, &desk.arena, &reply, &desk.err, "PUBSUB",
			"NUMSUB", "rentree:now", NULL),
		    0);
		if (reply.items[1].integer > 0)
			return;
		clock_sleep_ms(10);
	}
	fail_msg("the worker does not listen");
}

static void
fire(void)
{
	atomic_store(&worker.stop, true);
	pthread_join(worker.thread, NULL);
}

static int
set_up(void **state)
{
	struct token token;

	(void)state;
	desk_start(&desk);
	token_make(&token);
	token_format(&token, link_text);
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
	desk.limits.per_address = many;
	desk.err = (struct err){0};
	return 0;
}

static struct redeem_answer
ask(const char *token, const char *password, const char *confirmation)
{
	static const struct site_conf site = {0};
	struct redeem_form form = {token, password, confirmation, "", ""};

	return redeem_ask(
	    &desk.asker, &site, &form, &desk.visitor, &desk.arena, &desk.err);
}

/* Nobody is asked for what can be seen here; there is no worker. */
static void
test_without_worker(void **unused)
{
	static char long_one[PASSWORD_BYTES_MAX + 2];
	static const struct {
		const char *password, *confirmation;
		unsigned faults;
		bool mismatch;
	} cases[] = {
	    {"", "", PASSWORD_SHORT, false},
	    {"", GOOD, PASSWORD_SHORT, true},
	    {GOOD, "", 0, true},
	    {GOOD, GOOD " ", 0, true},
	    {long_one, long_one, PASSWORD_LONG, false},
	    {"\xff" GOOD, "\xff" GOOD, PASSWORD_ENCODING, false},
	    {GOOD "\xc3", GOOD "\xc3", PASSWORD_ENCODING, false},
	    {"\xed\xa0\x80", "\xed\xa0\x80", PASSWORD_ENCODING, false},
	};

	(void)unused;
	memset(long_one, 'p', sizeof long_one - 1);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct redeem_answer answer =
		    ask(link_text, cases[i].password, cases[i].confirmation);

		if (answer.end != REDEEM_FAULTS ||
		    answer.faults != cases[i].faults ||
		    answer.mismatch != cases[i].mismatch || answer.policy != -1)
			fail_msg("case %zu: %d %u", i, (int)answer.end,
			    answer.faults);
		assert_string_equal(answer.login, "");
	}
	assert_int_equal(desk_keys(&desk, "*lim:a*"), 0);
}

static void
test_no_token(void **unused)
{
	static const char *const tokens[] = {"", "x", "' OR 1=1",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(tokens); i++) {
		assert_int_equal(ask(tokens[i], GOOD, GOOD).end, REDEEM_DEAD);
		assert_int_equal(redeem_peek(&desk.asker, tokens[i],
				     &desk.visitor, &desk.arena, &desk.err)
				     .end,
		    REDEEM_DEAD);
	}
}

/* Nobody listens: told at once, not after the wait. */
static void
test_nobody_there(void **unused)
{
	int64_t start_ms = clock_mono_ms();

	(void)unused;
	assert_int_equal(ask(link_text, GOOD, GOOD).end, REDEEM_CLOSED);
	assert_int_equal(desk.err.kind, ERR_UNAVAILABLE);
	assert_int_equal(redeem_peek(&desk.asker, link_text, &desk.visitor,
			     &desk.arena, &desk.err)
			     .end,
	    REDEEM_CLOSED);
	assert_true(clock_mono_ms() - start_ms < 1500);
}

static void
test_asked(void **unused)
{
	struct redeem_answer answer;

	(void)unused;
	hire((struct redeem_answer){
	    .end = REDEEM_OPEN, .policy = -1, .login = "jdupont"});
	answer = redeem_peek(
	    &desk.asker, link_text, &desk.visitor, &desk.arena, &desk.err);
	assert_int_equal(answer.end, REDEEM_OPEN);
	assert_string_equal(answer.login, "jdupont");
	assert_int_equal(worker.kind, REQUEST_PEEK);
	assert_string_equal(worker.token, link_text);
	assert_string_equal(worker.password, "");

	worker.says.end = REDEEM_FAULTS;
	worker.says.faults = PASSWORD_CONTROL;
	answer = ask(link_text, "tab\tand\x01 more", "tab\tand\x01 more");
	assert_int_equal(answer.end, REDEEM_FAULTS);
	assert_int_equal(answer.faults, PASSWORD_CONTROL);
	assert_int_equal(worker.kind, REQUEST_REDEEM);
	assert_string_equal(worker.password, "tab\tand\x01 more");
	fire();
}

static void
test_longest_password(void **unused)
{
	static char password[PASSWORD_BYTES_MAX + 1];

	(void)unused;
	memset(password, 'p', sizeof password - 1);
	hire((struct redeem_answer){
	    .end = REDEEM_DONE, .policy = -1, .login = ""});
	assert_int_equal(ask(link_text, password, password).end, REDEEM_DONE);
	assert_string_equal(worker.password, password);
	fire();
}

static void
test_damaged_answer(void **unused)
{
	(void)unused;
	hire((struct redeem_answer){.end = REDEEM_DONE, .login = ""});
	worker.is_dumb = true;
	assert_int_equal(ask(link_text, GOOD, GOOD).end, REDEEM_CLOSED);
	fire();
}

static void
test_limited(void **unused)
{
	struct redeem_answer answer;

	(void)unused;
	desk.limits.per_address = (struct conf_rates){{{2, 600}}, 1};
	hire((struct redeem_answer){
	    .end = REDEEM_BUSY, .policy = -1, .login = ""});
	assert_int_equal(ask(link_text, GOOD, GOOD).end, REDEEM_BUSY);
	assert_int_equal(ask(link_text, GOOD, GOOD).end, REDEEM_BUSY);
	answer = ask(link_text, GOOD, GOOD);
	assert_int_equal(answer.end, REDEEM_LIMITED);
	assert_in_range(answer.retry_after_s, 1, 300);
	assert_int_equal(atomic_load(&worker.asked), 2);
	fire();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_without_worker, fresh),
	    cmocka_unit_test_setup(test_no_token, fresh),
	    cmocka_unit_test_setup(test_nobody_there, fresh),
	    cmocka_unit_test_setup(test_asked, fresh),
	    cmocka_unit_test_setup(test_longest_password, fresh),
	    cmocka_unit_test_setup(test_damaged_answer, fresh),
	    cmocka_unit_test_setup(test_limited, fresh),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

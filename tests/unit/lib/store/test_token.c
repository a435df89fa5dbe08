#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/store/kv.h"
#include "lib/store/queue.h"
#include "lib/store/store_conf.h"
#include "lib/store/token.h"
#include "tests/support/redis.h"

#define C1 "c1a00000000000000000000000000001"
#define C2 "c1a00000000000000000000000000002"

enum { HOUR_MS = 3600 * 1000, NAMES = 3 };

struct bench {
	struct redis redis;
	struct kv *kv;
	struct arena arena;
	struct err err;
	char uuid[40];                 /* a new account per test */
	char names[NAMES][TOKEN_NAME]; /* A, B and C */
	int64_t asked_ms[NAMES];
	enum token_purpose purpose[NAMES];
};

static const unsigned char key[SECRET_KEY] = {7};
static struct bench *const bench = &(struct bench){0};

static int
start(void **state)
{
	(void)state;
	redis_start(&bench->redis);
	bench->kv = kv_new(&bench->redis.conf, KV_WORKER, 3000);
	assert_int_equal(kv_load_functions(bench->kv, &bench->err), 0);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	kv_free(bench->kv);
	redis_stop(&bench->redis);
	return 0;
}

static void
new_account(struct bench *b)
{
	static const int64_t asked[NAMES] = {100, 200, 200};
	unsigned char random[16];
	struct token token;

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(b->uuid, sizeof(b->uuid), random, sizeof(random));
	for (int i = 0; i < NAMES; i++) {
		token_make(&token);
		token_name(&token, b->names[i]);
		b->asked_ms[i] = clock_now_ms() - HOUR_MS + asked[i];
		b->purpose[i] = TOKEN_RECOVER;
	}
}

static int
set_up(void **state)
{
	struct kv_reply reply;

	*state = bench;
	assert_int_equal(kv_words(bench->kv, &bench->arena, &reply, &bench->err,
			     "FLUSHDB", NULL),
	    0);
	new_account(bench);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_reset(&bench->arena);
	return 0;
}

static struct token_record
record_of(struct bench *b, int which)
{
	return (struct token_record){.purpose = b->purpose[which],
	    .uuid = b->uuid,
	    .login = "jdupont",
	    .pwd_changed = "20261001080000Z",
	    .extra = "",
	    .language = "fr",
	    .asked_ms = b->asked_ms[which],
	    .expires_ms = clock_now_ms() + HOUR_MS};
}

static void
issue(struct bench *b, int which)
{
	const struct token_record record = record_of(b, which);

	assert_int_equal(
	    token_issue(b->kv, key, b->names[which], &record, &b->err), 0);
}

static void
sent(struct bench *b, int which)
{
	const struct token_record record = record_of(b, which);

	assert_int_equal(
	    token_sent(b->kv, key, b->names[which], &record, &b->err), 0);
}

static enum token_state
peek(struct bench *b, int which, struct token_look *look)
{
	struct token_look unused;

	if (look == NULL)
		look = &unused;
	assert_int_equal(
	    token_peek(b->kv, key, b->names[which], &b->arena, look, &b->err),
	    0);
	return look->state;
}

/* claimant doubles as the intent's id, as in life. */
static enum lookup
claim_as(struct bench *b, struct kv *kv, int which, const char *claimant)
{
	const struct token_intent intent = {.id = claimant,
	    .envelope = "in\0tent",
	    .len = 7,
	    .delay_ms = 15000};
	struct err err;

	return token_claim(kv, b->names[which], claimant, &intent, &err);
}

static enum lookup
claim(struct bench *b, int which, const char *claimant)
{
	return claim_as(b, b->kv, which, claimant);
}

static void
revoke_until(struct bench *b, const char *except, int64_t until_ms)
{
	assert_int_equal(
	    token_revoke_all(b->kv, b->uuid, except, until_ms, &b->err), 0);
}

static void
revoke(struct bench *b, const char *except)
{
	revoke_until(b, except, TOKEN_ALL);
}

static void
spend(struct bench *b, int which)
{
	assert_int_equal(token_spend(b->kv, b->names[which], &b->err), 0);
}

static void
set_field(struct bench *b, int which, const char *field, const char *value)
{
	struct kv_reply reply;
	char tok[KV_KEY];

	kv_key(b->kv, tok, "tok:%s", b->names[which]);
	assert_int_equal(kv_words(b->kv, &b->arena, &reply, &b->err, "HSET",
			     tok, field, value, NULL),
	    0);
}

static int64_t
ask_number(struct bench *b, const char *verb, const char *name)
{
	struct kv_reply reply;
	char full[KV_KEY];

	kv_key(b->kv, full, "%s", name);
	assert_int_equal(
	    kv_words(b->kv, &b->arena, &reply, &b->err, verb, full, NULL), 0);
	assert_int_equal(reply.type, KV_INTEGER);
	return reply.integer;
}

static int64_t
ttl_ms(struct bench *b, int which)
{
	char name[64];

	snprintf(name, sizeof(name), "tok:%s", b->names[which]);
	return ask_number(b, "PTTL", name);
}

/* --- text ----------------------------------------------------------------- */

static void
test_text(void **state)
{
	struct token token, again;
	char text[TOKEN_TEXT], name[TOKEN_NAME];

	(void)state;
	memset(token.bytes, 0xfb, TOKEN_BYTES);
	token_format(&token, text);
	assert_string_equal(
	    text, "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
	assert_true(token_parse(text, &again));
	assert_memory_equal(again.bytes, token.bytes, TOKEN_BYTES);
	token_name(&token, name);
	/* hashlib.blake2b(b'\xfb'*32, digest_size=32,
	 *     person=b'rentree.token\0\0\0') */
	assert_string_equal(
	    name, "woRescpBP32P1ATnzZ8t7ijdM9h4RROHnj8pGJeTbAo");
	token_make(&token);
	token_make(&again);
	assert_memory_not_equal(again.bytes, token.bytes, TOKEN_BYTES);
}

static void
test_text_that_is_no_token(void **state)
{
	static const char *const rows[] = {
	    "",
	    "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_",
	    "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s=",
	    "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_t", /* not canonical */
	    "+_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s",
	    " _v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s",
	    "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s\n",
	};
	struct token token;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		print_message("token \"%s\"\n", rows[i]);
		assert_false(token_parse(rows[i], &token));
	}
}

/* --- issue and peek ------------------------------------------------------- */

static void
test_issue_and_peek(void **state)
{
	struct bench *b = *state;
	struct token_look look;
	char acct[64];

	assert_int_equal(peek(b, 0, NULL), TOKEN_DEAD);
	issue(b, 0);
	assert_int_equal(peek(b, 0, &look), TOKEN_LIVE);
	assert_int_equal(look.record.purpose, TOKEN_RECOVER);
	assert_string_equal(look.record.uuid, b->uuid);
	assert_string_equal(look.record.login, "jdupont");
	assert_string_equal(look.record.pwd_changed, "20261001080000Z");
	assert_string_equal(look.record.language, "fr");
	assert_int_equal(look.record.asked_ms, b->asked_ms[0]);
	assert_in_range(ttl_ms(b, 0), 25 * HOUR_MS, 26 * HOUR_MS);
	snprintf(acct, sizeof(acct), "acct:%s:1", b->uuid);
	assert_in_range(
	    ask_number(b, "PTTL", acct), 25 * HOUR_MS, 26 * HOUR_MS);
	assert_int_equal(ask_number(b, "ZCARD", acct), 1);
}

static void
test_expired(void **state)
{
	struct bench *b = *state;
	struct token_record record = record_of(b, 0);

	record.expires_ms = clock_now_ms() - 1;
	assert_int_equal(
	    token_issue(b->kv, key, b->names[0], &record, &b->err), 0);
	assert_int_equal(peek(b, 0, NULL), TOKEN_DEAD);
	assert_int_equal(claim(b, 0, C1), LOOKUP_ABSENT);
	/* Its mail left late: the hour starts then. */
	sent(b, 0);
	assert_int_equal(peek(b, 0, NULL), TOKEN_LIVE);
}

static void
test_forged(void **state)
{
	struct bench *b = *state;
	struct kv_reply reply;
	char from[KV_KEY];

	issue(b, 0);
	issue(b, 1);
	/* A good record under another name: an attacker's own link. */
	kv_key(b->kv, from, "tok:%s", b->names[0]);
	assert_int_equal(kv_words(b->kv, &b->arena, &reply, &b->err, "HGET",
			     from, "rec", NULL),
	    0);
	kv_key(b->kv, from, "tok:%s", b->names[1]);
	assert_int_equal(kv_command(b->kv,
			     (struct kv_arg[]){kv_text("HSET"), kv_text(from),
				 kv_text("rec"), {reply.bytes, reply.len}},
			     4, &b->arena, &reply, &b->err),
	    0);
	assert_int_equal(peek(b, 1, NULL), TOKEN_DEAD);
	assert_int_equal(peek(b, 0, NULL), TOKEN_LIVE);
	set_field(b, 0, "rec", "invented");
	assert_int_equal(peek(b, 0, NULL), TOKEN_DEAD);
}

static void
test_strange_states(void **state)
{
	struct bench *b = *state;
	const struct {
		const char *st, *at;
	} rows[] = {
	    {"odd", "1"},
	    {"", "1"},
	    {"claimed", "soon"},
	    {"spent", "-1"},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		new_account(b);
		issue(b, 0);
		set_field(b, 0, "st", rows[i].st);
		set_field(b, 0, "at", rows[i].at);
		assert_int_equal(peek(b, 0, NULL), TOKEN_DEAD);
	}
}

/* --- which link lives ----------------------------------------------------- */

/*
 * A was asked first, then B; C is another attempt of the request of B.
 * i = issue, s = sent, c = claim, x = release, p = spend, r = revoke all.
 * Result per token: L live, C claimed, S spent, D dead, - never made.
 */
static const struct {
	const char *steps, *result;
} orders[] = {
    {"iA", "L--"},
    {"iA sA", "L--"},
    {"iA sA sA", "L--"},
    {"iA iB", "LL-"},
    {"iA iB sA", "LL-"},
    {"iA iB sB", "DL-"},
    {"iA iB sA sB", "DL-"},
    {"iA iB sB sA", "DL-"},
    {"iA sA iB", "LL-"},
    {"iA sA iB sB", "DL-"},
    {"iB sB iA", "LL-"},
    {"iB sB iA sA", "DL-"},
    {"iB iA sA", "LL-"},
    {"iB iC", "-LL"},
    {"iB iC sB", "-LD"},
    {"iB iC sC", "-DL"},
    {"iB iC sB sC", "-LD"},
    {"iB sB iC", "-LL"},
    {"iB sB iC sC", "-DL"},
    {"iB sB iC sC sB", "-DL"},
    {"iA sA iB sB iC sC sA sB", "DDL"},
    {"iA iB iC sA", "LLL"},
    {"iA iB iC sC", "DDL"},
    /* Redis lost it while the mail was on its way. */
    {"sA", "L--"},
    {"iB sA", "LL-"},
    {"iB sB sA", "DL-"},
    /* Used before the mail server's answer was noted. */
    {"iA cA sA", "C--"},
    {"iA cA pA sA", "S--"},
    {"iA cA xA sA", "L--"},
    {"iA sA cA pA iB sB", "SL-"},
    {"iA iB sB cB pB sA", "DS-"},
    /* Superseded while it was being spent. */
    {"iA sA cA iB sB", "DL-"},
    {"iA sA cA iB sB xA", "DL-"},
    {"iA sA cA iB sB pA", "SL-"},
    /* What was revoked stays so. */
    {"iA r sA", "D--"},
    {"iA iB r sB sA", "DD-"},
    {"iA sA r iB sB", "DL-"},
    {"iB sB r iA sA", "DD-"},
    {"iA sA cA pA r", "S--"},
    {"iA sA cA r", "D--"},
};

static void
do_step(struct bench *b, const char *step)
{
	int which = step[1] - 'A';

	switch (step[0]) {
	case 'i':
		issue(b, which);
		break;
	case 's':
		sent(b, which);
		break;
	case 'c':
		assert_int_equal(claim(b, which, C1), LOOKUP_FOUND);
		break;
	case 'x':
		assert_int_equal(
		    token_release(b->kv, b->names[which], C1, &b->err), 0);
		break;
	case 'p':
		spend(b, which);
		break;
	case 'r':
		revoke(b, NULL);
		break;
	default:
		fail();
	}
}

static void
assert_result(struct bench *b, const char *result)
{
	for (int i = 0; i < NAMES; i++) {
		enum token_state want = result[i] == 'L'   ? TOKEN_LIVE
					: result[i] == 'C' ? TOKEN_CLAIMED
					: result[i] == 'S' ? TOKEN_SPENT
							   : TOKEN_DEAD;

		assert_int_equal(peek(b, i, NULL), want);
	}
}

static void
test_orders(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		const char *step = orders[i].steps;

		print_message("%s\n", step);
		new_account(b);
		while (*step != '\0') {
			do_step(b, step);
			step += strcspn(step, " ");
			step += strspn(step, " ");
		}
		assert_result(b, orders[i].result);
	}
}

/* However the three mails leave, one link lives in the end, and it is not the
 * one that was asked first. */
static void
test_all_orders_leave_one(void **state)
{
	static const int orders3[6][NAMES] = {
	    {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct bench *b = *state;

	for (int issued = 0; issued < 6; issued++) {
		for (int mailed = 0; mailed < 6; mailed++) {
			new_account(b);
			for (int i = 0; i < NAMES; i++)
				issue(b, orders3[issued][i]);
			for (int i = 0; i < NAMES; i++)
				sent(b, orders3[mailed][i]);
			assert_int_equal(peek(b, 0, NULL), TOKEN_DEAD);
			assert_int_equal((peek(b, 1, NULL) == TOKEN_LIVE) +
					     (peek(b, 2, NULL) == TOKEN_LIVE),
			    1);
		}
	}
}

static void
test_purposes_are_apart(void **state)
{
	struct bench *b = *state;

	b->purpose[1] = TOKEN_ACTIVATE;
	issue(b, 0);
	sent(b, 0);
	issue(b, 1);
	sent(b, 1);
	assert_result(b, "LL-");
}

/* --- spending ------------------------------------------------------------- */

static void
test_claim(void **state)
{
	struct bench *b = *state;
	struct token_look look;
	char old[24];

	issue(b, 0);
	sent(b, 0);
	assert_int_equal(claim(b, 0, C1), LOOKUP_FOUND);
	assert_int_equal(peek(b, 0, &look), TOKEN_CLAIMED);
	assert_string_equal(look.record.login, "jdupont");
	assert_int_equal(claim(b, 0, C2), LOOKUP_ABSENT);
	/* Its answer was lost, and it asks again. */
	assert_int_equal(claim(b, 0, C1), LOOKUP_FOUND);
	assert_int_equal(token_release(b->kv, b->names[0], C2, &b->err), 0);
	assert_int_equal(peek(b, 0, NULL), TOKEN_CLAIMED);
	/* Nobody settled it. */
	snprintf(old, sizeof(old), "%lld",
	    (long long)(clock_now_ms() - TOKEN_CLAIM_MS - 1));
	set_field(b, 0, "at", old);
	assert_int_equal(peek(b, 0, NULL), TOKEN_LIVE);
	assert_int_equal(claim(b, 0, C2), LOOKUP_FOUND);
	assert_int_equal(token_release(b->kv, b->names[0], C1, &b->err), 0);
	assert_int_equal(peek(b, 0, NULL), TOKEN_CLAIMED);
	assert_int_equal(token_release(b->kv, b->names[0], C2, &b->err), 0);
	assert_int_equal(peek(b, 0, NULL), TOKEN_LIVE);
	assert_int_equal(token_release(b->kv, b->names[0], C2, &b->err), 0);
	assert_int_equal(claim(b, 1, C1), LOOKUP_ABSENT);
}

static void
test_spend(void **state)
{
	struct bench *b = *state;
	struct token_look look;
	int64_t first_ms;

	issue(b, 0);
	assert_int_equal(claim(b, 0, C1), LOOKUP_FOUND);
	spend(b, 0);
	assert_int_equal(peek(b, 0, &look), TOKEN_SPENT);
	first_ms = look.spent_ms;
	assert_in_range(first_ms, clock_now_ms() - 5000, clock_now_ms() + 5000);
	clock_sleep_ms(5);
	spend(b, 0);
	assert_int_equal(peek(b, 0, &look), TOKEN_SPENT);
	assert_int_equal(look.spent_ms, first_ms);
	assert_int_equal(claim(b, 0, C1), LOOKUP_ABSENT);
	assert_int_equal(token_release(b->kv, b->names[0], C1, &b->err), 0);
	issue(b, 0);
	assert_int_equal(peek(b, 0, NULL), TOKEN_SPENT);
	spend(b, 1);
	assert_int_equal(peek(b, 1, NULL), TOKEN_DEAD);
}

static void
test_tombstones(void **state)
{
	struct bench *b = *state;
	struct token_record record = record_of(b, 0);

	record.expires_ms += 14LL * 24 * HOUR_MS;
	assert_int_equal(
	    token_issue(b->kv, key, b->names[0], &record, &b->err), 0);
	issue(b, 1);
	spend(b, 1);
	revoke(b, NULL);
	assert_result(b, "DS-");
	assert_in_range(ttl_ms(b, 0), 24 * HOUR_MS, 25 * HOUR_MS);
	assert_in_range(ttl_ms(b, 1), 24 * HOUR_MS, 25 * HOUR_MS);
}

static void
test_revoke_all(void **state)
{
	struct bench *b = *state;

	b->purpose[0] = TOKEN_LETTER;
	b->purpose[1] = TOKEN_VERIFY;
	b->purpose[2] = TOKEN_DISOWN;
	for (int i = 0; i < NAMES; i++)
		issue(b, i);
	/* "It was not me" outlives the change it is about. */
	revoke(b, b->names[1]);
	assert_result(b, "DLL");
	assert_int_equal(claim(b, 1, C1), LOOKUP_FOUND);
	revoke(b, b->names[1]);
	assert_result(b, "DCL");
	revoke(b, NULL);
	assert_result(b, "DDL");
}

/* What was asked after the cause of it is none of its business. */
static void
test_revoke_until(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < NAMES; i++)
		issue(b, i);
	revoke_until(b, NULL, b->asked_ms[0] - 1);
	assert_result(b, "LLL");
	revoke_until(b, NULL, b->asked_ms[0]);
	assert_result(b, "DLL");
	revoke_until(b, b->names[1], b->asked_ms[1]);
	assert_result(b, "DLD");
}

static enum lookup
is_over(struct bench *b, int64_t asked_ms)
{
	return token_is_over(b->kv, b->uuid, asked_ms, &b->err);
}

/* A retry of what the change was about comes too late. */
static void
test_revoked_before_it_is_issued(void **state)
{
	struct bench *b = *state;
	char name[KV_KEY];

	assert_int_equal(is_over(b, b->asked_ms[0]), LOOKUP_ABSENT);
	revoke_until(b, NULL, b->asked_ms[0]);
	revoke_until(b, NULL, b->asked_ms[0] - 50);
	assert_int_equal(is_over(b, b->asked_ms[0]), LOOKUP_FOUND);
	assert_int_equal(is_over(b, b->asked_ms[0] + 1), LOOKUP_ABSENT);
	issue(b, 0);
	issue(b, 1);
	b->asked_ms[2] = b->asked_ms[0];
	b->purpose[2] = TOKEN_DISOWN;
	issue(b, 2);
	assert_result(b, "DLL");
	sent(b, 0);
	sent(b, 1);
	sent(b, 2);
	assert_result(b, "DLL");
	/* What Redis lost does not come back by its mail. */
	(void)!text_format(name, sizeof name, "tok:%s", b->names[0]);
	assert_int_equal(ask_number(b, "DEL", name), 1);
	sent(b, 0);
	assert_result(b, "DLL");
	(void)!text_format(name, sizeof name, "acct:%s:until", b->uuid);
	assert_in_range(
	    ask_number(b, "PTTL", name), 24 * HOUR_MS, 25 * HOUR_MS);
}

static void
test_revoke_all_remembers_nothing(void **state)
{
	struct bench *b = *state;

	revoke(b, NULL);
	assert_int_equal(is_over(b, b->asked_ms[2]), LOOKUP_ABSENT);
	issue(b, 2);
	assert_result(b, "DDL");
}

/* --- the claim's race and its intent -------------------------------------- */

enum { RACERS = 50 };

struct racer {
	pthread_t thread;
	pthread_barrier_t *gate;
	char id[QUEUE_ID];
	enum lookup result;
};

static void *
race(void *argument)
{
	struct racer *racer = argument;
	struct kv *kv = kv_new(&bench->redis.conf, KV_WORKER, 10000);
	struct arena arena = {0};
	struct err err;
	int64_t ms;

	/* Connected, so that all start from the same line. */
	if (kv_time(kv, &ms, &err) == 0) {
		pthread_barrier_wait(racer->gate);
		racer->result = claim_as(bench, kv, 0, racer->id);
	} else {
		pthread_barrier_wait(racer->gate);
	}
	kv_free(kv);
	arena_reset(&arena);
	return NULL;
}

static void
test_race_has_one_winner(void **state)
{
	struct bench *b = *state;
	struct racer racers[RACERS];
	pthread_barrier_t gate;
	int won = 0, lost = 0;

	issue(b, 0);
	sent(b, 0);
	pthread_barrier_init(&gate, NULL, RACERS);
	for (int i = 0; i < RACERS; i++) {
		racers[i] =
		    (struct racer){.gate = &gate, .result = LOOKUP_FAILED};
		snprintf(racers[i].id, QUEUE_ID, "%032x", 0xace0 + i);
		assert_int_equal(
		    pthread_create(&racers[i].thread, NULL, race, &racers[i]),
		    0);
	}
	for (int i = 0; i < RACERS; i++) {
		assert_int_equal(pthread_join(racers[i].thread, NULL), 0);
		won += racers[i].result == LOOKUP_FOUND;
		lost += racers[i].result == LOOKUP_ABSENT;
	}
	pthread_barrier_destroy(&gate);
	assert_int_equal(won, 1);
	assert_int_equal(lost, RACERS - 1);
	assert_int_equal(ask_number(b, "ZCARD", "due:mail"), 1);
}

static const char *
ask_text(struct bench *b, const char *verb, const char *name, const char *field)
{
	struct kv_reply reply;
	char full[KV_KEY];

	kv_key(b->kv, full, "%s", name);
	assert_int_equal(kv_words(b->kv, &b->arena, &reply, &b->err, verb, full,
			     field, NULL),
	    0);
	assert_int_equal(reply.type, KV_BYTES);
	return reply.bytes;
}

/* rentree_token.lua repeats what put() of rentree.lua writes: this holds the
 * two together. */
static void
assert_queued_alike(struct bench *b, const char *one, const char *other)
{
	const char *note = ask_text(b, "HGET", "req", one);
	const char *other_note = ask_text(b, "HGET", "req", other);
	size_t len = (size_t)(strrchr(note, '|') - note); /* the time follows */

	assert_true(len > 0);
	assert_memory_equal(note, other_note, len + 1);
	assert_int_equal(strlen(note), strlen(other_note));
	assert_int_equal(ask_number(b, "HLEN", "req"), 4);
	assert_int_equal(ask_number(b, "ZCARD", "age"), 2);
	assert_int_equal(ask_number(b, "ZCARD", "due:mail"), 2);
}

/* What the claim queued is a request like any other that was put. */
static void
test_intent_is_queued_as_put_does(void **state)
{
	static const char claimed_id[] = C1;
	static const char put_id[] = C2;
	struct bench *b = *state;
	struct queue_item item;
	struct token_intent intent = {.id = claimed_id,
	    .envelope = "in\0tent",
	    .len = 7,
	    .delay_ms = 15000};
	struct queue_entry *entries;
	size_t count, seen = 0;

	issue(b, 0);
	assert_int_equal(
	    token_claim(b->kv, b->names[0], claimed_id, &intent, &b->err),
	    LOOKUP_FOUND);
	assert_string_equal(ask_text(b, "GET", "lim:waiting", NULL), "1");
	assert_int_equal(
	    queue_put(b->kv, QUEUE_MAIL, put_id, "in\0tent", 7, 15000, &b->err),
	    0);
	assert_queued_alike(b, claimed_id, put_id);
	assert_int_equal(queue_list(b->kv, false, 1000, &b->arena, &entries,
			     &count, &b->err),
	    0);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(entries[i].id, claimed_id) != 0 &&
		    strcmp(entries[i].id, put_id) != 0)
			continue;
		seen++;
		assert_int_equal(entries[i].lane, QUEUE_MAIL);
		assert_int_equal(entries[i].attempt, 0);
		assert_in_range(entries[i].due_in_ms, 10000, 15000);
	}
	assert_int_equal(seen, 2);
	assert_int_equal(
	    queue_hurry(b->kv, QUEUE_MAIL, claimed_id, &b->err), LOOKUP_FOUND);
	assert_int_equal(
	    queue_take(b->kv, QUEUE_MAIL, 0, &b->arena, &item, &b->err),
	    LOOKUP_FOUND);
	assert_string_equal(item.id, claimed_id);
	assert_int_equal(item.attempt, 1);
	assert_int_equal(item.len, 7);
	assert_memory_equal(item.envelope, "in\0tent", 7);
	assert_int_equal(queue_finish(b->kv, &item, &b->err), LOOKUP_FOUND);
	/* The same claimant once more: its intent is done and stays done. */
	assert_int_equal(
	    token_claim(b->kv, b->names[0], claimed_id, &intent, &b->err),
	    LOOKUP_FOUND);
	assert_int_equal(queue_drop(b->kv, put_id, &b->err), LOOKUP_FOUND);
	assert_int_equal(queue_drop(b->kv, claimed_id, &b->err), LOOKUP_ABSENT);
}

/* A Redis without room refuses new requests, and still lets people finish. */
static void
test_full_redis(void **state)
{
	struct bench *b = *state;
	struct kv_reply reply;

	assert_int_equal(kv_words(b->kv, &b->arena, &reply, &b->err, "CONFIG",
			     "SET", "maxmemory", "1", NULL),
	    0);
	assert_int_equal(kv_words(b->kv, &b->arena, &reply, &b->err, "SET",
			     "any", "thing", NULL),
	    -1);
	issue(b, 0);
	sent(b, 0);
	assert_int_equal(claim(b, 0, C1), LOOKUP_FOUND);
	assert_int_equal(token_release(b->kv, b->names[0], C1, &b->err), 0);
	spend(b, 0);
	revoke(b, NULL);
	assert_int_equal(peek(b, 0, NULL), TOKEN_SPENT);
	assert_int_equal(kv_words(b->kv, &b->arena, &reply, &b->err, "CONFIG",
			     "SET", "maxmemory", "0", NULL),
	    0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_text),
	    TEST(test_text_that_is_no_token),
	    TEST(test_issue_and_peek),
	    TEST(test_expired),
	    TEST(test_forged),
	    TEST(test_strange_states),
	    TEST(test_orders),
	    TEST(test_all_orders_leave_one),
	    TEST(test_purposes_are_apart),
	    TEST(test_claim),
	    TEST(test_spend),
	    TEST(test_tombstones),
	    TEST(test_revoke_all),
	    TEST(test_revoke_until),
	    TEST(test_revoked_before_it_is_issued),
	    TEST(test_revoke_all_remembers_nothing),
	    TEST(test_race_has_one_winner),
	    TEST(test_intent_is_queued_as_put_does),
	    TEST(test_full_redis),
	};

	if (sodium_init() < 0)
		return 1;
	log_setup("test_token", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, start, stop);
}

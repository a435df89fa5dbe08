#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/store/kv.h"
#include "lib/store/now.h"
#include "lib/store/store_conf.h"
#include "tests/support/redis.h"

#define PROCESS "0123456789abcdef0123456789abcdef"

struct bench {
	struct redis redis;
	struct kv_pool *pool;
	struct kv *kv;
	unsigned char secret_key[SECRET_KEY];
	struct secret secret;
	struct envelope_sealer sealer;
	struct envelope_opener opener;
	struct now_client *client;
	struct arena arena;
	struct err err;
};

static struct bench *const bench = &(struct bench){0};

static int
start(void **state)
{
	struct bench *b = bench;

	(void)state;
	redis_start(&b->redis);
	crypto_box_keypair(b->sealer.public_key, b->secret_key);
	b->secret = (struct secret){b->secret_key, SECRET_KEY};
	memcpy(b->sealer.kid, "1", 2);
	memcpy(b->opener.pairs[0].kid, "1", 2);
	memcpy(b->opener.pairs[0].public_key, b->sealer.public_key, SECRET_KEY);
	b->opener.pairs[0].secret_key = &b->secret;
	b->opener.count = 1;
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	redis_stop(&bench->redis);
	return 0;
}

static int
set_up(void **state)
{
	struct bench *b = bench;

	b->pool = kv_pool_new(&b->redis.conf, KV_WEB, 4, 2000);
	b->kv = kv_new(&b->redis.conf, KV_WORKER, 2000);
	b->client = now_client_new(&b->redis.conf, b->pool, &b->sealer);
	assert_non_null(b->client);
	*state = b;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	now_client_free(b->client);
	kv_free(b->kv);
	kv_pool_free(b->pool);
	arena_reset(&b->arena);
	return 0;
}

/* --- a worker that says everything back ----------------------------------- */

struct worker {
	struct bench *bench;
	pthread_t thread;
	atomic_bool stopping;
	atomic_bool is_silent; /* hears, and never answers */
	atomic_int done;
	atomic_int failed;
};

static void
serve(struct worker *worker, struct now_server *server, struct kv *kv)
{
	struct arena arena = {0};
	struct envelope request;
	enum lookup heard;
	struct err err;

	heard = now_next(
	    server, kv, &worker->bench->opener, 50, &arena, &request, &err);
	if (heard == LOOKUP_FAILED)
		worker->failed++;
	if (heard == LOOKUP_FOUND) {
		worker->done++;
		if (!worker->is_silent &&
		    now_reply(
			kv, &request, request.payload, request.len, &err) < 0)
			worker->failed++;
	}
	arena_reset(&arena);
}

static void *
work(void *argument)
{
	struct worker *worker = argument;
	const struct redis_conf *conf = &worker->bench->redis.conf;
	struct kv *kv = kv_new(conf, KV_WORKER, 2000);
	struct now_server *server = now_server_new(conf);

	while (!worker->stopping)
		serve(worker, server, kv);
	now_server_free(server);
	kv_free(kv);
	return NULL;
}

/* Returns when as many listen. */
static void
await_listeners(struct bench *b, int count)
{
	struct kv_reply reply;
	char channel[KV_KEY];
	int64_t end_ms = clock_mono_ms() + 5000;

	kv_key(b->kv, channel, "now");
	do {
		assert_true(clock_mono_ms() < end_ms);
		clock_sleep_ms(10);
		assert_int_equal(kv_words(b->kv, &b->arena, &reply, &b->err,
				     "PUBSUB", "NUMSUB", channel, NULL),
		    0);
		assert_int_equal(reply.count, 2);
	} while (reply.items[1].integer != count);
}

static void
start_workers(struct bench *b, struct worker *workers, int count)
{
	for (int i = 0; i < count; i++) {
		workers[i].bench = b;
		assert_int_equal(
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]),
		    0);
	}
	await_listeners(b, count);
}

static void
stop_workers(struct worker *workers, int count)
{
	for (int i = 0; i < count; i++)
		workers[i].stopping = true;
	for (int i = 0; i < count; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
}

static int
ask(struct bench *b, const char *payload, const void **reply, size_t *len)
{
	return now_ask(b->client, REQUEST_PEEK, payload, strlen(payload),
	    &b->arena, reply, len, &b->err);
}

static void
assert_answered(struct bench *b, const char *payload)
{
	const void *reply;
	size_t len;

	if (ask(b, payload, &reply, &len) != 0)
		fail_msg("%s", b->err.text);
	assert_int_equal(len, strlen(payload));
	assert_memory_equal(reply, payload, len);
}

/* --- asking --------------------------------------------------------------- */

static void
test_nobody_listens(void **state)
{
	struct bench *b = *state;
	const void *reply;
	size_t len;
	int64_t began_ms = clock_mono_ms();

	assert_int_equal(ask(b, "x", &reply, &len), -1);
	assert_int_equal(b->err.kind, ERR_UNAVAILABLE);
	assert_string_equal(b->err.text, "no worker is listening");
	assert_true(clock_mono_ms() - began_ms < 500);
}

enum { ASKERS = 8, EACH = 10, WORKERS = 2 };

struct asker {
	pthread_t thread;
	struct bench *bench;
	int number;
	int answered;
	int64_t took_ms;
	char reply[16];
	struct err err;
};

static void *
ask_many(void *argument)
{
	struct asker *asker = argument;
	struct arena arena = {0};
	char payload[64];
	const void *reply;
	size_t len, reply_len;

	for (int i = 0; i < EACH; i++) {
		len = (size_t)snprintf(payload, sizeof(payload),
		    "question %d of asker %d", i, asker->number);
		if (now_ask(asker->bench->client,
			i % 2 == 0 ? REQUEST_PEEK : REQUEST_REDEEM, payload,
			len, &arena, &reply, &reply_len, &asker->err) == 0 &&
		    reply_len == len && memcmp(reply, payload, len) == 0)
			asker->answered++;
		arena_reset(&arena);
	}
	return NULL;
}

/* Every thread hears every request; each is done once, and every answer finds
 * the one who asked. */
static void
test_done_once(void **state)
{
	struct bench *b = *state;
	struct worker workers[WORKERS] = {0};
	struct asker askers[ASKERS];

	start_workers(b, workers, WORKERS);
	for (int i = 0; i < ASKERS; i++) {
		askers[i] = (struct asker){.bench = b, .number = i};
		assert_int_equal(pthread_create(&askers[i].thread, NULL,
				     ask_many, &askers[i]),
		    0);
	}
	for (int i = 0; i < ASKERS; i++) {
		assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
		assert_int_equal(askers[i].answered, EACH);
	}
	stop_workers(workers, WORKERS);
	assert_int_equal(workers[0].done + workers[1].done, ASKERS * EACH);
	assert_int_equal(workers[0].failed + workers[1].failed, 0);
}

static void *
ask_once(void *argument)
{
	struct asker *asker = argument;
	struct arena arena = {0};
	const void *reply;
	size_t len;
	int64_t began_ms = clock_mono_ms();

	asker->answered = now_ask(asker->bench->client, REQUEST_PEEK, "x", 1,
			      &arena, &reply, &len, &asker->err) == 0;
	asker->took_ms = clock_mono_ms() - began_ms;
	if (asker->answered && len < sizeof(asker->reply))
		memcpy(asker->reply, reply, len);
	arena_reset(&arena);
	return NULL;
}

/* One too many is told at once; one that nobody answers, at the deadline; and
 * those who still wait when the process ends, then. */
static void
test_too_many_wait(void **state)
{
	struct bench *b = *state;
	struct worker worker = {.is_silent = true};
	struct asker askers[NOW_WAITING_MAX];
	int64_t end_ms = clock_mono_ms() + 5000;
	const void *reply;
	size_t len;

	start_workers(b, &worker, 1);
	for (int i = 0; i < NOW_WAITING_MAX; i++) {
		askers[i] = (struct asker){.bench = b};
		assert_int_equal(pthread_create(&askers[i].thread, NULL,
				     ask_once, &askers[i]),
		    0);
	}
	while (worker.done < NOW_WAITING_MAX) {
		assert_true(clock_mono_ms() < end_ms);
		clock_sleep_ms(10);
	}
	assert_int_equal(ask(b, "x", &reply, &len), -1);
	assert_int_equal(b->err.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(b->err.text, "too many"));
	stop_workers(&worker, 1);
	now_client_free(b->client);
	for (int i = 0; i < NOW_WAITING_MAX; i++) {
		assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
		assert_false(askers[i].answered);
		assert_int_equal(askers[i].err.kind, ERR_UNAVAILABLE);
		assert_true(askers[i].took_ms < NOW_WAIT_MS);
	}
	b->client = NULL;
}

static void
test_deadline(void **state)
{
	struct bench *b = *state;
	struct worker worker = {.is_silent = true};
	struct asker asker = {.bench = b};

	start_workers(b, &worker, 1);
	ask_once(&asker);
	assert_false(asker.answered);
	assert_int_equal(asker.err.kind, ERR_UNAVAILABLE);
	assert_in_range(asker.took_ms, NOW_WAIT_MS, NOW_WAIT_MS + 1000);
	/* Its place is free again. */
	worker.is_silent = false;
	assert_answered(b, "y");
	stop_workers(&worker, 1);
}

static void
test_connections_come_back(void **state)
{
	struct bench *b = *state;
	struct worker worker = {0};
	struct kv_reply reply;

	start_workers(b, &worker, 1);
	assert_answered(b, "before");
	assert_int_equal(kv_words(b->kv, &b->arena, &reply, &b->err, "CLIENT",
			     "KILL", "SKIPME", "yes", NULL),
	    0);
	assert_true(reply.integer >= 3);
	/* The reader, the listener and the pool each notice in their time. */
	clock_sleep_ms(3 * NOW_PAUSE_MS);
	await_listeners(b, 1);
	(void)!ask(b, "first", &(const void *){NULL}, &(size_t){0});
	assert_answered(b, "after");
	stop_workers(&worker, 1);
	assert_true(worker.failed >= 1);
}

/* The web's login, as design and deploy/ have it, is enough to ask and to be
 * answered. */
static void
test_web_login(void **state)
{
	struct bench *b = *state;
	struct worker worker = {0};
	struct redis_conf conf = b->redis.conf;
	struct kv_pool *pool;
	struct now_client *client;
	struct kv_reply reply;
	char path[128];
	const void *answer = NULL;
	size_t len = 0;
	int rc;

	assert_int_equal(
	    kv_words(b->kv, &b->arena, &reply, &b->err, "ACL", "SETUSER", "web",
		"on", ">a-password", "-@all", "+ping", "+time",
		"(+blpop ~rentree:re:*)", "(+publish &rentree:now)", NULL),
	    0);
	redis_write_password(&b->redis, "a-password", path);
	conf.user = "web";
	conf.password_file = path;
	pool = kv_pool_new(&conf, KV_WEB, 1, 2000);
	client = now_client_new(&conf, pool, &b->sealer);
	start_workers(b, &worker, 1);
	rc = now_ask(
	    client, REQUEST_PEEK, "x", 1, &b->arena, &answer, &len, &b->err);
	stop_workers(&worker, 1);
	now_client_free(client);
	kv_pool_free(pool);
	assert_int_equal(rc, 0);
	assert_int_equal(len, 1);
}

static void
test_redis_gone(void **state)
{
	struct bench *b = *state;
	struct redis_conf nowhere = b->redis.conf;
	struct kv_pool *pool;
	struct now_client *client;
	struct now_server *server;
	struct envelope envelope;
	int64_t began_ms;
	const void *reply;
	size_t len;

	nowhere.uri = "unix:///nonexistent/redis.sock";
	pool = kv_pool_new(&nowhere, KV_WEB, 1, 1000);
	client = now_client_new(&nowhere, pool, &b->sealer);
	server = now_server_new(&nowhere);
	began_ms = clock_mono_ms();
	assert_int_equal(now_ask(client, REQUEST_PEEK, "x", 1, &b->arena,
			     &reply, &len, &b->err),
	    -1);
	assert_int_equal(b->err.kind, ERR_UNAVAILABLE);
	assert_true(clock_mono_ms() - began_ms < 1000);
	/* A loop around this does not spin. */
	began_ms = clock_mono_ms();
	assert_int_equal(now_next(server, b->kv, &b->opener, 5000, &b->arena,
			     &envelope, &b->err),
	    LOOKUP_FAILED);
	assert_in_range(
	    clock_mono_ms() - began_ms, NOW_PAUSE_MS - 50, NOW_PAUSE_MS + 1000);
	now_server_free(server);
	now_client_free(client);
	kv_pool_free(pool);
}

/* --- what the worker does not do ------------------------------------------ */

static void
publish(struct bench *b, const void *bytes, size_t len)
{
	struct kv_reply reply;
	char channel[KV_KEY];

	kv_key(b->kv, channel, "now");
	assert_int_equal(kv_command(b->kv,
			     (struct kv_arg[]){kv_text("PUBLISH"),
				 kv_text(channel), {bytes, len}},
			     3, &b->arena, &reply, &b->err),
	    0);
	assert_int_equal(reply.integer, 1);
}

/* The first call subscribes. */
static struct now_server *
listening(struct bench *b)
{
	struct now_server *server = now_server_new(&b->redis.conf);
	struct envelope none;

	assert_int_equal(
	    now_next(server, b->kv, &b->opener, 1, &b->arena, &none, &b->err),
	    LOOKUP_ABSENT);
	return server;
}

static void
test_what_is_dropped(void **state)
{
	const struct {
		const char *what;
		enum request_kind kind;
		int64_t age_ms;
		const char *reply_to;
		enum lookup want;
	} rows[] = {
	    {"fresh", REQUEST_PEEK, 0, PROCESS, LOOKUP_FOUND},
	    {"slow", REQUEST_PEEK, NOW_STALE_MS - 1000, PROCESS, LOOKUP_FOUND},
	    {"stale", REQUEST_PEEK, NOW_STALE_MS + 100, PROCESS, LOOKUP_ABSENT},
	    {"clocks apart", REQUEST_PEEK, 2000 - ENVELOPE_SKEW_MS, PROCESS,
		LOOKUP_FOUND},
	    {"from the future", REQUEST_PEEK, -2000 - ENVELOPE_SKEW_MS, PROCESS,
		LOOKUP_ABSENT},
	    {"durable", REQUEST_RECOVER, 0, "", LOOKUP_ABSENT},
	    {"answer to elsewhere", REQUEST_PEEK, 0, "../req", LOOKUP_ABSENT},
	    {"answer to capitals", REQUEST_PEEK, 0,
		"0123456789ABCDEF0123456789abcdef", LOOKUP_ABSENT},
	};
	struct bench *b = *state;
	struct now_server *server = listening(b);
	struct envelope sent, got;
	struct buf sealed;

	buf_init(&sealed, ENVELOPE_MAX);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		print_message("published: %s\n", rows[i].what);
		sent = (struct envelope){.kind = rows[i].kind,
		    .asked_ms = clock_now_ms() - rows[i].age_ms,
		    .payload = "p",
		    .len = 1};
		randombytes_buf(sent.id, sizeof(sent.id));
		snprintf(sent.reply_to, sizeof(sent.reply_to), "%s",
		    rows[i].reply_to);
		buf_clear(&sealed);
		assert_int_equal(
		    envelope_seal(&b->sealer, &sent, &sealed, &b->err), 0);
		publish(b, sealed.bytes, sealed.len);
		assert_int_equal(now_next(server, b->kv, &b->opener, 1000,
				     &b->arena, &got, &b->err),
		    rows[i].want);
		/* Whoever heard it publishes it again. */
		publish(b, sealed.bytes, sealed.len);
		assert_int_equal(now_next(server, b->kv, &b->opener, 1000,
				     &b->arena, &got, &b->err),
		    LOOKUP_ABSENT);
	}
	publish(b, "", 0);
	assert_int_equal(
	    now_next(server, b->kv, &b->opener, 1000, &b->arena, &got, &b->err),
	    LOOKUP_ABSENT);
	sealed.bytes[sealed.len - 1] ^= 1;
	sealed.bytes[5] = sealed.bytes[5] == 'a' ? 'b' : 'a'; /* its id */
	publish(b, sealed.bytes, sealed.len);
	assert_int_equal(
	    now_next(server, b->kv, &b->opener, 1000, &b->arena, &got, &b->err),
	    LOOKUP_ABSENT);
	buf_free(&sealed);
	now_server_free(server);
}

/* --- answers -------------------------------------------------------------- */

static void
push(struct bench *b, const char *list, const void *bytes, size_t len)
{
	struct kv_reply reply;

	assert_int_equal(kv_command(b->kv,
			     (struct kv_arg[]){
				 kv_text("RPUSH"), kv_text(list), {bytes, len}},
			     3, &b->arena, &reply, &b->err),
	    0);
}

/* What Redis, or whoever holds it, could put in place of an answer. */
static void
push_damaged(struct bench *b, const struct envelope *request)
{
	char list[KV_KEY], id[ENVELOPE_ID_TEXT], wire[1129] = {0};
	struct envelope wrong_key = *request, wrong_id = *request;

	kv_key(b->kv, list, "re:%s", request->reply_to);
	envelope_id_text(request->id, id);
	push(b, list, "", 0);
	push(b, list, id, strlen(id));
	memcpy(wire, id, strlen(id));
	wire[32] = '|';
	for (size_t len = 1095; len < sizeof(wire); len++)
		push(b, list, wire, len);
	wrong_key.reply_key[0] ^= 1;
	assert_int_equal(now_reply(b->kv, &wrong_key, "wrong", 5, &b->err), 0);
	wrong_id.id[0] ^= 1;
	assert_int_equal(now_reply(b->kv, &wrong_id, "wrong", 5, &b->err), 0);
}

static void
test_damaged_answers_are_dropped(void **state)
{
	struct bench *b = *state;
	struct now_server *server = listening(b);
	struct asker asker = {.bench = b};
	struct envelope request;

	assert_int_equal(
	    pthread_create(&asker.thread, NULL, ask_once, &asker), 0);
	assert_int_equal(now_next(server, b->kv, &b->opener, 2000, &b->arena,
			     &request, &b->err),
	    LOOKUP_FOUND);
	push_damaged(b, &request);
	assert_int_equal(now_reply(b->kv, &request, "right", 5, &b->err), 0);
	assert_int_equal(pthread_join(asker.thread, NULL), 0);
	assert_true(asker.answered);
	assert_string_equal(asker.reply, "right");
	now_server_free(server);
}

static void
test_answer_sizes_and_life(void **state)
{
	struct bench *b = *state;
	struct envelope request = {.kind = REQUEST_PEEK, .reply_to = PROCESS};
	char answer[NOW_REPLY_PADDED] = {0}, list[KV_KEY];
	struct kv_reply reply;

	assert_int_equal(
	    now_reply(b->kv, &request, answer, sizeof(answer), &b->err), -1);
	assert_int_equal(b->err.kind, ERR_INTERNAL);
	assert_int_equal(
	    now_reply(b->kv, &request, answer, sizeof(answer) - 1, &b->err), 0);
	assert_int_equal(now_reply(b->kv, &request, NULL, 0, &b->err), 0);
	kv_key(b->kv, list, "re:" PROCESS);
	assert_int_equal(
	    kv_words(b->kv, &b->arena, &reply, &b->err, "TTL", list, NULL), 0);
	assert_in_range(reply.integer, NOW_REPLY_TTL_S - 1, NOW_REPLY_TTL_S);
	/* No answer is longer than another. */
	assert_int_equal(kv_words(b->kv, &b->arena, &reply, &b->err, "LRANGE",
			     list, "0", "-1", NULL),
	    0);
	assert_int_equal(reply.count, 2);
	assert_int_equal(reply.items[0].len, reply.items[1].len);
	assert_int_equal(
	    kv_words(b->kv, &b->arena, &reply, &b->err, "DEL", list, NULL), 0);
}

static void
test_free_of_nothing(void **state)
{
	(void)state;
	now_client_free(NULL);
	now_server_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_nobody_listens),
	    TEST(test_done_once),
	    TEST(test_too_many_wait),
	    TEST(test_deadline),
	    TEST(test_connections_come_back),
	    TEST(test_web_login),
	    TEST(test_redis_gone),
	    TEST(test_what_is_dropped),
	    TEST(test_damaged_answers_are_dropped),
	    TEST(test_answer_sizes_and_life),
	    TEST(test_free_of_nothing),
	};

	if (sodium_init() < 0)
		return 1;
	log_setup("test_now", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, start, stop);
}

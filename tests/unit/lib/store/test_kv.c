/* kv: commands, answers and the ways a connection ends, with a real Redis. */
#include "lib/store/kv.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/embed.h"
#include "lib/base/err.h"
#include "tests/support/redis.h"

extern const struct embed_list functions_embedded;

enum { TIMEOUT_MS = 2000 };

static struct redis redis;
static struct kv *kv;
static struct arena arena;
static struct err err;

/* --- bench ---------------------------------------------------------------- */

static int
start(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN); /* as every main does */
	redis_start(&redis);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	arena_reset(&arena);
	redis_stop(&redis);
	return 0;
}

static int
set_up(void **state)
{
	struct kv_reply reply;

	(void)state;
	kv = kv_new(&redis.conf, KV_WORKER, TIMEOUT_MS);
	return kv_words(kv, &arena, &reply, &err, "FLUSHALL", NULL);
}

static int
tear_down(void **state)
{
	(void)state;
	kv_free(kv);
	arena_reset(&arena);
	return 0;
}

#define SAY(reply, ...) kv_words(kv, &arena, (reply), &err, __VA_ARGS__, NULL)

static void
assert_kind(int rc, enum err_kind kind)
{
	assert_int_equal(rc, -1);
	if (err.kind != kind)
		fail_msg("kind %d: %s", (int)err.kind, err.text);
}

/* --- commands and answers ------------------------------------------------- */

static void
test_answers(void **state)
{
	struct kv_reply reply;

	(void)state;
	assert_int_equal(SAY(&reply, "SET", "a", "1"), 0);
	assert_int_equal(reply.type, KV_STATUS);
	assert_string_equal(reply.bytes, "OK");
	assert_int_equal(SAY(&reply, "GET", "a"), 0);
	assert_int_equal(reply.type, KV_BYTES);
	assert_string_equal(reply.bytes, "1");
	assert_int_equal(SAY(&reply, "GET", "b"), 0);
	assert_int_equal(reply.type, KV_NIL);
	assert_int_equal(SAY(&reply, "INCR", "a"), 0);
	assert_int_equal(reply.type, KV_INTEGER);
	assert_int_equal(reply.integer, 2);
	assert_int_equal(SAY(&reply, "MGET", "a", "b"), 0);
	assert_int_equal(reply.type, KV_LIST);
	assert_int_equal(reply.count, 2);
	assert_int_equal(reply.items[1].type, KV_NIL);
	assert_int_equal(SAY(&reply, "LRANGE", "none", "0", "-1"), 0);
	assert_int_equal(reply.type, KV_LIST);
	assert_int_equal(reply.count, 0);
	assert_int_equal(
	    SAY(&reply, "EVAL", "return {1,{'x',{false}}}", "0"), 0);
	assert_string_equal(reply.items[1].items[0].bytes, "x");
	assert_int_equal(reply.items[1].items[1].items[0].type, KV_NIL);
}

static void
test_bytes(void **state)
{
	static const char bytes[] = "\0\r\n$5\xff";
	struct kv_reply reply;

	(void)state;
	assert_int_equal(kv_command(kv,
			     (struct kv_arg[]){kv_text("SET"), kv_text("a"),
				 {bytes, sizeof(bytes)}},
			     3, &arena, &reply, &err),
	    0);
	assert_int_equal(SAY(&reply, "GET", "a"), 0);
	assert_int_equal(reply.len, sizeof(bytes));
	assert_memory_equal(reply.bytes, bytes, sizeof(bytes));
	assert_int_equal(reply.bytes[reply.len], '\0');
	assert_int_equal(SAY(&reply, "SET", "empty", ""), 0);
	assert_int_equal(SAY(&reply, "GET", "empty"), 0);
	assert_int_equal(reply.type, KV_BYTES);
	assert_int_equal(reply.len, 0);
}

static void
test_numbers_and_keys(void **state)
{
	static const struct {
		int64_t number;
		const char *text;
	} cases[] = {{0, "0"}, {-1, "-1"}, {INT64_MAX, "9223372036854775807"},
	    {INT64_MIN, "-9223372036854775808"}};
	char text[24], key[KV_KEY];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct kv_arg arg = kv_number(text, cases[i].number);

		assert_string_equal(text, cases[i].text);
		assert_int_equal(arg.len, strlen(text));
	}
	kv_key(kv, key, "due:%s", "mail");
	assert_string_equal(key, "rentree:due:mail");
}

static void
test_error_answers(void **state)
{
	struct kv_reply reply;

	(void)state;
	assert_int_equal(SAY(&reply, "SET", "a", "text"), 0);
	assert_kind(SAY(&reply, "INCR", "a"), ERR_INTERNAL);
	assert_kind(SAY(&reply, "NOSUCH", "hush"), ERR_INTERNAL);
	assert_null(strstr(err.text, "hush"));
	assert_kind(SAY(&reply, "LPUSH", "a", "x"), ERR_INTERNAL);
	assert_int_equal(SAY(&reply, "CONFIG", "SET", "maxmemory", "1"), 0);
	assert_kind(SAY(&reply, "SET", "b", "1"), ERR_UNAVAILABLE);
	assert_int_equal(SAY(&reply, "CONFIG", "SET", "maxmemory", "0"), 0);
	assert_kind(
	    kv_command(kv, NULL, 0, &arena, &reply, &err), ERR_INTERNAL);
	/* None of this cost the connection. */
	assert_int_equal(SAY(&reply, "GET", "a"), 0);
	assert_string_equal(reply.bytes, "text");
}

static void
test_replica(void **state)
{
	struct kv_reply reply;

	(void)state;
	assert_int_equal(SAY(&reply, "REPLICAOF", "127.0.0.1", "1"), 0);
	assert_kind(SAY(&reply, "SET", "a", "1"), ERR_UNAVAILABLE);
	assert_int_equal(SAY(&reply, "REPLICAOF", "NO", "ONE"), 0);
	assert_int_equal(SAY(&reply, "SET", "a", "1"), 0);
}

static void
test_time(void **state)
{
	int64_t ms = 0, apart;

	(void)state;
	assert_int_equal(kv_time(kv, &ms, &err), 0);
	apart = clock_now_ms() - ms;
	assert_in_range(apart + 2000, 0, 4000);
}

/* --- batches -------------------------------------------------------------- */

static void
test_batch(void **state)
{
	const struct kv_arg set[] = {
	    kv_text("SET"), kv_text("a"), kv_text("1")};
	const struct kv_arg get[] = {kv_text("GET"), kv_text("a")};
	const struct kv_arg none[] = {kv_text("GET"), kv_text("b")};
	const struct kv_arg wrong[] = {
	    kv_text("LPUSH"), kv_text("a"), kv_text("x")};
	const struct kv_batch_item good[] = {{set, 3}, {get, 2}, {none, 2}};
	const struct kv_batch_item bad[] = {{get, 2}, {wrong, 3}, {get, 2}};
	struct kv_reply replies[3], reply;

	(void)state;
	for (int atomic = 0; atomic < 2; atomic++) {
		assert_int_equal(
		    kv_batch(kv, good, 3, atomic == 1, &arena, replies, &err),
		    0);
		assert_int_equal(replies[0].type, KV_STATUS);
		assert_string_equal(replies[1].bytes, "1");
		assert_int_equal(replies[2].type, KV_NIL);
		assert_kind(
		    kv_batch(kv, bad, 3, atomic == 1, &arena, replies, &err),
		    ERR_INTERNAL);
		/* No answer is left over for the next command. */
		assert_int_equal(SAY(&reply, "ECHO", "x"), 0);
		assert_string_equal(reply.bytes, "x");
	}
	/* A full Redis drains: an atomic batch is let through. */
	assert_int_equal(SAY(&reply, "CONFIG", "SET", "maxmemory", "1"), 0);
	assert_kind(kv_batch(kv, good, 3, false, &arena, replies, &err),
	    ERR_UNAVAILABLE);
	assert_int_equal(kv_batch(kv, good, 3, true, &arena, replies, &err), 0);
	assert_int_equal(SAY(&reply, "CONFIG", "SET", "maxmemory", "0"), 0);
}

static void
test_batch_too_long(void **state)
{
	struct kv_arg words[40];
	const struct kv_batch_item items[] = {{words, 40}, {words, 40}};
	struct kv_reply replies[2];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		words[i] = kv_text("DEL");
	assert_kind(
	    kv_batch(kv, items, 2, true, &arena, replies, &err), ERR_INTERNAL);
}

/* --- functions ------------------------------------------------------------ */

static size_t
libraries(void)
{
	struct kv_reply reply;

	assert_int_equal(SAY(&reply, "FUNCTION", "LIST"), 0);
	return reply.count;
}

static void
test_functions(void **state)
{
	struct kv *cli = kv_new(&redis.conf, KV_CLI, TIMEOUT_MS);
	struct kv *web = kv_new(&redis.conf, KV_WEB, TIMEOUT_MS);
	struct kv_reply reply;

	(void)state;
	assert_true(functions_embedded.count >= 2);
	assert_int_equal(SAY(&reply, "FUNCTION", "FLUSH"), 0);
	assert_kind(kv_check_functions(cli, &err), ERR_UNAVAILABLE);
	assert_kind(kv_check_functions(web, &err), ERR_UNAVAILABLE);
	assert_int_equal(kv_load_functions(kv, &err), 0);
	assert_int_equal(libraries(), functions_embedded.count);
	assert_int_equal(kv_check_functions(cli, &err), 0);
	assert_int_equal(kv_check_functions(web, &err), 0);
	/* Another version is replaced. */
	assert_int_equal(
	    SAY(&reply, "FUNCTION", "LOAD", "REPLACE",
		"#!lua name=rentree\nredis.register_function('rentree_limit',"
		"function() return 1 end)"),
	    0);
	assert_kind(kv_check_functions(cli, &err), ERR_UNAVAILABLE);
	assert_int_equal(kv_load_functions(kv, &err), 0);
	assert_int_equal(kv_check_functions(cli, &err), 0);
	kv_free(cli);
	kv_free(web);
}

/* A Redis that lost them: the worker brings them back, nobody else does. */
static void
test_functions_come_back(void **state)
{
	struct kv *web = kv_new(&redis.conf, KV_WEB, TIMEOUT_MS);
	struct kv_reply reply;

	(void)state;
	assert_int_equal(SAY(&reply, "FUNCTION", "FLUSH"), 0);
	assert_kind(kv_words(web, &arena, &reply, &err, "FCALL",
			"rentree_state", "0", "rentree:", NULL),
	    ERR_UNAVAILABLE);
	assert_int_equal(
	    SAY(&reply, "FCALL", "rentree_state", "0", "rentree:"), 0);
	assert_int_equal(libraries(), functions_embedded.count);
	assert_kind(
	    SAY(&reply, "FCALL", "no_such_function", "0"), ERR_UNAVAILABLE);
	kv_free(web);
}

/* --- connecting ----------------------------------------------------------- */

static void
test_places(void **state)
{
	struct redis_conf conf = redis.conf;
	struct kv_reply reply;
	char uri[160];

	(void)state;
	assert_int_equal(SAY(&reply, "SET", "where", "db 0"), 0);
	for (size_t i = 0; i < 4; i++) {
		bool is_db0 = i == 0 || i == 2;
		struct kv *other;

		if (i < 3)
			snprintf(uri, sizeof(uri), "redis://%s:%d%s",
			    i == 2 ? "localhost" : "127.0.0.1", redis.port,
			    i == 1 ? "/3" : "/0");
		else
			snprintf(uri, sizeof(uri), "%s?db=3", redis.uri);
		conf.uri = uri;
		other = kv_new(&conf, KV_WEB, TIMEOUT_MS);
		if (kv_words(other, &arena, &reply, &err, "EXISTS", "where",
			NULL) < 0)
			fail_msg("%s: %s", uri, err.text);
		assert_int_equal(reply.integer, is_db0 ? 1 : 0);
		kv_free(other);
	}
}

static void
test_bad_places(void **state)
{
	static const struct {
		const char *uri;
		enum err_kind kind;
	} cases[] = {
	    {"unix:///nonexistent/redis.sock", ERR_UNAVAILABLE},
	    {"redis://127.0.0.1:1", ERR_UNAVAILABLE},
	    {"redis://no-such-host.invalid", ERR_UNAVAILABLE},
	    {"sentinel://127.0.0.1:1/m", ERR_UNAVAILABLE},
	    {"rediss://127.0.0.1:6379", ERR_CONFIG},
	    {"nonsense", ERR_CONFIG},
	};
	struct redis_conf conf = redis.conf;
	struct kv_reply reply;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct kv *other;

		conf.uri = cases[i].uri;
		other = kv_new(&conf, KV_WEB, TIMEOUT_MS);
		assert_kind(kv_words(other, &arena, &reply, &err, "PING", NULL),
		    cases[i].kind);
		kv_free(other);
	}
}

static void
test_logins(void **state)
{
	struct redis_conf conf = redis.conf;
	struct kv_reply reply;
	char web[128], cli[128], none[] = "/nonexistent/password";
	const struct {
		enum kv_role role;
		struct redis_login all, worker, cli;
		const char *user; /* NULL: refused */
		enum err_kind kind;
	} cases[] = {
	    {KV_WEB, {"", ""}, {"", ""}, {"", ""}, "default", 0},
	    {KV_WEB, {"u-web", web}, {"", ""}, {"", ""}, "u-web", 0},
	    {KV_WORKER, {"u-web", web}, {"", ""}, {"", ""}, "u-web", 0},
	    {KV_CLI, {"u-web", web}, {"u-web", web}, {"u-cli", cli}, "u-cli",
		0},
	    {KV_WEB, {"u-web", web}, {"", ""}, {"u-cli", cli}, "u-web", 0},
	    {KV_WORKER, {"u-web", web}, {"u-cli", cli}, {"", ""}, "u-cli", 0},
	    {KV_WEB, {"u-web", cli}, {"", ""}, {"", ""}, NULL, ERR_UNAVAILABLE},
	    {KV_WEB, {"u-web", none}, {"", ""}, {"", ""}, NULL, ERR_CONFIG},
	};

	(void)state;
	redis_write_password(&redis, "web-hush", web);
	redis_write_password(&redis, "cli-hush", cli);
	assert_int_equal(
	    SAY(&reply, "ACL", "SETUSER", "u-web", "on", ">web-hush", "+@all"),
	    0);
	assert_int_equal(
	    SAY(&reply, "ACL", "SETUSER", "u-cli", "on", ">cli-hush", "+@all"),
	    0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct kv *other;
		int rc;

		conf.user = cases[i].all.user;
		conf.password_file = cases[i].all.password_file;
		conf.worker = cases[i].worker;
		conf.cli = cases[i].cli;
		other = kv_new(&conf, cases[i].role, TIMEOUT_MS);
		rc = kv_words(
		    other, &arena, &reply, &err, "ACL", "WHOAMI", NULL);
		if (cases[i].user == NULL)
			assert_kind(rc, cases[i].kind);
		else if (rc < 0)
			fail_msg("%zu: %s", i, err.text);
		else
			assert_string_equal(reply.bytes, cases[i].user);
		assert_null(strstr(err.text, "-hush"));
		kv_free(other);
	}
}

/* One word alone is the password of the default login. */
static void
test_password_only(void **state)
{
	struct redis_conf conf = redis.conf;
	struct kv_reply reply;
	char path[128];
	struct kv *other;

	(void)state;
	redis_write_password(&redis, "old-style", path);
	assert_int_equal(
	    SAY(&reply, "CONFIG", "SET", "requirepass", "old-style"), 0);
	other = kv_new(&conf, KV_WEB, TIMEOUT_MS);
	assert_kind(kv_words(other, &arena, &reply, &err, "GET", "a", NULL),
	    ERR_UNAVAILABLE);
	kv_free(other);
	conf.password_file = path;
	other = kv_new(&conf, KV_WEB, TIMEOUT_MS);
	assert_int_equal(
	    kv_words(other, &arena, &reply, &err, "GET", "a", NULL), 0);
	kv_free(other);
	assert_int_equal(SAY(&reply, "CONFIG", "SET", "requirepass", ""), 0);
}

static void
test_sentinel(void **state)
{
	struct redis_conf conf = redis.conf;
	struct redis sentinel;
	struct kv_reply reply;
	char uri[160];
	struct kv *other;

	(void)state;
	redis_start_sentinel(&sentinel, &redis, "the-master");
	snprintf(uri, sizeof(uri),
	    "sentinel://127.0.0.1:1,127.0.0.1:%d/the-master", sentinel.port);
	conf.uri = uri;
	other = kv_new(&conf, KV_WEB, TIMEOUT_MS);
	assert_int_equal(SAY(&reply, "SET", "a", "here"), 0);
	if (kv_words(other, &arena, &reply, &err, "GET", "a", NULL) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(reply.bytes, "here");
	/* What the sentinel names is a replica: not taken. */
	assert_int_equal(SAY(&reply, "REPLICAOF", "127.0.0.1", "1"), 0);
	assert_kind(
	    kv_words(other, &arena, &reply, &err, "SET", "a", "x", NULL),
	    ERR_UNAVAILABLE);
	assert_kind(kv_words(other, &arena, &reply, &err, "GET", "a", NULL),
	    ERR_UNAVAILABLE);
	assert_non_null(strstr(err.text, "not the master"));
	assert_int_equal(SAY(&reply, "REPLICAOF", "NO", "ONE"), 0);
	clock_sleep_ms(KV_BREAK_MS + 50);
	assert_int_equal(
	    kv_words(other, &arena, &reply, &err, "SET", "a", "x", NULL), 0);
	kv_free(other);
	snprintf(
	    uri, sizeof(uri), "sentinel://127.0.0.1:%d/other", sentinel.port);
	other = kv_new(&conf, KV_WEB, TIMEOUT_MS);
	assert_kind(kv_words(other, &arena, &reply, &err, "PING", NULL),
	    ERR_UNAVAILABLE);
	kv_free(other);
	redis_stop(&sentinel);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_answers),
	    TEST(test_bytes),
	    TEST(test_numbers_and_keys),
	    TEST(test_error_answers),
	    TEST(test_replica),
	    TEST(test_time),
	    TEST(test_batch),
	    TEST(test_batch_too_long),
	    TEST(test_functions),
	    TEST(test_functions_come_back),
	    TEST(test_places),
	    TEST(test_bad_places),
	    TEST(test_logins),
	    TEST(test_password_only),
	    TEST(test_sentinel),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

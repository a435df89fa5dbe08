/* The logins of deploy/redis/users.acl: each may do its work, and what the
 * others do it may not. A real Redis, and the lines as they stand there. */
#include "lib/store/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/store/kv.h"
#include "lib/store/lock.h"
#include "tests/support/redis.h"

#define ID_A "0123456789abcdef0123456789abcdef"
#define ID_B "fedcba9876543210fedcba9876543210"
#define ENVELOPE "1|k|" ID_A "|sealed"

enum { ACL_MAX = 64 * 1024, WORDS_MAX = 8 };

static struct redis redis;
static struct redis_conf conf;
static char web_file[128], worker_file[128], cli_file[128];
static struct kv *admin, *web, *worker, *cli;
static struct arena arena;
static struct err err;

/* --- bench ---------------------------------------------------------------- */

/* The next word; one that begins with "(" ends with ")". */
static struct kv_arg
next_word(const char **at)
{
	const char *start = *at;
	size_t len = strcspn(start, " \n");

	if (*start == '(')
		len = strcspn(start, ")") + 1;
	*at = start + len + (start[len] == ' ');
	return (struct kv_arg){start, len};
}

static bool
is_password(struct kv_arg word)
{
	static const char end[] = "_PASSWORD";
	const size_t len = sizeof(end) - 1;
	const char *bytes = word.bytes;

	return word.len > len && bytes[0] == '>' &&
	       memcmp(bytes + word.len - len, end, len) == 0;
}

static void
let_in(const char *acl, const char *user)
{
	struct kv_arg args[KV_ARGS_MAX] = {kv_text("ACL"), kv_text("SETUSER")};
	struct kv_reply reply;
	char start[64], password[64];
	const char *at;
	size_t count = 2;

	(void)snprintf(start, sizeof(start), "\nuser %s ", user);
	(void)snprintf(password, sizeof(password), ">%s-hush", user);
	at = strstr(acl, start);
	if (at == NULL)
		fail_msg("no line for %s", user);
	at += strlen("\nuser ");
	while (*at != '\n') {
		args[count] = next_word(&at);
		if (is_password(args[count]))
			args[count] = kv_text(password);
		count++;
	}
	if (kv_command(admin, args, count, &arena, &reply, &err) < 0)
		fail_msg("%s: %s", user, err.text);
}

static int
start(void **state)
{
	char *acl;
	size_t len;

	(void)state;
	redis_start(&redis);
	admin = kv_new(&redis.conf, KV_CLI, 2000);
	if (file_read(&arena, "deploy/redis/users.acl", ACL_MAX, &acl, &len,
		&err) < 0)
		return -1;
	let_in(acl, "web");
	let_in(acl, "worker");
	let_in(acl, "cli");
	redis_write_password(&redis, "web-hush", web_file);
	redis_write_password(&redis, "worker-hush", worker_file);
	redis_write_password(&redis, "cli-hush", cli_file);
	conf = redis.conf;
	conf.user = "web";
	conf.password_file = web_file;
	conf.worker = (struct redis_login){"worker", worker_file};
	conf.cli = (struct redis_login){"cli", cli_file};
	web = kv_new(&conf, KV_WEB, 2000);
	worker = kv_new(&conf, KV_WORKER, 2000);
	cli = kv_new(&conf, KV_CLI, 2000);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	kv_free(web);
	kv_free(worker);
	kv_free(cli);
	kv_free(admin);
	arena_reset(&arena);
	redis_stop(&redis);
	return 0;
}

static int
set_up(void **state)
{
	struct kv_reply reply;

	(void)state;
	if (kv_words(admin, &arena, &reply, &err, "FLUSHALL", NULL) < 0)
		return -1;
	return kv_load_functions(worker, &err);
}

static int
try(struct kv *kv, const char *const words[WORDS_MAX])
{
	struct kv_arg args[WORDS_MAX];
	struct kv_reply reply;
	size_t count = 0;

	while (count < WORDS_MAX && words[count] != NULL) {
		args[count] = kv_text(words[count]);
		count++;
	}
	return kv_command(kv, args, count, &arena, &reply, &err);
}

#define TRY(kv, ...) try(kv, (const char *const[WORDS_MAX]){__VA_ARGS__})

static void
assert_done(int rc)
{
	if (rc < 0)
		fail_msg("%s", err.text);
}

static void
assert_found(enum lookup found)
{
	if (found == LOOKUP_FAILED)
		fail_msg("%s", err.text);
	assert_int_equal(found, LOOKUP_FOUND);
}

static enum admit_result
admit(void)
{
	struct limit_list limits = {
	    .checks = {{.name = "a0-:1", .rate = {20, 600}}}, .count = 1};
	struct admission admission = {.captcha_key = "c1",
	    .captcha_ttl_s = 900,
	    .captcha_right = true,
	    .address_checks = 1,
	    .limits = &limits,
	    .id = ID_A,
	    .envelope = ENVELOPE,
	    .len = strlen(ENVELOPE)};
	struct limit_verdict verdict;
	enum admit_result result = queue_admit(web, &admission, &verdict, &err);

	if (result == ADMIT_FAILED)
		fail_msg("%s", err.text);
	return result;
}

/* --- what each may -------------------------------------------------------- */

static void
test_web_may(void **state)
{
	const struct limit_list limits = {
	    .checks = {{.name = "a0-:1", .rate = {20, 600}}}, .count = 1};
	struct limit_verdict verdict;
	const char *bytes;
	int64_t ms;
	size_t len;

	(void)state;
	assert_done(kv_time(web, &ms, &err));
	assert_done(TRY(web, "PING"));
	assert_done(kv_check_functions(web, &err));
	assert_done(limiter_count(web, &limits, false, &verdict, &err));
	assert_int_equal(admit(), ADMIT_DONE);
	assert_int_equal(admit(), ADMIT_DONE);
	assert_done(TRY(web, "PUBLISH", "rentree:now", "x"));
	assert_done(TRY(admin, "RPUSH", "rentree:re:me", "answer"));
	assert_found(
	    kv_pop(web, "rentree:re:me", 100, &arena, &bytes, &len, &err));
	assert_string_equal(bytes, "answer");
	assert_int_equal(
	    kv_pop(web, "rentree:re:me", 50, &arena, &bytes, &len, &err),
	    LOOKUP_ABSENT);
}

static void
test_worker_may(void **state)
{
	const struct kv_arg push[] = {
	    kv_text("RPUSH"), kv_text("rentree:re:me"), kv_text("x")};
	const struct kv_arg expire[] = {
	    kv_text("EXPIRE"), kv_text("rentree:re:me"), kv_text("10")};
	const struct kv_batch_item items[] = {{push, 3}, {expire, 3}};
	struct kv *listener = kv_new(&conf, KV_WORKER, 2000);
	struct kv_reply replies[2];
	struct queue_item item;
	struct queue_state now;
	struct lock lock;

	(void)state;
	assert_done(kv_check_functions(worker, &err));
	assert_done(kv_subscribe(listener, "rentree:now", &err));
	kv_free(listener);
	assert_int_equal(admit(), ADMIT_DONE);
	assert_done(queue_put(worker, QUEUE_MAIL, ID_B, "x", 1, 60000, &err));
	assert_found(queue_hurry(worker, QUEUE_MAIL, ID_B, &err));
	for (int i = 0; i < 2; i++) {
		assert_found(
		    queue_take(worker, QUEUE_MAIL, 0, &arena, &item, &err));
		assert_found(queue_later(worker, &item, 60000, &err));
		assert_found(queue_finish(worker, &item, &err));
	}
	assert_done(queue_state(worker, &now, &err));
	assert_found(lock_take(worker, "uuid", 0, &lock, &err));
	lock_give(worker, &lock);
	assert_done(kv_batch(worker, items, 2, true, &arena, replies, &err));
	assert_done(TRY(worker, "SET", "rentree:got:x", "1", "NX", "PX", "9"));
	assert_done(TRY(worker, "ZADD", "rentree:asked:1", "GT", "1", "u"));
}

static void
test_cli_may(void **state)
{
	struct queue_entry *entries;
	struct queue_item item;
	struct queue_state now;
	size_t count;

	(void)state;
	assert_done(kv_check_functions(cli, &err));
	assert_done(queue_put(cli, QUEUE_BULK, ID_B, "x", 1, 0, &err));
	assert_int_equal(admit(), ADMIT_DONE);
	assert_done(queue_list(cli, false, 10, &arena, &entries, &count, &err));
	assert_int_equal(count, 2);
	assert_found(queue_take(worker, QUEUE_BULK, 0, &arena, &item, &err));
	assert_found(queue_later(worker, &item, 60000, &err));
	assert_found(queue_retry(cli, ID_B, &err));
	assert_found(queue_drop(cli, ID_A, &err));
	assert_found(queue_drop(cli, ID_B, &err));
	assert_done(queue_state(cli, &now, &err));
	assert_int_equal(now.mail_waiting + now.bulk_waiting, 0);
	assert_done(TRY(cli, "SCAN", "0", "MATCH", "rentree:lim:*"));
	assert_done(TRY(cli, "DEL", "rentree:lim:a0-:1"));
	assert_done(TRY(cli, "INFO"));
	assert_done(TRY(cli, "FCALL", "rentree_quota", "0",
	    "rentree:", "cli:root", "2", "1000", "a"));
}

/* --- what none of them may ------------------------------------------------ */

static void
assert_refused(
    struct kv *kv, const char *const (*commands)[WORDS_MAX], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (try(kv, commands[i]) == 0)
			fail_msg("%zu: %s is allowed", i, commands[i][0]);
		if (err.kind != ERR_UNAVAILABLE)
			fail_msg("%zu: %s", i, err.text);
	}
}

static void
test_web_may_not(void **state)
{
	static const char *const commands[][WORDS_MAX] = {
	    {"LRANGE", "rentree:in:mail", "0", "-1"},
	    {"LPOP", "rentree:in:mail"},
	    {"DEL", "rentree:in:mail"},
	    {"RPUSH", "rentree:in:bulk", "x"},
	    {"RPUSH", "rentree:re:other", "x"},
	    {"HGETALL", "rentree:req"},
	    {"GET", "rentree:tok:x"},
	    {"SET", "rentree:done:" ID_A, "1"},
	    {"FCALL", "rentree_take", "0", "rentree:", "mail", "1", "0", "1"},
	    {"FCALL", "rentree_put", "0", "rentree:", "mail", ID_B, "x", "0"},
	    {"FCALL", "rentree_finish", "0", "rentree:", ID_A, "1"},
	    {"FCALL", "rentree_drop", "0", "rentree:", ID_A},
	    {"FCALL", "rentree_list", "0", "rentree:", "0", "9"},
	    {"FCALL", "rentree_state", "0", "rentree:"},
	    {"FCALL", "rentree_batch", "0", "2", "GET", "rentree:req"},
	    {"FCALL", "rentree_lock", "0", "rentree:", "u", "o", "9"},
	    {"FCALL", "rentree_token_peek", "0", "rentree:", "x"},
	    {"FCALL", "rentree_quota", "0", "rentree:", "u", "2", "9", "a"},
	    {"DEL", "rentree:quota:u"},
	    {"SET", "rentree:quota:u", "1"},
	    {"PUBLISH", "rentree:other", "x"},
	    {"SUBSCRIBE", "rentree:now"},
	    {"MONITOR"},
	    {"KEYS", "*"},
	    {"SCAN", "0"},
	    {"CONFIG", "GET", "*"},
	    {"FUNCTION", "LIST"},
	    {"EVAL", "return 1", "0"},
	    {"FLUSHALL"},
	};

	(void)state;
	assert_int_equal(admit(), ADMIT_DONE);
	assert_refused(web, commands, COUNT_OF(commands));
}

/* Why no function declares keys: one selector has to cover them all. */
static void
test_declared_keys_cannot_work(void **state)
{
	(void)state;
	assert_int_equal(TRY(web, "FCALL", "rentree_limit", "2",
			     "rentree:cap:x", "rentree:in:mail", "rentree:"),
	    -1);
	assert_non_null(strstr(err.text, "NOPERM"));
}

static void
test_worker_may_not(void **state)
{
	static const char *const commands[][WORDS_MAX] = {
	    {"GET", "other:key"},
	    {"SUBSCRIBE", "other"},
	    {"FUNCTION", "FLUSH"},
	    {"FLUSHALL"},
	    {"KEYS", "*"},
	    {"CONFIG", "GET", "*"},
	    {"ACL", "LIST"},
	    {"MONITOR"},
	    {"REPLICAOF", "NO", "ONE"},
	    {"SHUTDOWN"},
	};

	(void)state;
	assert_refused(worker, commands, COUNT_OF(commands));
}

static void
test_cli_may_not(void **state)
{
	static const char *const commands[][WORDS_MAX] = {
	    {"HGETALL", "rentree:tok:x"},
	    {"SET", "rentree:lock:x", "1"},
	    {"SET", "rentree:cap:x", "1"},
	    {"LRANGE", "rentree:re:x", "0", "-1"},
	    {"FCALL", "rentree_token_peek", "0", "rentree:", "x"},
	    {"PUBLISH", "rentree:now", "x"},
	    {"SUBSCRIBE", "rentree:now"},
	    {"FUNCTION", "LOAD", "REPLACE", "#!lua name=rentree\n"},
	    {"FLUSHALL"},
	    {"CONFIG", "GET", "*"},
	};

	(void)state;
	assert_refused(cli, commands, COUNT_OF(commands));
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_web_may),
	    TEST(test_worker_may),
	    TEST(test_cli_may),
	    TEST(test_web_may_not),
	    TEST(test_declared_keys_cannot_work),
	    TEST(test_worker_may_not),
	    TEST(test_cli_may_not),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

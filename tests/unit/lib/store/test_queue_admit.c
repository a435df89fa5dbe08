/* queue_admit, called by the web's login and no other: a real Redis with the
 * access list of lib/store/README.md. */
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
#include "lib/store/kv.h"
#include "tests/support/redis.h"

#define ID_A "0123456789abcdef0123456789abcdef"
#define ID_B "fedcba9876543210fedcba9876543210"

static struct redis redis;
static struct redis_conf web_conf;
static char password_file[128];
static struct kv *admin, *web;
static struct arena arena;

/* --- bench ---------------------------------------------------------------- */

/* words of one command, parted by spaces */
static struct kv_reply
as_admin(const char *command)
{
	struct kv_arg args[KV_ARGS_MAX];
	struct kv_reply reply;
	struct err err;
	size_t count = 0;

	while (*command != '\0') {
		size_t len = strcspn(command, " ");

		args[count++] = (struct kv_arg){command, len};
		command += len + strspn(command + len, " ");
	}
	if (kv_command(admin, args, count, &arena, &reply, &err) < 0)
		fail_msg("%s", err.text);
	return reply;
}

static int64_t
number(const char *command)
{
	return as_admin(command).integer;
}

/* The line of the contract; test_queue_acl.c tries what it may and may not. A
 * selector is one argument. */
static void
let_web_in(void)
{
	static const char *const line[] = {"ACL", "SETUSER", "rentree-web",
	    "on", ">hush", "-@all", "+ping", "+time",
	    "(+rpush +llen %W~rentree:in:mail)",
	    "(+fcall +get +set ~rentree:lim:* ~rentree:cap:*)",
	    "(+blpop ~rentree:re:*)", "(+publish &rentree:now)"};
	struct kv_arg args[COUNT_OF(line)];
	struct kv_reply reply;
	struct err err;

	for (size_t i = 0; i < COUNT_OF(line); i++)
		args[i] = kv_text(line[i]);
	if (kv_command(admin, args, COUNT_OF(line), &arena, &reply, &err) < 0)
		fail_msg("%s", err.text);
}

static int
start(void **state)
{
	struct err err;

	(void)state;
	redis_start(&redis);
	admin = kv_new(&redis.conf, KV_WORKER, 2000);
	if (kv_load_functions(admin, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	let_web_in();
	redis_write_password(&redis, "hush", password_file);
	web_conf = redis.conf;
	web_conf.user = "rentree-web";
	web_conf.password_file = password_file;
	web = kv_new(&web_conf, KV_WEB, 2000);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	kv_free(web);
	kv_free(admin);
	arena_reset(&arena);
	redis_stop(&redis);
	return 0;
}

static int
empty(void **state)
{
	(void)state;
	as_admin("FLUSHALL");
	return 0;
}

static void
add(struct limit_list *list, const char *name, long burst)
{
	struct limit_check *check = &list->checks[list->count++];

	snprintf(check->name, sizeof(check->name), "%s", name);
	check->rate = (struct conf_rate){burst, 3600};
}

static struct limit_list
usual(void)
{
	struct limit_list list = {0};

	add(&list, "a0-:1", 10);
	add(&list, "i0:1", 3);
	add(&list, "n0:1", 5);
	return list;
}

static enum admit_result
admit(const struct limit_list *limits, const char *captcha, bool right,
    const char *id, struct limit_verdict *verdict)
{
	char envelope[64];
	struct admission admission = {.captcha_key = captcha,
	    .captcha_ttl_s = 900,
	    .captcha_right = right,
	    .address_checks = 1,
	    .limits = limits,
	    .id = id,
	    .envelope = envelope};
	enum admit_result result;
	struct err err;

	admission.len = (size_t)snprintf(
	    envelope, sizeof(envelope), "1|k1|%s|sealed%cbytes", id, '\0');
	result = queue_admit(web, &admission, verdict, &err);
	if (result == ADMIT_FAILED)
		fail_msg("%s", err.text);
	return result;
}

static enum admit_result
admit_usual(const char *captcha, bool right, const char *id)
{
	struct limit_list limits = usual();
	struct limit_verdict verdict;

	return admit(&limits, captcha, right, id, &verdict);
}

/* How often a limit was counted, from what is left of a period of an hour. */
static long
counted(const char *name, long burst)
{
	char command[64];
	int64_t ttl_ms;

	snprintf(command, sizeof(command), "PTTL rentree:lim:%s", name);
	ttl_ms = number(command);
	return ttl_ms < 0 ? 0 : (long)((ttl_ms * burst + 3599999) / 3600000);
}

/* --- admit ---------------------------------------------------------------- */

static void
test_admitted(void **state)
{
	struct kv_reply reply;

	(void)state;
	assert_int_equal(admit_usual("c1", true, ID_A), ADMIT_DONE);
	reply = as_admin("LRANGE rentree:in:mail 0 -1");
	assert_int_equal(reply.count, 1);
	assert_int_equal(reply.items[0].len, 5 + 32 + 1 + 12);
	assert_memory_equal(reply.items[0].bytes, "1|k1|" ID_A "|sealed\0bytes",
	    reply.items[0].len);
	assert_string_equal(as_admin("GET rentree:cap:c1").bytes, ID_A);
	assert_in_range(number("TTL rentree:cap:c1"), 890, 900);
	assert_int_equal(counted("a0-:1", 10), 1);
	assert_int_equal(counted("i0:1", 3), 1);
	assert_int_equal(counted("n0:1", 5), 1);
}

static void
test_double_click(void **state)
{
	(void)state;
	assert_int_equal(admit_usual("c1", true, ID_A), ADMIT_DONE);
	assert_int_equal(admit_usual("c1", true, ID_A), ADMIT_DONE);
	assert_int_equal(admit_usual("c1", true, ID_A), ADMIT_DONE);
	assert_int_equal(number("LLEN rentree:in:mail"), 1);
	assert_int_equal(counted("a0-:1", 10), 1);
	assert_int_equal(counted("i0:1", 3), 1);
	/* The same captcha for another request. */
	assert_int_equal(admit_usual("c1", true, ID_B), ADMIT_CAPTCHA);
	assert_int_equal(number("LLEN rentree:in:mail"), 1);
	assert_int_equal(counted("a0-:1", 10), 2);
	assert_int_equal(counted("i0:1", 3), 1);
}

static void
test_wrong_captcha(void **state)
{
	(void)state;
	assert_int_equal(admit_usual("c1", false, ID_A), ADMIT_CAPTCHA);
	assert_int_equal(counted("a0-:1", 10), 1);
	assert_int_equal(counted("i0:1", 3), 0);
	assert_in_range(number("TTL rentree:cap:c1"), 890, 900);
	/* It is used up: the right answer comes too late. */
	assert_int_equal(admit_usual("c1", true, ID_A), ADMIT_CAPTCHA);
	assert_int_equal(admit_usual("c1", false, ID_A), ADMIT_CAPTCHA);
	assert_int_equal(number("LLEN rentree:in:mail"), 0);
	assert_int_equal(counted("a0-:1", 10), 3);
	assert_int_equal(counted("i0:1", 3), 0);
	/* A wrong answer does not take back what a right one did. */
	assert_int_equal(admit_usual("c2", true, ID_A), ADMIT_DONE);
	assert_int_equal(admit_usual("c2", false, ID_A), ADMIT_CAPTCHA);
	assert_int_equal(admit_usual("c2", true, ID_A), ADMIT_DONE);
	assert_int_equal(number("LLEN rentree:in:mail"), 1);
}

static void
test_no_captcha(void **state)
{
	(void)state;
	assert_int_equal(admit_usual("", true, ID_A), ADMIT_DONE);
	assert_int_equal(admit_usual("", true, ID_B), ADMIT_DONE);
	assert_int_equal(admit_usual("", false, ID_B), ADMIT_CAPTCHA);
	assert_int_equal(number("LLEN rentree:in:mail"), 2);
	assert_int_equal(as_admin("KEYS rentree:cap:*").count, 0);
}

static void
test_refused_identity(void **state)
{
	struct limit_list limits = usual();
	struct limit_verdict verdict;
	char captcha[16];

	(void)state;
	for (int i = 0; i < 3; i++) {
		snprintf(captcha, sizeof(captcha), "c%d", i);
		assert_int_equal(
		    admit(&limits, captcha, true, ID_A, &verdict), ADMIT_DONE);
		assert_false(verdict.refused);
	}
	assert_int_equal(
	    admit(&limits, "c3", true, ID_A, &verdict), ADMIT_LIMITED);
	assert_true(verdict.refused);
	assert_int_equal(verdict.which, 1);
	assert_in_range(verdict.retry_after_s, 1100, 1200);
	assert_int_equal(counted("a0-:1", 10), 4);
	assert_int_equal(counted("n0:1", 5), 3);
	assert_int_equal(number("LLEN rentree:in:mail"), 3);
	/* The captcha was solved once, and that was its once. */
	assert_int_equal(admit_usual("c3", true, ID_A), ADMIT_CAPTCHA);
}

/* Nothing is left behind for a refused address, however often it comes. */
static void
test_refused_address(void **state)
{
	struct limit_list limits = {0};
	struct limit_verdict verdict;

	(void)state;
	add(&limits, "a0-:2", 1);
	add(&limits, "i0:2", 3);
	assert_int_equal(
	    admit(&limits, "c0", false, ID_A, &verdict), ADMIT_CAPTCHA);
	for (int right = 0; right < 2; right++) {
		assert_int_equal(
		    admit(&limits, "c1", right == 1, ID_A, &verdict),
		    ADMIT_LIMITED);
		assert_int_equal(verdict.which, 0);
		assert_in_range(verdict.retry_after_s, 3500, 3600);
	}
	assert_int_equal(number("EXISTS rentree:lim:i0:2"), 0);
	assert_int_equal(number("EXISTS rentree:cap:c1"), 0);
}

static void
test_full_queue(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "SET rentree:lim:waiting %d",
	    QUEUE_CAP - 1);
	as_admin(command);
	assert_int_equal(admit_usual("c1", true, ID_A), ADMIT_DONE);
	assert_int_equal(admit_usual("c2", true, ID_B), ADMIT_FULL);
	assert_int_equal(counted("a0-:1", 10), 2);
	/* The visitor comes back with the same form. */
	as_admin("SET rentree:lim:waiting 0");
	assert_int_equal(admit_usual("c2", true, ID_B), ADMIT_DONE);
	assert_int_equal(number("LLEN rentree:in:mail"), 2);
}

/* What take() moves on counts as waiting, until it is finished. */
static void
test_waiting_is_told(void **state)
{
	struct queue_item item;
	struct err err;

	(void)state;
	assert_int_equal(admit_usual("c1", true, ID_A), ADMIT_DONE);
	assert_int_equal(admit_usual("c2", true, ID_B), ADMIT_DONE);
	assert_int_equal(queue_take(admin, QUEUE_MAIL, 0, &arena, &item, &err),
	    LOOKUP_FOUND);
	assert_string_equal(as_admin("GET rentree:lim:waiting").bytes, "2");
	assert_int_equal(queue_finish(admin, &item, &err), LOOKUP_FOUND);
	assert_string_equal(as_admin("GET rentree:lim:waiting").bytes, "1");
}

/* At maxmemory: 503 for visitors, and nothing in the way of draining. */
static void
test_full_memory(void **state)
{
	struct limit_list limits = usual();
	struct admission admission = {.captcha_key = "c2",
	    .captcha_ttl_s = 900,
	    .captcha_right = true,
	    .address_checks = 1,
	    .limits = &limits,
	    .id = ID_B,
	    .envelope = "1|k|" ID_B "|x",
	    .len = 38};
	struct limit_verdict verdict;
	struct queue_item item;
	struct err err;

	(void)state;
	assert_int_equal(admit_usual("c1", true, ID_A), ADMIT_DONE);
	as_admin("CONFIG SET maxmemory 1");
	assert_int_equal(
	    queue_admit(web, &admission, &verdict, &err), ADMIT_FAILED);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_int_equal(
	    queue_put(admin, QUEUE_MAIL, ID_B, "x", 1, 0, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    queue_take(admin, QUEUE_MAIL, 0, &arena, &item, &err),
		    LOOKUP_FOUND);
		assert_string_equal(item.id, ID_A);
		if (i == 0)
			assert_int_equal(
			    queue_later(admin, &item, 0, &err), LOOKUP_FOUND);
	}
	assert_int_equal(
	    queue_hurry(admin, QUEUE_MAIL, ID_A, &err), LOOKUP_FOUND);
	assert_int_equal(queue_finish(admin, &item, &err), LOOKUP_FOUND);
	as_admin("CONFIG SET maxmemory 0");
	assert_int_equal(number("LLEN rentree:in:mail"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_admitted, empty),
	    cmocka_unit_test_setup(test_double_click, empty),
	    cmocka_unit_test_setup(test_wrong_captcha, empty),
	    cmocka_unit_test_setup(test_no_captcha, empty),
	    cmocka_unit_test_setup(test_refused_identity, empty),
	    cmocka_unit_test_setup(test_refused_address, empty),
	    cmocka_unit_test_setup(test_full_queue, empty),
	    cmocka_unit_test_setup(test_waiting_is_told, empty),
	    cmocka_unit_test_setup(test_full_memory, empty),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

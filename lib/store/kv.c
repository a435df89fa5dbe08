#include "lib/store/kv_internal.h"

#include <assert.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/resolve.h"
#include "lib/base/text.h"
#include "lib/store/store_conf.h"

/* --- life ---------------------------------------------------------------- */

struct kv *
kv_new(const struct redis_conf *conf, enum kv_role role, long timeout_ms)
{
	struct kv *kv = calloc(1, sizeof(*kv));

	if (kv == NULL)
		err_no_memory();
	kv->conf = conf;
	kv->role = role;
	kv->timeout_ms = timeout_ms;
	kv->breaker = &kv->own_breaker;
	kv->resolve = resolve_new();
	return kv;
}

void
kv_free(struct kv *kv)
{
	if (kv == NULL)
		return;
	kv_drop(kv);
	resolve_free(kv->resolve);
	free(kv);
}

void
kv_observe(struct kv *kv, const struct meter *meter)
{
	kv->meter = *meter;
}

/* --- arguments ----------------------------------------------------------- */

struct kv_arg
kv_text(const char *text)
{
	return (struct kv_arg){text, strlen(text)};
}

struct kv_arg
kv_number(char text[24], int64_t number)
{
	(void)snprintf(text, 24, "%" PRId64, number); /* 20 at most */
	return kv_text(text);
}

void
kv_key(const struct kv *kv, char key[KV_KEY], const char *fmt, ...)
{
	int prefix, name;
	va_list args;

	prefix = snprintf(key, KV_KEY, "%s:", kv->conf->prefix);
	assert(prefix > 0 && prefix < KV_KEY);
	va_start(args, fmt);
	name = vsnprintf(key + prefix, (size_t)(KV_KEY - prefix), fmt, args);
	va_end(args);
	assert(name >= 0 && name < KV_KEY - prefix);
}

/* --- sending and reading ------------------------------------------------- */

static int
fail_link(struct kv *kv, const char *what, struct err *err)
{
	err_set(err, ERR_UNAVAILABLE, "%s: %s", what, kv->link->errstr);
	kv_drop(kv);
	return -1;
}

int
kv_send(struct kv *kv, const struct kv_arg *args, size_t count, struct err *err)
{
	const char *words[KV_ARGS_MAX];
	size_t lengths[KV_ARGS_MAX];

	if (count == 0 || count > KV_ARGS_MAX)
		return err_set(
		    err, ERR_INTERNAL, "a command of %zu arguments", count);
	for (size_t i = 0; i < count; i++) {
		words[i] = args[i].bytes;
		lengths[i] = args[i].len;
	}
	if (redisAppendCommandArgv(kv->link, (int)count, words, lengths) !=
	    REDIS_OK)
		return fail_link(kv, "cannot send", err);
	return 0;
}

static int
flush(struct kv *kv, int64_t deadline_ms, struct err *err)
{
	int done = 0;

	for (;;) {
		if (redisBufferWrite(kv->link, &done) != REDIS_OK)
			return fail_link(kv, "cannot send", err);
		if (done)
			return 0;
		if (clock_mono_ms() >= deadline_ms) {
			kv_drop(kv);
			return err_set(err, ERR_UNAVAILABLE,
			    "Redis took no command in time");
		}
	}
}

/* 1: there is something to read; 0: not in time. */
static int
await_bytes(const struct kv *kv, int64_t deadline_ms)
{
	struct pollfd ear = {.fd = kv->link->fd, .events = POLLIN};
	int64_t left_ms;
	int ready;

	do {
		left_ms = deadline_ms - clock_mono_ms();
		if (left_ms < 0)
			left_ms = 0;
		ready = poll(
		    &ear, 1, left_ms < INT32_MAX ? (int)left_ms : INT32_MAX);
	} while (ready < 0 && errno == EINTR);
	return ready != 0;
}

enum lookup
kv_read(struct kv *kv, int64_t deadline_ms, struct redisReply **raw,
    struct err *err)
{
	void *found = NULL;

	if (flush(kv, deadline_ms, err) < 0)
		return LOOKUP_FAILED;
	for (;;) {
		if (redisGetReplyFromReader(kv->link, &found) != REDIS_OK) {
			fail_link(kv, "cannot understand Redis", err);
			return LOOKUP_FAILED;
		}
		*raw = found;
		if (found != NULL)
			return LOOKUP_FOUND;
		if (!await_bytes(kv, deadline_ms))
			return LOOKUP_ABSENT;
		if (redisBufferRead(kv->link) != REDIS_OK) {
			fail_link(kv, "the connection ended", err);
			return LOOKUP_FAILED;
		}
		if (kv->link->reader->len > KV_REPLY_MAX) {
			fail_link(kv, "an answer is too long", err);
			return LOOKUP_FAILED;
		}
		if (kv->link->reader->ridx > KV_DEPTH_MAX) {
			fail_link(kv, "an answer is too deep", err);
			return LOOKUP_FAILED;
		}
	}
}

int
kv_receive(struct kv *kv, int64_t deadline_ms, struct arena *arena,
    struct kv_reply *reply, struct err *err)
{
	struct redisReply *raw;

	switch (kv_read(kv, deadline_ms, &raw, err)) {
	case LOOKUP_FOUND:
		return kv_accept(kv, raw, arena, reply, err);
	case LOOKUP_ABSENT:
		/* The answer may still come, and would be the next one's. */
		kv_drop(kv);
		return err_set(
		    err, ERR_UNAVAILABLE, "Redis did not answer in time");
	case LOOKUP_FAILED:
		break;
	}
	return -1;
}

/* Every answer is read, also after a failure, so that none is left over. */
int
kv_exchange(struct kv *kv, const struct kv_batch_item *items, size_t count,
    struct arena *arena, struct kv_reply *replies, struct err *err)
{
	struct err later;
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		if (kv_send(kv, items[i].args, items[i].count, err) < 0) {
			kv_drop(kv);
			return -1;
		}
	for (size_t i = 0; i < count && kv->link != NULL; i++)
		if (kv_receive(kv, kv->until_ms, arena,
			replies != NULL ? &replies[i] : NULL,
			rc == 0 ? err : &later) < 0)
			rc = -1;
	return rc;
}

/* --- commands ------------------------------------------------------------ */

static int
connect_for_commands(struct kv *kv, struct err *err)
{
	if (kv->listening)
		return err_set(err, ERR_INTERNAL,
		    "a listening connection takes no commands");
	return kv_connect(kv, err);
}

static int
command_once(struct kv *kv, const struct kv_arg *args, size_t count,
    struct arena *arena, struct kv_reply *reply, struct err *err)
{
	const struct kv_batch_item item = {args, count};
	int64_t since_us = metrics_now_us();
	int rc;

	rc = connect_for_commands(kv, err);
	if (rc == 0)
		rc = kv_exchange(kv, &item, 1, arena, reply, err);
	meter_tell(&kv->meter, since_us, rc < 0);
	return rc;
}

static bool
is_call(const struct kv_arg *args)
{
	return args[0].len == 5 && memcmp(args[0].bytes, "FCALL", 5) == 0;
}

int
kv_command(struct kv *kv, const struct kv_arg *args, size_t count,
    struct arena *arena, struct kv_reply *reply, struct err *err)
{
	struct err missing;

	if (command_once(kv, args, count, arena, reply, err) == 0)
		return 0;
	/* A Redis that was emptied or replaced: the worker equips it anew.
	 * Equipping asks by commands that are no calls, so it ends, whatever
	 * comes back. */
	if (kv->role != KV_WORKER || !kv_is_missing_function(err) ||
	    !is_call(args) || kv_load_functions(kv, &missing) < 0)
		return -1;
	return command_once(kv, args, count, arena, reply, err);
}

int
kv_words(struct kv *kv, struct arena *arena, struct kv_reply *reply,
    struct err *err, ...)
{
	struct kv_arg args[KV_ARGS_MAX];
	const char *word;
	size_t count = 0;
	va_list words;

	va_start(words, err);
	while ((word = va_arg(words, const char *)) != NULL) {
		assert(count < KV_ARGS_MAX);
		args[count++] = kv_text(word);
	}
	va_end(words);
	return kv_command(kv, args, count, arena, reply, err);
}

int
kv_time(struct kv *kv, int64_t *ms, struct err *err)
{
	struct arena arena = {0};
	struct kv_reply reply;
	long seconds = 0, micros = 0;
	int rc;

	rc = kv_words(kv, &arena, &reply, err, "TIME", NULL);
	if (rc == 0 &&
	    (reply.type != KV_LIST || reply.count != 2 ||
		reply.items[0].type != KV_BYTES ||
		reply.items[1].type != KV_BYTES ||
		!text_to_long(
		    reply.items[0].bytes, 0, INT64_MAX / 1000000, &seconds) ||
		!text_to_long(reply.items[1].bytes, 0, 999999, &micros)))
		rc = err_set(err, ERR_INTERNAL, "TIME: strange answer");
	if (rc == 0)
		*ms = (int64_t)seconds * 1000 + micros / 1000;
	arena_reset(&arena);
	return rc;
}

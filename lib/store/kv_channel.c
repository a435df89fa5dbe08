#include "lib/store/kv_internal.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"

/* A peer that vanished without a word is found out by asking after it. */
enum { QUIET_MS = 2000 };

int
kv_subscribe(struct kv *kv, const char *channel, struct err *err)
{
	const struct kv_arg words[] = {kv_text("SUBSCRIBE"), kv_text(channel)};
	const struct kv_batch_item item = {words, COUNT_OF(words)};

	if (kv->listening)
		return err_set(err, ERR_INTERNAL, "already listening");
	if (kv_connect(kv, err) < 0 ||
	    kv_exchange(kv, &item, 1, NULL, NULL, err) < 0)
		return -1;
	kv->listening = true;
	kv->heard_ms = clock_mono_ms();
	kv->pinged_ms = 0;
	return 0;
}

static bool
is_word(const struct redisReply *reply, const char *word)
{
	return reply->type == REDIS_REPLY_STRING &&
	       strcmp(reply->str, word) == 0;
}

/* Confirmations and pongs are heard, and are not for the caller. */
static bool
is_message(const struct redisReply *raw)
{
	return raw->type == REDIS_REPLY_ARRAY && raw->elements == 3 &&
	       is_word(raw->element[0], "message") &&
	       raw->element[2]->type == REDIS_REPLY_STRING;
}

/* Asks a quiet connection whether it lives, and gives a dead one up. */
static int
check_pulse(struct kv *kv, struct err *err)
{
	const struct kv_arg ping = kv_text("PING");
	int64_t now_ms = clock_mono_ms();

	if (now_ms - kv->heard_ms < QUIET_MS)
		return 0;
	if (kv->pinged_ms == 0) {
		kv->pinged_ms = now_ms;
		return kv_send(kv, &ping, 1, err);
	}
	if (now_ms - kv->pinged_ms < kv->timeout_ms)
		return 0;
	kv_drop(kv);
	return err_set(err, ERR_UNAVAILABLE, "Redis does not answer any more");
}

/* One answer, or what is left of the time until the next look at the pulse. */
static enum lookup
hear(struct kv *kv, int64_t deadline_ms, struct redisReply **raw,
    struct err *err)
{
	int64_t pulse_ms = kv->pinged_ms != 0 ? kv->pinged_ms + kv->timeout_ms
					      : kv->heard_ms + QUIET_MS;
	enum lookup heard;

	heard = kv_read(
	    kv, deadline_ms < pulse_ms ? deadline_ms : pulse_ms, raw, err);
	if (heard == LOOKUP_FOUND) {
		kv->heard_ms = clock_mono_ms();
		kv->pinged_ms = 0;
	}
	return heard;
}

enum lookup
kv_listen(struct kv *kv, long wait_ms, struct arena *arena, const char **bytes,
    size_t *len, struct err *err)
{
	int64_t deadline_ms = clock_mono_ms() + wait_ms;
	struct redisReply *raw;
	enum lookup heard;
	bool is_for_caller;

	do {
		if (!kv->listening) {
			err_set(err, ERR_UNAVAILABLE, "not subscribed");
			return LOOKUP_FAILED;
		}
		if (check_pulse(kv, err) < 0)
			return LOOKUP_FAILED;
		heard = hear(kv, deadline_ms, &raw, err);
		if (heard == LOOKUP_FAILED)
			return heard;
		if (heard == LOOKUP_ABSENT)
			continue;
		is_for_caller = is_message(raw);
		if (is_for_caller) {
			*len = (size_t)raw->element[2]->len; /* never < 0 */
			*bytes = arena_dup_n(arena, raw->element[2]->str, *len);
		}
		freeReplyObject(raw);
		if (is_for_caller)
			return LOOKUP_FOUND;
	} while (clock_mono_ms() < deadline_ms);
	return LOOKUP_ABSENT;
}

static enum lookup
read_popped(const struct kv_reply *reply, const char **bytes, size_t *len,
    struct err *err)
{
	if (reply->type == KV_NIL)
		return LOOKUP_ABSENT;
	if (reply->type != KV_LIST || reply->count != 2 ||
	    reply->items[1].type != KV_BYTES) {
		err_set(err, ERR_INTERNAL, "BLPOP: strange answer");
		return LOOKUP_FAILED;
	}
	*bytes = reply->items[1].bytes;
	*len = reply->items[1].len;
	return LOOKUP_FOUND;
}

enum lookup
kv_pop(struct kv *kv, const char *list, long wait_ms, struct arena *arena,
    const char **bytes, size_t *len, struct err *err)
{
	struct kv_arg words[] = {kv_text("BLPOP"), kv_text(list), {0}};
	struct kv_reply reply;
	char seconds[32];

	if (kv->listening) {
		err_set(err, ERR_INTERNAL,
		    "a listening connection takes no commands");
		return LOOKUP_FAILED;
	}
	if (wait_ms < 1)
		wait_ms = 1; /* 0 would be for ever */
	(void)snprintf(seconds, sizeof(seconds), "%ld.%03ld", wait_ms / 1000,
	    wait_ms % 1000);
	words[2] = kv_text(seconds);
	if (kv_connect(kv, err) < 0 ||
	    kv_send(kv, words, COUNT_OF(words), err) < 0 ||
	    kv_receive(kv, kv->until_ms + wait_ms, arena, &reply, err) < 0)
		return LOOKUP_FAILED;
	return read_popped(&reply, bytes, len, err);
}

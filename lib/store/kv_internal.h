/*
 * kv_internal - what the files of kv share, and nobody else.
 *
 * hiredis keeps the bytes; the clock is ours: every read waits in poll(2) for
 * what is left until a deadline, so that a peer that drips cannot stretch it.
 */
#ifndef LIB_STORE_KV_INTERNAL_H
#define LIB_STORE_KV_INTERNAL_H

#include <stdatomic.h>

#include "lib/base/metrics.h"
#include "lib/store/kv.h"

struct redisContext;
struct redisReply;
struct resolve;

enum { KV_REPLY_MAX = 16 * 1024 * 1024 };

/* Lists in lists: our functions answer with two. What is deeper is no answer
 * of theirs. */
enum { KV_DEPTH_MAX = 7 };

/* Until when nobody tries to connect; a pool has one for all. */
struct kv_breaker {
	_Atomic int64_t until_ms;
};

struct kv {
	const struct redis_conf *conf;
	enum kv_role role;
	long timeout_ms;
	struct meter meter;
	int64_t until_ms; /* when the call under way must be over */
	struct kv_breaker *breaker;
	struct kv_breaker own_breaker;
	struct resolve *resolve;
	struct redisContext *link; /* NULL: not connected */
	bool listening;
	int64_t heard_ms;  /* listening: when something last came */
	int64_t pinged_ms; /* and when we asked after it, 0 = not yet */
};

/* Starts the time of a call, and connects unless connected; a connection that
 * ended meanwhile is replaced. */
int kv_connect(struct kv *kv, struct err *err) MUST_CHECK;
void kv_drop(struct kv *kv);

int kv_send(struct kv *kv, const struct kv_arg *args, size_t count,
    struct err *err) MUST_CHECK;
/* The next answer. LOOKUP_ABSENT: not within the deadline, and the connection
 * stays as it is; LOOKUP_FAILED: it is broken and was dropped. */
enum lookup kv_read(struct kv *kv, int64_t deadline_ms, struct redisReply **raw,
    struct err *err) MUST_CHECK;
/* Copies raw and frees it; -1 when it is an error answer. */
int kv_accept(struct kv *kv, struct redisReply *raw, struct arena *arena,
    struct kv_reply *reply, struct err *err) MUST_CHECK;
/* kv_read() and kv_accept(): too late is a failure and drops. */
int kv_receive(struct kv *kv, int64_t deadline_ms, struct arena *arena,
    struct kv_reply *reply, struct err *err) MUST_CHECK;

/* Several commands, one round trip, in the time that kv_connect() started;
 * replies is NULL when only success counts. Does not connect. */
int kv_exchange(struct kv *kv, const struct kv_batch_item *items, size_t count,
    struct arena *arena, struct kv_reply *replies, struct err *err) MUST_CHECK;

/* The answer to a call of a function that Redis does not have. */
bool kv_is_missing_function(const struct err *err);

#endif

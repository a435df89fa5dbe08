/*
 * kv - a connection to Redis: one command, one answer, one deadline.
 *
 * A kv belongs to one thread at a time. It connects when first used, and again
 * after a failure; every call ends within its timeout, and looking the name up,
 * connecting and logging in take their time from it. (Equipping a Redis that
 * lost our functions takes as long again for each command, and so does a peer
 * that takes nothing in while a long command is sent.) After a failed
 * connect it answers ERR_UNAVAILABLE at once for a moment (a breaker of
 * KV_BREAK_MS), so that a dead Redis cannot fill the house with waiting
 * threads; the connections of a pool share it. A command whose answer was
 * lost may have been done: functions are written so that doing them twice is
 * safe. SIGPIPE must be ignored by the process.
 *
 * Everything that is more than one command is a Redis function, in the
 * libraries "rentree" and "rentree_token" (lib/store/<name>.lua, carried in
 * the program as functions_embedded). The worker or a deploy login loads them,
 * and a worker that meets a Redis without them loads them again.
 *
 * Not protected: hiredis frees what it sent (the password of AUTH) without
 * wiping it.
 *
 * kv_command() is the only verb: arguments are counted byte strings, answers
 * are copied into the arena.
 */
#ifndef LIB_STORE_KV_H
#define LIB_STORE_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

struct arena;
struct err;
struct redis_conf;

enum { KV_BREAK_MS = 500, KV_ARGS_MAX = 64, KV_KEY = 160 };

struct kv;

enum kv_role { KV_WEB, KV_WORKER, KV_CLI };

enum kv_type { KV_NIL, KV_STATUS, KV_INTEGER, KV_BYTES, KV_LIST };

struct kv_reply {
	enum kv_type type;
	int64_t integer;
	const char *bytes; /* NUL-terminated beyond len */
	size_t len;
	struct kv_reply *items;
	size_t count;
};

struct kv_arg {
	const void *bytes;
	size_t len;
};

/* conf must outlive the kv. Does not connect yet. */
struct kv *kv_new(
    const struct redis_conf *conf, enum kv_role role, long timeout_ms);
void kv_free(struct kv *kv);
/* Where its commands are told (lib/base/metrics.h). */
struct meter;
void kv_observe(struct kv *kv, const struct meter *meter);

/*
 * Sends args and waits for the answer. An error answer of Redis is
 * ERR_INTERNAL, or ERR_UNAVAILABLE for LOADING, MASTERDOWN, READONLY, OOM,
 * MISCONF, NOAUTH, WRONGPASS, NOPERM and a missing function.
 */
int kv_command(struct kv *kv, const struct kv_arg *args, size_t count,
    struct arena *arena, struct kv_reply *reply, struct err *err) MUST_CHECK;

/* For simple commands: NULL-terminated texts. */
int kv_words(struct kv *kv, struct arena *arena, struct kv_reply *reply,
    struct err *err, ...) ENDS_WITH_NULL MUST_CHECK;

/*
 * Several commands in one round trip; replies[i] for each, -1 when one failed.
 * Atomic: as one function, which nobody comes between and which a Redis at
 * maxmemory lets through; what stands before a command that fails is done.
 * All commands and their words together are at most KV_ARGS_MAX - 3 then.
 */
struct kv_batch_item {
	const struct kv_arg *args;
	size_t count;
};
int kv_batch(struct kv *kv, const struct kv_batch_item *items, size_t count,
    bool atomic, struct arena *arena, struct kv_reply *replies,
    struct err *err) MUST_CHECK;

/*
 * Subscribing turns the connection into a listener; only kv_listen() works on
 * it then. LOOKUP_ABSENT: nothing within wait_ms. LOOKUP_FAILED: the
 * connection is gone (also a peer that fell silent), subscribe again.
 */
int kv_subscribe(
    struct kv *kv, const char *channel, struct err *err) MUST_CHECK;
enum lookup kv_listen(struct kv *kv, long wait_ms, struct arena *arena,
    const char **bytes, size_t *len, struct err *err) MUST_CHECK;

/* Blocking pop from one list; LOOKUP_ABSENT when wait_ms is over. */
enum lookup kv_pop(struct kv *kv, const char *list, long wait_ms,
    struct arena *arena, const char **bytes, size_t *len,
    struct err *err) MUST_CHECK;

/* "<prefix>:<name>" into key. That it fits is the caller's to know: names are
 * of our making, and a prefix has at most 32 characters. */
void kv_key(const struct kv *kv, char key[KV_KEY], const char *fmt, ...)
    PRINTF_LIKE(3, 4);

struct kv_arg kv_text(const char *text);
/* A number as an argument; text is the caller's room. */
struct kv_arg kv_number(char text[24], int64_t number);

/* Redis TIME, milliseconds. */
int kv_time(struct kv *kv, int64_t *ms, struct err *err) MUST_CHECK;

/* Loads the function library when it is missing or another version. */
int kv_load_functions(struct kv *kv, struct err *err) MUST_CHECK;
/* Is our version there? ERR_UNAVAILABLE says what to do. The web's login may
 * not look: for it, is there any? */
int kv_check_functions(struct kv *kv, struct err *err) MUST_CHECK;

/* A failure of this module in one word, for those who may not read the text of
 * it: "unreachable", "refused", "unprepared", "full", "busy" or "no-master". */
const char *kv_class(const struct err *err);

/* A fixed set of connections for the threads of the web process. */
struct kv_pool;
struct kv_pool *kv_pool_new(const struct redis_conf *conf, enum kv_role role,
    size_t size, long timeout_ms);
void kv_pool_free(struct kv_pool *pool);
void kv_pool_observe(struct kv_pool *pool, const struct meter *meter);
/* Waits at most wait_ms for a free one; NULL with ERR_UNAVAILABLE then. */
struct kv *kv_pool_take(struct kv_pool *pool, long wait_ms, struct err *err);
void kv_pool_give(struct kv_pool *pool, struct kv *kv);

#endif

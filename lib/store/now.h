/*
 * now - asking the worker something while the visitor waits.
 *
 * The sealed request is published on "<prefix>:now" and so never stored: no
 * password reaches Redis' files, replicas or backups. Nobody listening is
 * ERR_UNAVAILABLE at once. Every listening worker thread hears it; the one
 * that wins SET got:<id> NX does it, at most once, and not when it is over
 * NOW_STALE_MS old. The answer is a secretbox under the key that travelled in
 * the request, padded, pushed with a NOW_REPLY_TTL_S expiry to the list
 * "<prefix>:re:<process>", which one reader thread takes from and hands out.
 *
 *     <id>|<24 bytes nonce><secretbox of the answer, padded>
 *
 * A damaged answer is dropped, and so is one that nobody waits for any more.
 * The id's mark lives NOW_GOT_MS: longer than a published request can pass for
 * fresh, however wrong (within ENVELOPE_SKEW_MS) the asker's clock is.
 *
 * At most NOW_WAITING_MAX visitors wait in a process; waiting never holds a
 * connection of the pool.
 */
#ifndef LIB_STORE_NOW_H
#define LIB_STORE_NOW_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/store/envelope.h"

struct arena;
struct err;
struct kv;
struct kv_pool;
struct redis_conf;

enum {
	NOW_WAITING_MAX = 64,
	NOW_STALE_MS = 4000,
	NOW_WAIT_MS = 8000, /* what a visitor waits at most */
	NOW_REPLY_TTL_S = 10,
	NOW_REPLY_PADDED = 4096, /* an answer is shorter than that */
	NOW_GOT_MS = 2 * ENVELOPE_SKEW_MS,
	NOW_PAUSE_MS = 500, /* before a lost connection is tried again */
	NOW_PROCESS = 33,   /* name of a process: 32 hexadecimal digits */
};

/* --- the web process ----------------------------------------------------- */

struct now_client;

/*
 * Starts the reader thread. conf and pool outlive the client, sealer is
 * copied; NULL when no thread can be started. Threads: any number may ask.
 */
struct now_client *now_client_new(const struct redis_conf *conf,
    struct kv_pool *pool, const struct envelope_sealer *sealer);
/* Ends the thread; answers still awaited fail with ERR_UNAVAILABLE. */
void now_client_free(struct now_client *client);

/*
 * Seals kind and payload, publishes, waits. *reply lives in arena.
 * ERR_UNAVAILABLE: nobody listens, too many wait, or no answer in time (the
 * act may then have happened).
 */
int now_ask(struct now_client *client, enum request_kind kind,
    const void *payload, size_t len, struct arena *arena, const void **reply,
    size_t *reply_len, struct err *err) MUST_CHECK;

/* --- the worker ---------------------------------------------------------- */

struct now_server;

/* Two connections: one listens, kv (the caller's) answers. One server belongs
 * to one thread; conf outlives it. Subscribes when first used, and again after
 * a failure. */
struct now_server *now_server_new(const struct redis_conf *conf);
void now_server_free(struct now_server *server);

/*
 * The next request that this thread won, opened. LOOKUP_ABSENT: none within
 * wait_ms, or lost, stale or damaged ones only (damaged are logged).
 * LOOKUP_FAILED comes after a pause of at most NOW_PAUSE_MS: a caller that
 * simply calls again does not spin.
 */
enum lookup now_next(struct now_server *server, struct kv *kv,
    const struct envelope_opener *opener, long wait_ms, struct arena *arena,
    struct envelope *envelope, struct err *err) MUST_CHECK;

/* ERR_INTERNAL when the answer is NOW_REPLY_PADDED bytes or longer. */
int now_reply(struct kv *kv, const struct envelope *envelope, const void *reply,
    size_t len, struct err *err) MUST_CHECK;

#endif

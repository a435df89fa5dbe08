/*
 * queue - requests that must not be lost, in Redis, sealed.
 *
 * Four functions are the whole mechanism (lib/store/rentree.lua):
 *   admit   (web)  limits tested and counted, captcha used up, RPUSH. The same
 *                  request again is success without effect.
 *   take           new requests get a random moment within jitter_ms; then the
 *                  oldest that is due. Its lease starts, its attempt number
 *                  goes up. Done or unknown ids are dropped.
 *   later, finish  do nothing when another attempt holds the request (fence).
 * and put, for what the worker (intents) and the operator (invitations) queue.
 *
 * Keys, all below the prefix: in:<lane> (list), due:<lane> (sorted set, ms),
 * req (hash id -> attempt, losses, lane, time; id:e -> envelope), age, held,
 * done:<id> for QUEUE_DONE_S, dead (sorted set) after QUEUE_LOSSES_MAX leases
 * in a row that ran out without later() or finish(). A dead request is
 * forgotten after 30 days.
 *
 * A worker killed anywhere is nothing special: the lease runs out and the next
 * one takes it. A Redis at maxmemory refuses admit and put (writes marked so)
 * and still drains: take, later and finish carry allow-oom.
 *
 * Nothing here opens an envelope; ids are 32 hexadecimal digits.
 */
#ifndef LIB_STORE_QUEUE_H
#define LIB_STORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/store/limiter.h"

struct arena;
struct err;
struct kv;

enum {
	QUEUE_ID = 33,
	QUEUE_CAP = 200000,     /* requests waiting; beyond: 503 */
	QUEUE_LEASE_MS = 90000, /* above the sum of all deadlines */
	QUEUE_JITTER_MS = 3000,
	QUEUE_LOSSES_MAX = 8,
	QUEUE_DONE_S = 25 * 3600,
	QUEUE_PACE_HALF_S = 60,
};

enum queue_lane { QUEUE_MAIL, QUEUE_BULK };

struct admission {
	const char
	    *captcha_key; /* name of the captcha ("" = none): single use */
	long captcha_ttl_s;
	bool captcha_right;    /* false: use it up, count addresses, refuse */
	size_t address_checks; /* how many of limits are about the address */
	const struct limit_list *limits;
	const char *id;       /* QUEUE_ID */
	const void *envelope; /* len 0: nothing is queued */
	size_t len;
};

enum admit_result {
	ADMIT_FAILED = -1,
	ADMIT_DONE,    /* queued now or before (double click) */
	ADMIT_CAPTCHA, /* wrong or already used */
	ADMIT_LIMITED, /* verdict says which and how long */
	ADMIT_FULL,
};

enum admit_result queue_admit(struct kv *kv, const struct admission *admission,
    struct limit_verdict *verdict, struct err *err) MUST_CHECK;

/* How many answered captchas a minute admit let through lately, all forms and
 * all web processes together; a peak is half forgotten after
 * QUEUE_PACE_HALF_S. Wrong answers and refused addresses do not count. */
int queue_pace(struct kv *kv, long *per_minute, struct err *err) MUST_CHECK;

/* Queues without limits, due in delay_ms (negative: before others that are due
 * already); the same id again has no effect. */
int queue_put(struct kv *kv, enum queue_lane lane, const char *id,
    const void *envelope, size_t len, long delay_ms,
    struct err *err) MUST_CHECK;

struct queue_item {
	char id[QUEUE_ID];
	uint32_t attempt; /* the fence */
	const void *envelope;
	size_t len;
};

enum lookup queue_take(struct kv *kv, enum queue_lane lane, long jitter_ms,
    struct arena *arena, struct queue_item *item, struct err *err) MUST_CHECK;

/* LOOKUP_ABSENT: another attempt holds it now; nothing was done. */
enum lookup queue_later(struct kv *kv, const struct queue_item *item,
    long delay_ms, struct err *err) MUST_CHECK;
enum lookup queue_finish(
    struct kv *kv, const struct queue_item *item, struct err *err) MUST_CHECK;
/* Makes a request due now (an intent whose act is done). No fence: it only
 * brings the moment forward. ABSENT: it waits no more, and nobody has it. */
enum lookup queue_hurry(struct kv *kv, enum queue_lane lane, const char *id,
    struct err *err) MUST_CHECK;

struct queue_state {
	int64_t mail_waiting, bulk_waiting; /* with those under a lease */
	int64_t held;                       /* under a lease */
	int64_t dead;
	/* Age of the oldest, 0 when empty. Of what no worker has looked at, at
	 * most this: since when the list of mails has not been empty. */
	int64_t oldest_ms;
	/* The same by lane. Of a lane that stands behind hundreds of the other,
	 * at most this. */
	int64_t mail_oldest_ms, bulk_oldest_ms;
};
int queue_state(
    struct kv *kv, struct queue_state *state, struct err *err) MUST_CHECK;

struct queue_entry {
	char id[QUEUE_ID];
	bool dead;
	enum queue_lane lane;
	uint32_t attempt, losses;
	int64_t age_ms; /* -1: no worker has looked at it yet */
	int64_t due_in_ms;
};
/* The dead, then by age; max at most. */
int queue_list(struct kv *kv, bool only_dead, size_t max, struct arena *arena,
    struct queue_entry **entries, size_t *count, struct err *err) MUST_CHECK;
/* Operator: dead (or any) ids back to work, or away for good. A running lease
 * is left alone by retry. */
enum lookup queue_retry(
    struct kv *kv, const char *id, struct err *err) MUST_CHECK;
enum lookup queue_drop(
    struct kv *kv, const char *id, struct err *err) MUST_CHECK;

#endif

/*
 * lock - one attempt at a time per account: <prefix>:lock:<entryUUID>.
 *
 * Owner-released and with an end of its own (a killed owner's lock runs out).
 * The lock orders the work; what protects a write is the assertion or the
 * re-check that goes with it.
 *
 * The notices of an intent (lib/flow/intent.h) may outlast it: they wait for
 * other people's relays. That is harmless: they write nothing to the account,
 * the steps before them may be done twice, and each notice is flagged by
 * request (flag:<id>:<word>), so that a repeat sends what is flagged no more.
 */
#ifndef LIB_STORE_LOCK_H
#define LIB_STORE_LOCK_H

#include "lib/base/base.h"

struct err;
struct kv;

enum { LOCK_MS = 30000, LOCK_OWNER = 33 };

struct lock {
	char uuid[37];
	char owner[LOCK_OWNER];
};

/* LOOKUP_ABSENT: held by another; waits up to wait_ms for it. */
enum lookup lock_take(struct kv *kv, const char *uuid, long wait_ms,
    struct lock *lock, struct err *err) MUST_CHECK;
/* Failure is harmless: the lock ends by itself. */
void lock_give(struct kv *kv, const struct lock *lock);

#endif

/*
 * quota - how much somebody may do in any hour.
 *
 * Strict, unlike the limits (limiter.h): never more than max in any period,
 * whenever it begins. Whoever is counted is known to us (an operator), so the
 * name is no hash; and the key is not among those that the web process may
 * write, which could otherwise wipe it.
 */
#ifndef LIB_STORE_QUOTA_H
#define LIB_STORE_QUOTA_H

#include <stdint.h>

#include "lib/base/base.h"

struct err;
struct kv;

struct quota {
	const char *name; /* below "<prefix>:quota:" */
	const char *id;   /* of what is done: counted once */
	long max;
	int64_t period_ms;
};

struct quota_verdict {
	long used;       /* with this one, when it may */
	int64_t wait_ms; /* until one more may, when it may not */
};

/* FOUND: it may, and is counted. ABSENT: it may not. */
enum lookup quota_count(struct kv *kv, const struct quota *quota,
    struct quota_verdict *verdict, struct err *err) MUST_CHECK;

#endif

/*
 * limiter_look - the counters as the operator sees them, and may clear them.
 *
 * A counter is a keyed hash and tells nobody whose it is, so they are counted
 * by what they count ("address", "identity"), never listed one by one. A
 * counter that is refilled is gone: there are as many as were used lately.
 *
 * Redis is walked a page at a time; what comes or goes meanwhile may be missed.
 * Clearing gives everybody the whole of their budget back: also those whom the
 * limit was right to stop.
 */
#ifndef LIB_STORE_LIMITER_LOOK_H
#define LIB_STORE_LIMITER_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

struct err;
struct kv;
struct limits_conf;

enum { LIMITER_GROUPS_MAX = 16 };

struct limiter_group {
	const char *name; /* "address"; "other" for what this program is too
			   * old to know */
	const char *key;  /* of [limits], or NULL: fixed */
	int64_t counters;
	int64_t used_up;     /* the next one would be refused; -1 = not known */
	int64_t refilled_ms; /* until the last of them is */
};

/* All groups, those without a counter too, in a fixed order. Which addresses
 * are a school's cannot be told from a counter: they are judged by the lower
 * rate. Returns how many groups. */
struct limiter_view {
	struct limiter_group groups[LIMITER_GROUPS_MAX];
	size_t count;
};

int limiter_look(struct kv *kv, const struct limits_conf *conf,
    struct limiter_view *view, struct err *err) MUST_CHECK;

bool limiter_has_group(const char *name);
/* The names, separated by ", ". */
const char *limiter_group_names(void);

/* Clears the counters of a group (NULL: of all). */
int limiter_clear(struct kv *kv, const char *group, int64_t *cleared,
    struct err *err) MUST_CHECK;

#endif

/*
 * newest - is this the newest request of its kind for an account?
 *
 * A sorted set per purpose remembers when each account was last asked for,
 * for NEWEST_KEEP_MS. An older request that comes late (a retry, an outage)
 * ends without a mail, so it cannot end the newer one's link.
 */
#ifndef LIB_FLOW_NEWEST_H
#define LIB_FLOW_NEWEST_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/store/token.h"

struct err;
struct hands;

enum { NEWEST_KEEP_MS = 25 * 3600 * 1000 };

/* FOUND: yes. ABSENT: a newer one was asked. With remember it counts from now
 * on: for a request that is entitled to its mail, and for no other, or an
 * older one that waits would end for nothing. */
enum lookup newest_is(struct hands *hands, enum token_purpose purpose,
    const char *uuid, int64_t asked_ms, bool remember,
    struct err *err) MUST_CHECK;

/* When the newest one was asked; 0 = none within NEWEST_KEEP_MS or so. */
int newest_asked(struct hands *hands, enum token_purpose purpose,
    const char *uuid, int64_t *asked_ms, struct err *err) MUST_CHECK;

#endif

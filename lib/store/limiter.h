/*
 * limiter - how often something may happen, whoever it is about.
 *
 * GCRA (the "leaky bucket as a meter" of ITU-T I.371): one number per key, the
 * theoretical arrival time; burst events at once, refilled evenly over the
 * period. Keys are keyed hashes of the submitted value, known to the directory
 * or not, so a counter never tells that somebody exists.
 *
 * A check list is walked in order and stops at the first refusal: no key is
 * made for what comes after it (no identity key for a refused address), nor for
 * what is of the same class (no /64 key when its /48 is refused).
 * Identity keys have LIMITER_IDENTITY_BITS bits: their number is bounded, and
 * two people may share one (their budget is then shared: burst is per key).
 * Retry-After of an identity limit is a constant, so it tells nothing of
 * others.
 */
#ifndef LIB_STORE_LIMITER_H
#define LIB_STORE_LIMITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/base/net.h"
#include "lib/base/secret.h"
#include "lib/store/store_conf.h"

struct err;
struct kv;

enum {
	LIMITER_IDENTITY_BITS = 22,
	LIMITER_KEY = 64,
	LIMITER_CHECKS_MAX = 12,
	/* An IPv6 /48 may do as much as this many of its /64. */
	LIMITER_NET48_FACTOR = 4,
};

struct limit_check {
	char name[LIMITER_KEY]; /* after "<prefix>:lim:" */
	struct conf_rate rate;
	long constant_retry_s; /* 0 = the true one */
};

struct limit_list {
	struct limit_check checks[LIMITER_CHECKS_MAX];
	size_t count;
};

/* The client's address: "a:<hash>", IPv6 as its /64 and then its /48; school
 * networks by their higher class. key is the limiter key (32 bytes). */
void limiter_add_address(struct limit_list *list,
    const unsigned char key[SECRET_KEY], const struct limits_conf *conf,
    const struct net_address *client);
/* A submitted value ("i" identity, "n" number, "m" mailbox …), 22 keyed bits.
 * Each rate of rates is one check, and one step of its refill is the constant
 * Retry-After. The list must have room: limits_conf_check() sees to it. */
void limiter_add_value(struct limit_list *list,
    const unsigned char key[SECRET_KEY], const char *class_name,
    const struct conf_rates *rates, const void *value, size_t len);

struct limit_verdict {
	bool refused;
	size_t which;       /* index of the refusing check */
	long retry_after_s; /* >= 1 when refused */
};

/* Tests and counts, one round trip. as_worker uses the allow-oom twin. */
int limiter_count(struct kv *kv, const struct limit_list *list, bool as_worker,
    struct limit_verdict *verdict, struct err *err) MUST_CHECK;

#endif

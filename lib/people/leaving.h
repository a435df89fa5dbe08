/*
 * leaving - how an account comes to its end, one step at a time.
 *
 *     A:SupannActif --absent twice, or fin--> A:SupannSursis
 *                   --grace is over--> I:SupannInactif
 *                   <--listed again--
 *
 * "Absent" is not "left": a complete feed that does not list somebody is noted
 * (rentreeAbsentSince), and only another one at least LEAVING_AGAIN_MS later
 * opens the grace period, unless an end date has passed that a feed had told.
 * Another one was written in a later second than the absence was noted: the
 * same file read twice says nothing twice. (A file copied without its time
 * looks new; what wrote it nobody knows.) Grace counts
 * from that date, or from the day the absence was noted. Nobody takes
 * two steps in one run, grace is a day at least, and nothing here deletes. A
 * suspended account (S:*) and a state nobody can read are left as they are.
 *
 * Pure: the time is an argument. Moments are ms since 1970, 0 = none.
 */
#ifndef LIB_PEOPLE_LEAVING_H
#define LIB_PEOPLE_LEAVING_H

#include <stdbool.h>
#include <stdint.h>

/* features.md 5.5: two feeds at least a day apart. */
#define LEAVING_AGAIN_MS (24 * 3600 * INT64_C(1000))

struct provision_conf;

struct leaving_facts {
	const char *state; /* rentreeState; NULL or "" = none */
	int64_t end_ms;    /* rentreeStateEnd */
	int64_t absent_ms; /* rentreeAbsentSince */
	bool listed;       /* a row is about this person */
	int64_t until_ms;  /* fin of that row */
	int64_t grace_ms;
	int64_t feed_ms; /* what does not list them was written; 0 = now */
};

enum leaving_step {
	LEAVING_NONE,
	LEAVING_NOTED, /* the first absence */
	LEAVING_STALE, /* nothing: the second is the first feed again */
	LEAVING_GRACE, /* to A:SupannSursis */
	LEAVING_OVER,  /* to I:SupannInactif */
	LEAVING_BACK,  /* from either to A:SupannActif */
};

/* What the account is to say now; equal to the facts where nothing changes. */
struct leaving {
	enum leaving_step step;
	const char *state;
	int64_t end_ms, absent_ms;
};

struct leaving leaving_next(const struct leaving_facts *facts, int64_t now_ms);

/* Somebody new whose row says fin. */
struct leaving leaving_new(int64_t until_ms, int64_t grace_ms, int64_t now_ms);

/* The longest grace of any of these kinds, NULL-terminated. */
int64_t leaving_grace_ms(
    const struct provision_conf *conf, const char *const *kinds);

/* Is this the state of grace? */
bool leaving_is_grace(const char *state);
/* A:*, and not grace; or none at all. */
bool leaving_is_active(const char *state);

/*
 * Which warning is due for an account that closes at end_ms: 30, 10 or 1 days
 * before, 0 = none. told: the smallest one that was sent for that end already,
 * 0 = none. Warnings that were missed are not made up for.
 */
int leaving_warning(int64_t end_ms, int told, int64_t now_ms);

#endif

/*
 * signin - is this the person's current password, asked of the directory.
 *
 * FOUND only for a known, active account and the right password. Everything
 * else is ABSENT, and costs the same: a login nobody has, an account that is
 * closed, one that was never activated, and one whose tries are used up bind
 * to a decoy instead (directory.h). The same number of questions goes to the
 * directory and to Redis for all of them, so that a slow one tells nothing
 * either. The visitor gets one sentence for all of them; the audit tells them
 * apart.
 *
 * Tries are counted per submitted name and per account, over all its names.
 * They stay below the directory's pwdMaxFailure, so that nobody locks somebody
 * out from here; the web process counts the name too, and says so when it is
 * too much, but a stolen one would not.
 */
#ifndef LIB_FLOW_SIGNIN_H
#define LIB_FLOW_SIGNIN_H

#include "lib/base/base.h"
#include "lib/base/conf.h"

enum { SIGNIN_NAME_MAX = 254 };

struct arena;
struct err;
struct hands;
struct person;

/* At most nine binds in any 15 minutes; suggested pwdMaxFailure: 10. */
extern const struct conf_rates signin_rates;

struct signin {
	const char *name;     /* login or mail address, as signin_name() */
	const char *password; /* as typed */
	const char *event;    /* of the audit line when it is refused */
	const char *ref;
};

struct asker;
struct limit_list;

/* The check of a typed name, known or not, for asker_admit(). */
void signin_limits(
    const struct asker *asker, const char *name, struct limit_list *list);

/* What was typed, trimmed and in lower case; NULL when it is empty or longer
 * than any name. */
const char *signin_name(struct arena *arena, const char *typed);

/* Bytes that are no text, or too many, are nobody's password: they go on as
 * one that is wrong, and take as long. */
const char *signin_password(const char *typed);

enum lookup signin_check(struct hands *hands, const struct signin *signin,
    struct person *person, struct err *err) MUST_CHECK;

#endif

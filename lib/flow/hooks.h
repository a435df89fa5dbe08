/*
 * hooks - what the operator wants to happen after a password change, and when
 * an account was closed or opened again (expel.h).
 *
 * sogo_memcached: the account's keys "<name>+attributes" are deleted on every
 * server named, so that SOGo forgets the old password and the sessions made
 * with it at once instead of within five minutes. A name is whatever somebody
 * may have typed to log in: the login, the login at each domain of ours, every
 * mail address and alias. Done at once, by the intent, and again by an errand
 * when a server did not answer.
 *
 * after_password_change: a program, run by the runner (runner.h) as an errand
 * of its own: one JSON object on its standard input (id, event, login, mails,
 * ref), never a password, and nothing secret in argv or environment. event is
 * "password-changed", "account-suspended" or "account-resumed".
 *
 * An errand that fails is repeated with the usual back-off, until
 * ERRAND_LIFE_MS is over: at least once, then, and perhaps twice (a worker may
 * die after the program ran); id is the same each time. What is given up is an
 * error in the log and a line in the audit.
 */
#ifndef LIB_FLOW_HOOKS_H
#define LIB_FLOW_HOOKS_H

#include "lib/base/base.h"
#include "lib/flow/errand.h"

enum { HOOKS_TIMEOUT_MS = 10000, HOOKS_MEMCACHED_MS = 1500 };

struct err;
struct hands;
struct person;

/* After the change that the intent id is about: what cannot wait is done, and
 * what may fail is queued; asked again with the same id, it is queued once.
 * errand says who it is about. -1: Redis is away. */
int hooks_after_change(struct hands *hands, const struct person *person,
    const struct errand *about, const char *id, struct err *err) MUST_CHECK;

/* The same after the account was closed (ERRAND_RUN_CLOSED) or opened again
 * (ERRAND_RUN_OPENED), which the request id told. */
int hooks_after_state(struct hands *hands, const struct person *person,
    const struct errand *about, enum errand_what what, const char *id,
    struct err *err) MUST_CHECK;

/* The errands. 0 also when nothing is configured (any more). */
int hooks_forget(struct hands *hands, const struct person *person,
    struct err *err) MUST_CHECK;
int hooks_run(struct hands *hands, const struct person *person,
    const struct errand *errand, const char *id, struct err *err) MUST_CHECK;

#endif

/*
 * hooks - what the operator wants to happen after a password change.
 *
 * after_password_change: a program, started without a shell and with an empty
 * environment (PATH, LANG only); one JSON object on its standard input: event,
 * login, mails. Never a password, and nothing secret in argv or environment.
 * It has HOOKS_TIMEOUT_MS, then it is killed.
 *
 * sogo_memcached: the account's keys "<name>+attributes" (uid and every mail
 * address) are deleted, so that SOGo forgets the old password and the sessions
 * made with it at once instead of within five minutes.
 *
 * Best effort: a failure is an error in the log, never the visitor's problem.
 */
#ifndef LIB_FLOW_HOOKS_H
#define LIB_FLOW_HOOKS_H

#include "lib/base/base.h"

enum { HOOKS_TIMEOUT_MS = 10000, HOOKS_MEMCACHED_MS = 1500 };

struct err;
struct hands;
struct person;

void hooks_after_change(struct hands *hands, const struct person *person);

/* The program's part: line on its standard input, then what it started is
 * killed with it at timeout_ms. -1 unless it ended with 0. */
int hooks_run(const char *program, const char *line, long timeout_ms,
    struct err *err) MUST_CHECK;

#endif

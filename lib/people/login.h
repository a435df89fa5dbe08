/*
 * login - the name an account gets, by the rule of [provision] login.
 *
 * A rule is text with holes: {given:1} (initial of the first given name),
 * {given} (the first given name), {initials} (initials of all parts of all
 * given names), {family} (joined), {family:dijon} (particle, hyphen, rest),
 * {family:keep} (hyphens where the name has separators). The result is
 * lower-case [a-z0-9.-], starts with a letter.
 *
 * Homonyms get 1, 2, 3 … without padding, inside the maximum length: the base
 * is cut, never the number. A login is never given to someone else; that
 * promise is kept by the registry (see flow/provision.h), not here.
 */
#ifndef LIB_PEOPLE_LOGIN_H
#define LIB_PEOPLE_LOGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct err;

enum { LOGIN_MIN = 3, LOGIN_MAX = 64 };

enum login_fault {
	LOGIN_FINE,
	LOGIN_FOREIGN, /* letters we cannot fold: a human decides */
	LOGIN_SHORT,   /* fewer than LOGIN_MIN characters, or no first letter */
};

/* ERR_CONFIG when the rule has an unknown hole or none at all. */
int login_check_rule(const char *rule, struct err *err) MUST_CHECK;

/* The same for [provision] mail: holes, then '@' and a domain. */
int login_check_mail_rule(const char *rule, struct err *err) MUST_CHECK;

/* The base for a person, cut to max. given_names as in the feed. */
enum login_fault login_base(const char *rule, const char *given_names,
    const char *family, size_t max, struct arena *arena,
    char **base) MUST_CHECK;

/* Candidate n: 0 is the base itself, then base1, base2, … inside max. */
char *login_candidate(
    struct arena *arena, const char *base, unsigned n, size_t max);

/* The mail address by [provision] mail, hyphens of names kept, number n
 * before the '@' (0 = none). NULL when nothing usable is left. */
char *login_mail(struct arena *arena, const char *rule, const char *given_names,
    const char *family, unsigned n);

/* RFC 2142 mailboxes and system names that nobody gets. */
bool login_is_reserved(const char *login);

/* [a-z][a-z0-9.-]*, LOGIN_MIN..LOGIN_MAX. */
bool login_is_valid(const char *login);

#endif

/*
 * directory_internal - what the files of the directory share, and nobody else.
 *
 * One call is: directory_begin(), requests each followed by directory_wait(),
 * directory_end(). In between the socket is watched by the keeper, so also a
 * server that falls silent in the middle of a TLS record ends in time. A
 * request that failed goes through directory_fail(), which puts the LDAP
 * result into words and lets go of a connection that is of no use any more.
 *
 * LDAP results are kept as libldap has them: 0 is success, negative ones are
 * the library's own.
 */
#ifndef LIB_STORE_DIRECTORY_INTERNAL_H
#define LIB_STORE_DIRECTORY_INTERNAL_H

#include <ldap.h>

#include "lib/base/err.h"
#include "lib/store/directory.h"

enum {
	/* The largest single answer we read: an entry without pictures. */
	DIRECTORY_PDU_MAX = 4 * 1024 * 1024,
	DIRECTORY_PAGE = 500,
	DIRECTORY_FILTER_MAX = 8192,
};

/* ppolicy's lock that only an administrator ends. */
#define DIRECTORY_ADMIN_LOCK "000001010000Z"

struct resolve;

struct directory {
	struct directory_input in;
	LDAP *ld; /* NULL: not connected */
	struct resolve *resolve;
	unsigned long generation; /* counts connections */
	int socket;               /* a duplicate of libldap's, or -1 */
	int ticket;               /* of the keeper, or -1 */
	int64_t until_ms;         /* when the call under way must be over */
	int64_t broken_until_ms;
	bool is_ahead; /* an answer is under way that nobody waits for yet */
	int64_t return_ms; /* when the first URI is tried again; 0 = it is it */
	int64_t since_us;  /* of the call under way, 0 = none */
	int connect_result;       /* why the last connect failed */
	char no_socket[ERR_TEXT]; /* why the last dial did; "" = it did not */
};

/* Connects; directory->ld and ->socket are set, or an LDAP result says why, and
 * directory->no_socket does when there was none to give to libldap. */
int directory_dial(
    struct directory *directory, const char *uri, long timeout_ms) MUST_CHECK;

/* Starts the time of a call on a connection that is bound. */
int directory_begin(struct directory *directory, struct err *err) MUST_CHECK;
/* The same while requests are under way: never connects, and what waits to be
 * read is an answer. */
int directory_continue(struct directory *directory, struct err *err) MUST_CHECK;
/* The answer to request id, all of it, or an LDAP result. */
int directory_wait(
    struct directory *directory, int id, LDAPMessage **answer) MUST_CHECK;
/* Ends the watch that directory_begin() started. */
void directory_end(struct directory *directory);
void directory_drop(struct directory *directory);

/* Fills err with the kind of result and "directory: what: …". Returns -1.
 * diagnostic is the server's own text, or NULL. */
int directory_fail(struct directory *directory, int result, const char *what,
    const char *diagnostic, struct err *err);

/* One search. sizelimit 0 = none. *answer is freed by the caller; *result is
 * the server's verdict when 0 is returned. */
struct directory_search {
	const char *base;
	int scope;
	const char *filter;
	const char *const *attributes; /* NULL-terminated */
	int sizelimit;
	LDAPControl **controls;
};
/* The same in two halves, between which others may ask on this connection. */
int directory_search_send(struct directory *directory,
    const struct directory_search *search, int *id, struct err *err) MUST_CHECK;
int directory_search_take(struct directory *directory,
    const struct directory_search *search, int id, LDAPMessage **answer,
    int *result, struct err *err) MUST_CHECK;
int directory_search(struct directory *directory,
    const struct directory_search *search, LDAPMessage **answer, int *result,
    struct err *err) MUST_CHECK;

/* Everybody who fits "(&<filter of the configuration><tests>)", at most max. */
struct buf;
int directory_find(struct directory *directory, const struct buf *tests,
    size_t max, struct arena *arena, struct directory_found *found,
    struct err *err) MUST_CHECK;
/* Appends "(attribute=<before><value, escaped><after>)". */
void directory_add_test(struct buf *out, const char *attribute,
    const char *before, const char *value, const char *after);

/* One Modify in a call already begun. */
struct directory_modify {
	const char *dn;
	const struct change *changes;
	size_t count;
	const char *assertion; /* NULL = none */
	bool relax;            /* the Relax Rules control, critical */
	bool ask_policy;       /* the password policy request control */
};
struct directory_verdict {
	int result;
	enum policy_error policy;
	char diagnostic[128];
	bool unsure; /* sent, and no answer came */
};
/* Sends it; an LDAP result. The answer comes under *id. */
int directory_send_modify(struct directory *directory,
    const struct directory_modify *modify, int *id) MUST_CHECK;
/* libldap's list of changes, in arena; changes must live as long. */
LDAPMod **directory_mods(
    const struct change *changes, size_t count, struct arena *arena);
void directory_modify(struct directory *directory,
    const struct directory_modify *modify, struct directory_verdict *verdict);
/* What any answer says: result, policy control, text. Frees it. */
void directory_verdict(struct directory *directory, LDAPMessage *answer,
    struct directory_verdict *verdict);

/* Clean text values of one attribute, at most max, NULL-terminated in arena;
 * never NULL. */
char **directory_values(struct directory *directory, LDAPMessage *entry,
    const char *attribute, size_t max, struct arena *arena);

/* The attributes directory_person() reads; NULL-terminated, in arena. */
const char *const *directory_person_attributes(
    const struct attributes_conf *names, struct arena *arena);
/* -1 with ERR_INTERNAL: the entry lacks what every person has. */
int directory_person(struct directory *directory, LDAPMessage *entry,
    struct arena *arena, struct person *person, struct err *err) MUST_CHECK;

/* Rights, asked without changing anything (directory_probe.c). */
enum probe {
	PROBE_FAILED, /* err says why */
	PROBE_ALLOWED,
	PROBE_DENIED,
	PROBE_UNKNOWN_ATTRIBUTE,
	PROBE_UNCLEAR,
};
enum probe directory_probe_read(struct directory *directory, const char *dn,
    const char *attribute, struct err *err) MUST_CHECK;
/* Of the attribute's values. */
enum probe_syntax { PROBE_TEXT, PROBE_TIME, PROBE_NUMBER };
enum probe directory_probe_write(struct directory *directory, const char *dn,
    const char *attribute, enum probe_syntax syntax,
    struct err *err) MUST_CHECK;
/* The same of what the server calls "no user modification", with the Relax
 * Rules control. */
enum probe directory_probe_manage(struct directory *directory, const char *dn,
    const char *attribute, enum probe_syntax syntax,
    struct err *err) MUST_CHECK;
/* ALLOWED: a bad password is refused by the policy, as it should be. DENIED:
 * the policy does not judge us. Needs the assertion control. */
enum probe directory_probe_policy(
    struct directory *directory, const char *dn, struct err *err) MUST_CHECK;

/* "cn=rentree,ou=services,…" has its decoy in ou=services,… */
const char *directory_decoy_dn(
    const struct directory *directory, struct arena *arena);

#endif

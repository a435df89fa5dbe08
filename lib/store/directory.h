/*
 * directory - the LDAP server: find a person, change a person, set a password.
 *
 * A directory is one connection of one thread (libldap's error state is per
 * handle). It connects, starts TLS and binds when first used, tries the URIs
 * in order, and connects again after a failure. Every call ends within
 * timeout_ms, also in the middle of a TLS handshake (deadline.h). After a
 * failed connect it answers ERR_UNAVAILABLE at once for DIRECTORY_BREAK_MS.
 *
 * Whatever writes an account reads and writes the first URI: a replica may
 * lag. Attribute names come from [directory.attributes]; several names are
 * tried in order. Values from outside are escaped for the place they go to
 * (RFC 4515 filters; a DN is never built from input but for a new entry, RFC
 * 4514).
 *
 * LDAP results map to kinds: no such object → LOOKUP_ABSENT; already exists, no
 * such value, assertion false → ERR_REFUSED; insufficient access → ERR_DENIED;
 * server down, timeout, busy, unavailable → ERR_UNAVAILABLE; our identity
 * refused, TLS demanded, unknown attribute, base missing → ERR_CONFIG; the rest
 * ERR_INTERNAL with the LDAP text.
 *
 * timeout_ms covers looking up the server's name (resolve.h). StartTLS is done
 * on ldap:// only.
 */
#ifndef LIB_STORE_DIRECTORY_H
#define LIB_STORE_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/base/metrics.h"
#include "lib/people/person.h"
#include "lib/store/store_conf.h"

struct arena;
struct buf;
struct deadline;
struct err;
struct secret;

enum {
	DIRECTORY_BREAK_MS = 2000,
	/* Whoever reads at another URI looks after the first so often. */
	DIRECTORY_RETURN_MS = 10000,
	DIRECTORY_PERSONS_MAX = 8, /* more than this share a proof: refuse */
	DIRECTORY_VALUES_MAX = 32,
};

struct directory;

struct directory_input {
	const struct directory_conf *conf;
	const struct attributes_conf *attributes;
	const struct conf_words *own_domains; /* never a recovery address */
	/* Who binds: conf's identity, or another ([provision]). */
	const char *bind_dn;
	const struct secret *password;
	bool only_first_uri;       /* for those who write, or will */
	struct meter meter;        /* where its calls are told */
	struct deadline *deadline; /* shared by the process */
};

/* First libldap call of the process: before any thread starts. */
int directory_library_init(struct err *err) MUST_CHECK;

struct directory *directory_new(const struct directory_input *input);
void directory_free(struct directory *directory);
/* Is it there, and are we let in? One small question. */
int directory_ping(struct directory *directory, struct err *err) MUST_CHECK;

/* --- finding --------------------------------------------------------------
 *
 * The service identity cannot read userPassword, so has_password is what
 * pwdChangedTime or rentreeActivated tell. A recovery address is the first
 * usable one of the mapped attributes: SupAnn's {SECOURS} before {PERSO},
 * never {PARENTS} or {TEMP}, never in an own domain; rentreeRecoveryMail
 * counts as it is, the pending one from its time on. */

struct directory_found {
	struct person *list;
	size_t count;
	bool too_many; /* beyond DIRECTORY_PERSONS_MAX */
};

/* Everybody who has one of these values in the proof attribute(s). */
int directory_find_proof(struct directory *directory, const char *const *values,
    size_t count, struct arena *arena, struct directory_found *found,
    struct err *err) MUST_CHECK;

/* Everybody whose printed letter has one of these digests (letter_code.h). */
int directory_find_letter(struct directory *directory,
    const char *const *values, size_t count, struct arena *arena,
    struct directory_found *found, struct err *err) MUST_CHECK;

enum lookup directory_find_login(struct directory *directory, const char *login,
    struct arena *arena, struct person *person, struct err *err) MUST_CHECK;
/* Of everybody who receives mail at this address; several have none. */
enum lookup directory_find_mail(struct directory *directory,
    const char *address, struct arena *arena, struct person *person,
    struct err *err) MUST_CHECK;
enum lookup directory_find_uuid(struct directory *directory, const char *uuid,
    struct arena *arena, struct person *person, struct err *err) MUST_CHECK;

/* For the operator: login, mail, cn or rentreeNameKey; at most max. */
int directory_find_text(struct directory *directory, const char *text,
    size_t max, struct arena *arena, struct directory_found *found,
    struct err *err) MUST_CHECK;

/* For the desk: a name (any part of any of its words), a login, an address or a
 * rescue address, among the people of these establishments (NULL-terminated;
 * none = nobody is found). */
int directory_find_sight(struct directory *directory, const char *text,
    const char *const *establishments, size_t max, struct arena *arena,
    struct directory_found *found, struct err *err) MUST_CHECK;

/* --- the password ---------------------------------------------------------
 *
 * RFC 3062 Password Modify with the password policy request control
 * (draft-behera-ldap-password-policy), or one Modify with a critical assertion
 * (RFC 4528) that the account has not changed since: [directory]
 * password_method. The service identity has write on userPassword, never
 * manage: quality, history and age are the server's to judge. */

enum password_end {
	PASSWORD_SET,
	PASSWORD_REFUSED,           /* policy_error says why; MOD_NOT_ALLOWED
				     * also when the ACL does */
	PASSWORD_CHANGED_MEANWHILE, /* the assertion failed: nothing written */
	PASSWORD_UNSURE, /* no answer in time: it may have happened */
	PASSWORD_FAILED, /* certainly not written; err says why */
};

/* Numbers of the draft; POLICY_NONE when the server gave no reason. */
enum policy_error {
	POLICY_NONE = -1,
	POLICY_EXPIRED = 0,
	POLICY_LOCKED = 1,
	POLICY_CHANGE_AFTER_RESET = 2,
	POLICY_MOD_NOT_ALLOWED = 3,
	POLICY_MUST_SUPPLY_OLD = 4,
	POLICY_QUALITY = 5,
	POLICY_SHORT = 6,
	POLICY_YOUNG = 7,
	POLICY_HISTORY = 8,
	POLICY_TOO_LONG = 9,
};

enum password_end directory_set_password(struct directory *directory,
    const struct person *person, const char *password,
    enum policy_error *policy, struct err *err) MUST_CHECK;

/* Binds as dn on a connection of its own. FOUND: right; ABSENT: refused. */
enum lookup directory_try_password(struct directory *directory, const char *dn,
    const char *password, struct err *err) MUST_CHECK;

/*
 * The decoy: an entry of no rights whose password nobody knows, DIRECTORY_DECOY
 * beside our identity. A bind to it is the same effort for nobody, so that an
 * unknown login takes the time of a known one.
 *
 * ABSENT: there is no such entry (or we may not see it); a bind is refused
 * without the work of a hash then.
 */
#define DIRECTORY_DECOY "cn=rentree-decoy"
enum lookup directory_has_decoy(
    struct directory *directory, struct err *err) MUST_CHECK;
/* 0: it was refused, as it should be. */
int directory_try_decoy(struct directory *directory, const char *password,
    struct err *err) MUST_CHECK;

/* --- changing ------------------------------------------------------------ */

enum change_verb { CHANGE_REPLACE, CHANGE_ADD, CHANGE_DELETE };

struct change {
	enum change_verb verb;
	const char *attribute;     /* real name, not a mapped one */
	const char *const *values; /* NULL-terminated; NULL or empty with
				    * REPLACE or DELETE removes all */
};

/* One Modify: all or nothing. assertion (a filter, may be NULL) is critical:
 * ERR_REFUSED when false. */
enum lookup directory_change(struct directory *directory, const char *dn,
    const struct change *changes, size_t count, const char *assertion,
    struct err *err) MUST_CHECK;

/* Ends a lock of wrong passwords; assertion as above. Those that were counted
 * are forgotten, too, where we may (manage on pwdFailureTime): else the very
 * next wrong one locks again. */
enum lookup directory_unlock(struct directory *directory, const char *dn,
    const char *assertion, struct err *err) MUST_CHECK;

/* A new entry. LOOKUP_ABSENT: it exists already. LOOKUP_FAILED with ERR_CONFIG:
 * the entry above does not exist. */
enum lookup directory_add(struct directory *directory, const char *dn,
    const struct change *attributes, size_t count, struct err *err) MUST_CHECK;

/* Does the entry at dn have this value of attribute? ABSENT also when there is
 * no such entry. */
enum lookup directory_holds(struct directory *directory, const char *dn,
    const char *attribute, const char *value, struct err *err) MUST_CHECK;

/* "uid=<escaped>,<base>" in arena. */
char *directory_dn(struct arena *arena, const char *attribute,
    const char *value, const char *base);
/* The values of attribute that are the name of the entry at dn (its RDN):
 * NULL-terminated, in arena; most of the time none. The server lets nobody
 * remove them. */
char **directory_rdn_values(
    struct arena *arena, const char *dn, const char *attribute);
/* An escaped "(attribute=value)" in arena. */
char *directory_equals(
    struct arena *arena, const char *attribute, const char *value);

/* Account suspended: state, pwdEndTime and the lock in one Modify; resumed:
 * the reverse. The lock is written with the Relax control where the server
 * wants it. */
enum lookup directory_suspend(struct directory *directory, const char *dn,
    int64_t now_ms, struct err *err) MUST_CHECK;
/* The lock alone (pwdAccountLockedTime, permanent), for the worker: put back
 * what a password change removed. */
enum lookup directory_lock(
    struct directory *directory, const char *dn, struct err *err) MUST_CHECK;
enum lookup directory_resume(
    struct directory *directory, const char *dn, struct err *err) MUST_CHECK;

/* --- sweeping -------------------------------------------------------------
 *
 * All entries below base that fit filter, paged (RFC 2696). The values given
 * to on_entry live until it returns. A return of -1 stops the sweep. */

struct directory_entry {
	const char *dn;
	/* values[i] of attributes[i] asked for, NULL-terminated lists */
	char ***values;
};

int directory_sweep(struct directory *directory, const char *base,
    const char *filter, const char *const *attributes,
    int (*on_entry)(
	const struct directory_entry *entry, void *context, struct err *err),
    void *context, struct err *err) MUST_CHECK;

/* Does the server's schema have this attribute? */
enum lookup directory_knows(struct directory *directory, const char *attribute,
    struct err *err) MUST_CHECK;

/* --- checking ------------------------------------------------------------ */

/* Schema, rights and password policy as `rentree check` reports them: each
 * line "ok …", "warn …" or "fail …" goes to on_line. -1 when one failed.
 * Nothing is changed (directory_probe.c says how). Whoever is bound as
 * [directory] bind_dn is asked about the worker's rights, anybody else about
 * those of provisioning. */
int directory_check(struct directory *directory,
    void (*on_line)(const char *line, void *context), void *context,
    struct err *err) MUST_CHECK;

/* May we write this attribute of dn? Asked without changing anything. FAILED:
 * it cannot be told. */
enum lookup directory_may_write(struct directory *directory, const char *dn,
    const char *attribute, struct err *err) MUST_CHECK;

#endif

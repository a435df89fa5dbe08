/*
 * desk_factor - the second factor of a desk operator, as their entry keeps it
 * in rentreeDeskSecret. One value, in one of two forms:
 *
 *     1$<base64url>   invited: the digest of a one-time code and its end, with
 *                     a MAC under operator.key. `rentree desk enrol` writes it;
 *                     the worker believes it.
 *     2$<base64url>   enrolled: a secretbox under a key of the worker: whose it
 *                     is, a serial number, the secret, the last step that was
 *                     accepted, and the wrong codes since.
 *
 * Both name the entryUUID inside, so a value copied to another entry is none.
 *
 * Every look at a code changes the value by one Modify that deletes the one
 * that was read: of two that try at the same moment one wins, a step is
 * accepted once whatever becomes of Redis, and nobody tries codes faster than
 * one at a time. FACTOR_TRIES wrong ones in a row are followed by a pause of
 * FACTOR_PAUSE_MS, and FACTOR_WRONG_MAX by the end of the enrolment.
 *
 * Not protected: whoever writes the directory can take a factor away or bring
 * back an older value of the same person; not make one.
 */
#ifndef LIB_FLOW_DESK_FACTOR_H
#define LIB_FLOW_DESK_FACTOR_H

#include <stdint.h>

#include "lib/base/base.h"
#include "lib/base/secret.h"
#include "lib/people/letter_code.h"
#include "lib/people/person.h"
#include "lib/people/totp.h"

struct arena;
struct directory;
struct err;

enum {
	FACTOR_SERIAL = 8,
	FACTOR_TRIES = 5,
	FACTOR_PAUSE_MS = 900000,
	FACTOR_WRONG_MAX = 50,
	/* The code of an invitation is handed over, or telephoned. */
	FACTOR_INVITED_S = 24 * 3600,
};

enum factor_state {
	FACTOR_NONE, /* also a value that is not ours */
	FACTOR_INVITED,
	FACTOR_ENROLLED,
};

/* Wipe it when done. */
struct factor {
	enum factor_state state;
	char uuid[PERSON_UUID];
	const char *value; /* as it was read; NULL = there was none */
	const char *pwd_changed;
	/* invited */
	unsigned char digest[32];
	int64_t ends_ms;
	/* enrolled */
	unsigned char serial[FACTOR_SERIAL];
	unsigned char secret[TOTP_SECRET];
	int64_t step;
	unsigned wrong;
	int64_t wrong_ms;
};

struct factor_keys {
	const unsigned char *operator_key; /* of invitations */
	const unsigned char *worker_key;   /* of secrets; NULL: command line */
};

/* Wire forms (desk_factor_value.c): the value of a factor, in arena; and back.
 * A value that is damaged, of another person or not ours is FACTOR_NONE. */
char *factor_write(const struct factor_keys *keys, const struct factor *factor,
    struct arena *arena);
void factor_read(const struct factor_keys *keys, const char *uuid,
    const char *value, struct arena *arena, struct factor *factor);

/* What the entry at dn has; -1: the directory. */
int factor_load(struct directory *directory, const struct factor_keys *keys,
    const char *dn, const char *uuid, struct arena *arena,
    struct factor *factor, struct err *err) MUST_CHECK;

/* A new invitation takes the place of whatever there is: a telephone enrolled
 * before works no more. Wipe code when it was shown. */
int factor_invite(struct directory *directory, const struct factor_keys *keys,
    const char *dn, const struct factor *before, int64_t now_ms,
    struct letter_code *code, struct err *err) MUST_CHECK;
/* Nothing is left: nobody signs in as this person until invited. ABSENT: there
 * was nothing. */
enum lookup factor_remove(
    struct directory *directory, const char *dn, struct err *err) MUST_CHECK;

/* Does typed fit an invitation that is still good? */
bool factor_fits(
    const struct factor *factor, const char *typed, int64_t now_ms);
/* A secret takes the place of the invitation that was read; factor is the new
 * one then. ABSENT: somebody else was quicker. */
enum lookup factor_enrol(struct directory *directory,
    const struct factor_keys *keys, const char *dn, struct factor *factor,
    struct err *err) MUST_CHECK;

enum factor_verdict {
	FACTOR_FAILED, /* the directory; err says why */
	FACTOR_RIGHT,
	FACTOR_WRONG,
	FACTOR_USED, /* right, and accepted before: wait for the next */
	FACTOR_BUSY, /* somebody tries at the same moment */
	FACTOR_PAUSED,
};

/* "wrong-code", "used-code", …: the audit's reason; NULL for RIGHT. */
const char *factor_verdict_name(enum factor_verdict verdict);

/* factor is FACTOR_ENROLLED. RIGHT is told once for a step. */
enum factor_verdict factor_check(struct directory *directory,
    const struct factor_keys *keys, const char *dn, struct factor *factor,
    const char *typed, int64_t now_ms, struct err *err) MUST_CHECK;

#endif

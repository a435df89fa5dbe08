/*
 * desk_session - who is signed in at the desk.
 *
 * The browser holds 32 random bytes in a cookie. Redis holds, under their hash
 * ("desk:<hash>", token.h), a record with a MAC of the worker's: whose session
 * it is, since when, its last request, the serial number of the second factor
 * and the moment of the last password change. Each request of the desk carries
 * the cookie and is done for whoever the record names, never for whom the web
 * process says.
 *
 * A session ends [desk] session_idle after its last request, SESSION_MAX_MS
 * after sign-in, when it is signed out, and at the next request after the
 * operator left the group, was suspended, changed the password, or was enrolled
 * anew: the directory is asked each time.
 *
 * Redis can lose a session, or bring one back within its idle time; it cannot
 * make one. Not protected: a stolen web process uses the sessions whose cookies
 * it sees, while it sees them; an act needs a fresh code all the same.
 */
#ifndef LIB_FLOW_DESK_SESSION_H
#define LIB_FLOW_DESK_SESSION_H

#include <stdint.h>

#include "lib/base/base.h"
#include "lib/flow/desk_act.h"
#include "lib/flow/desk_factor.h"
#include "lib/store/token.h"

struct err;
struct hands;

enum { SESSION_MAX_MS = 8 * 3600 * 1000 };

struct desk_session {
	char name[TOKEN_NAME];
	char uuid[PERSON_UUID];
	int64_t begun_ms, seen_ms;
	unsigned char serial[FACTOR_SERIAL];
	const char *pwd_changed;
};

/* Wire form of the record (desk_session_record.c): key is its whole name in
 * Redis; out has a ceiling of RECORD_MAX. False: not ours, or damaged. */
struct buf;
void desk_session_write(const unsigned char mac_key[SECRET_KEY],
    const char *key, const struct desk_session *session, struct buf *out);
bool desk_session_read(const unsigned char mac_key[SECRET_KEY], const char *key,
    const void *bytes, size_t len, struct arena *arena,
    struct desk_session *session) MUST_CHECK;
/* Neither idle nor too old; a moment in the future is none. */
bool desk_session_is_live(
    const struct desk_session *session, int64_t idle_ms, int64_t now_ms);

/* The keys of a worker thread. */
struct factor_keys desk_factor_keys(const struct hands *hands);

/* A new session of whom factor was loaded for; *cookie names it. */
int desk_session_begin(struct hands *hands, const struct factor *factor,
    char cookie[TOKEN_TEXT], struct err *err) MUST_CHECK;

/* Who asks: FOUND fills who (desk_operator_open()) and factor, and the
 * session has its idle time before it again. ABSENT: there is no such session
 * (any more). */
enum lookup desk_session_open(struct hands *hands, const char *cookie,
    struct desk_operator *who, struct factor *factor,
    struct err *err) MUST_CHECK;

/* FOUND: it ended now. */
enum lookup desk_session_end(
    struct hands *hands, const char *cookie, struct err *err) MUST_CHECK;

#endif

/*
 * desk_signin - the operator's door: sign-in, enrolling a telephone, sign-out.
 *
 * Interactive, and answered at a mark (mark.h) with one sentence for a name
 * nobody has, a wrong password, a locked or closed account, one that is not in
 * [desk] group, and a code that is wrong or was used. The worker binds as the
 * person (signin.h), asks the group (desk_act.h), and looks at the code
 * (desk_factor.h); then it makes a session (desk_session.h).
 *
 * To enrol, the password and a one-time code of `rentree desk enrol` are asked
 * for: a stolen password alone enrols no thief's telephone. The secret is shown
 * in this one answer and never again.
 *
 * [desk] second_factor = optional: whoever is not enrolled signs in with the
 * password alone, and acts without a code.
 */
#ifndef LIB_FLOW_DESK_SIGNIN_H
#define LIB_FLOW_DESK_SIGNIN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"
#include "lib/flow/desk_visit.h"
#include "lib/people/totp.h"
#include "lib/store/token.h"

struct arena;
struct asker;
struct buf;
struct err;

enum desk_signin_end {
	DESK_SIGNIN_DONE,
	DESK_SIGNIN_REFUSED, /* not told why */
	DESK_SIGNIN_FAULTS,  /* these never leave the web: */
	DESK_SIGNIN_LIMITED,
	DESK_SIGNIN_CLOSED,
};

/* Wipe it when it was shown. */
struct desk_signin_answer {
	enum desk_signin_end end;
	char cookie[TOKEN_TEXT];       /* of a sign-in */
	char secret[TOTP_SECRET_TEXT]; /* of an enrolment … */
	const char *login;             /* … and whose telephone it is */
	bool no_name, no_current, no_code, bad_code;
	long retry_after_s;
};

/* Wire forms (desk_signin_request.c). */
struct desk_signin_request {
	const char *name;    /* signin_name() */
	const char *current; /* password */
	const char *code;    /* of the telephone, or of the invitation */
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void desk_signin_pack(
    const struct desk_signin_request *request, struct buf *out);
int desk_signin_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_signin_request *request, struct err *err) MUST_CHECK;
void desk_signin_answer_pack(
    const struct desk_signin_answer *answer, struct buf *out);
int desk_signin_answer_unpack(const void *bytes, size_t len,
    struct arena *arena, struct desk_signin_answer *answer,
    struct err *err) MUST_CHECK;

/* --- web ------------------------------------------------------------------ */

struct desk_signin_form {
	const char *name;
	const char *current;
	const char *code;
	bool is_optional; /* [desk] second_factor: the code may be empty */
};

/* kind: REQUEST_DESK_SIGNIN or REQUEST_DESK_ENROL. */
struct desk_signin_answer desk_signin_ask(const struct asker *asker,
    enum request_kind kind, const struct desk_signin_form *form,
    const struct visitor *visitor, struct arena *arena, struct err *err);

/* Whatever becomes of it, the browser forgets its cookie. */
int desk_signout_ask(const struct asker *asker, const struct desk_visit *visit,
    struct arena *arena, struct err *err) MUST_CHECK;

/* --- worker --------------------------------------------------------------- */

struct envelope;
struct hands;

/* All three kinds; the answer is packed into reply. */
int desk_signin_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;
int desk_signout_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;

#endif

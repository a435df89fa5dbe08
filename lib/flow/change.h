/*
 * change - "Changer mon mot de passe", with the current one.
 *
 * Interactive: the worker binds as the person (signin.h), judges the new
 * password by our rules, and sets it as redeem does, with an intent queued
 * before, so that all that must follow a change follows.
 *
 * The answer cannot be written beforehand: it leaves at a mark (mark.h), with
 * one sentence for wrong, unknown, locked and never activated. Captcha, address
 * and the submitted name are counted before, and answered at once.
 */
#ifndef LIB_FLOW_CHANGE_H
#define LIB_FLOW_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "captcha/captcha.h"
#include "lib/base/base.h"
#include "lib/flow/asker.h"
#include "lib/flow/visitor.h"

struct arena;
struct buf;
struct err;

enum change_end {
	CHANGE_DONE,
	CHANGE_REFUSED, /* the current password; not told why */
	CHANGE_FAULTS,  /* faults and policy say what */
	CHANGE_BUSY,    /* another change of this account is under way */
	CHANGE_CAPTCHA,
	CHANGE_LIMITED,
	CHANGE_CLOSED,
};

struct change_answer {
	enum change_end end;
	unsigned faults; /* of the new password: enum password_fault bits */
	int policy;      /* enum policy_error, POLICY_NONE = -1 */
	/* These never leave the web. */
	bool no_name, no_current, mismatch;
	long retry_after_s;
};

/* Wire forms (change_request.c). */
struct change_request {
	const char *name; /* signin_name() */
	const char *current;
	const char *password;
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void change_pack(const struct change_request *request, struct buf *out);
int change_unpack(const void *bytes, size_t len, struct arena *arena,
    struct change_request *request, struct err *err) MUST_CHECK;
void change_answer_pack(const struct change_answer *answer, struct buf *out);
int change_answer_unpack(const void *bytes, size_t len,
    struct change_answer *answer, struct err *err) MUST_CHECK;

/* --- web ------------------------------------------------------------------ */

struct change_form {
	const char *name;
	const char *current;
	const char *password;
	const char *confirmation;
	struct captcha_answer captcha;
};

struct change_answer change_ask(const struct asker *asker,
    const struct change_form *form, const struct visitor *visitor,
    struct arena *arena, struct err *err);

/* --- worker --------------------------------------------------------------- */

struct envelope;
struct hands;

/* The answer is packed into reply. */
int change_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;

#endif

/*
 * redeem - the link is opened, a new password chosen, the link spent.
 *
 * Both steps are interactive: the web process has no directory, so it asks the
 * worker and waits (store/now.h). Peeking spends nothing. Redeeming claims the
 * token, queues the intent (intent.h) in the same step, sets the password, and
 * spends the token; everything that must follow a change is the intent's, so
 * a crash in between loses nothing.
 *
 * Behind a link that activates, the charter must be accepted, and a rescue
 * address may be given: the intent takes both along.
 *
 * The password is judged twice: by our rules (password.h), with the person's
 * own data, and by the directory's policy. A refusal gives the token back.
 */
#ifndef LIB_FLOW_REDEEM_H
#define LIB_FLOW_REDEEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/flow/asker.h"
#include "lib/flow/rescue.h"
#include "lib/flow/visitor.h"

struct arena;
struct buf;
struct err;

enum redeem_end {
	REDEEM_OPEN,   /* peek: the link is good */
	REDEEM_DONE,   /* the password is changed */
	REDEEM_FAULTS, /* not accepted: faults and policy say why */
	REDEEM_DEAD,   /* expired, used, superseded, unknown: not told which */
	REDEEM_BUSY,   /* somebody is using the link at this moment */
	REDEEM_LIMITED,
	REDEEM_CLOSED, /* no answer: try again */
};

/*
 * "" = the charter was shown and not accepted: an activation is refused. This
 * one = it was not shown (a script that sends the contract's fields of
 * /nouveau-mot-de-passe alone): nothing is recorded.
 */
#define REDEEM_CHARTER_UNSEEN "-"

struct redeem_answer {
	enum redeem_end end;
	unsigned faults; /* enum password_fault bits */
	int policy;      /* enum policy_error, POLICY_NONE = -1 */
	bool mismatch;   /* the two fields differ (never leaves the web) */
	bool activation; /* first password of an account */
	bool no_charter; /* an activation without the charter's acceptance */
	enum rescue_fault mail_fault; /* never leaves the web */
	const char *login; /* whose link it is: "" unless OPEN, DONE, FAULTS */
	long retry_after_s;
};

/* Wire forms (redeem_request.c). */
struct redeem_request {
	const char *token;    /* text as in the link */
	const char *password; /* "" for a peek; bytes as typed, no NUL */
	const char *charter;  /* version accepted; see REDEEM_CHARTER_UNSEEN */
	const char *mail;     /* rescue address, "" = none */
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void redeem_pack(const struct redeem_request *request, struct buf *out);
int redeem_unpack(const void *bytes, size_t len, struct arena *arena,
    struct redeem_request *request, struct err *err) MUST_CHECK;
void redeem_answer_pack(const struct redeem_answer *answer, struct buf *out);
int redeem_answer_unpack(const void *bytes, size_t len, struct arena *arena,
    struct redeem_answer *answer, struct err *err) MUST_CHECK;

/* --- web ------------------------------------------------------------------ */

struct redeem_form {
	const char *token;
	const char *password;
	const char *confirmation;
	const char *charter; /* version accepted, "" = none */
	const char *mail;    /* rescue address as typed, may be "" */
};

struct redeem_answer redeem_peek(const struct asker *asker, const char *token,
    const struct visitor *visitor, struct arena *arena, struct err *err);
struct redeem_answer redeem_ask(const struct asker *asker,
    const struct site_conf *site, const struct redeem_form *form,
    const struct visitor *visitor, struct arena *arena, struct err *err);

/* --- worker --------------------------------------------------------------- */

struct envelope;
struct hands;

/* Both kinds of request; the answer is packed into reply. */
int redeem_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;

#endif

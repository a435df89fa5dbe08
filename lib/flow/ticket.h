/*
 * ticket - a link of a mail that asks for one click: "it was not me"
 * (disown.h), "this address is mine" (rescue.h).
 *
 * Both steps are interactive. Looking spends nothing, for mail scanners open
 * links; only the button, a POST, acts.
 */
#ifndef LIB_FLOW_TICKET_H
#define LIB_FLOW_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/flow/asker.h"
#include "lib/flow/visitor.h"
#include "lib/store/token.h"

struct arena;
struct buf;
struct err;

enum ticket_end {
	TICKET_OPEN, /* the link is good */
	TICKET_DONE,
	TICKET_DEAD, /* expired, used, superseded, unknown: not told which */
	TICKET_BUSY, /* the account is being changed at this moment */
	TICKET_LIMITED,
	TICKET_CLOSED,
};

struct ticket_answer {
	enum ticket_end end;
	const char *address; /* what is to be verified; "" for others */
	bool waits;          /* done, and counts after the cool-off */
	long retry_after_s;  /* never leaves the web */
};

/* Wire forms (ticket_request.c). */
struct ticket_request {
	const char *token; /* text as in the link */
	bool act;          /* the button; else a look */
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void ticket_pack(const struct ticket_request *request, struct buf *out);
int ticket_unpack(const void *bytes, size_t len, struct arena *arena,
    struct ticket_request *request, struct err *err) MUST_CHECK;
void ticket_answer_pack(const struct ticket_answer *answer, struct buf *out);
int ticket_answer_unpack(const void *bytes, size_t len, struct arena *arena,
    struct ticket_answer *answer, struct err *err) MUST_CHECK;

/* --- web ------------------------------------------------------------------ */

/* kind: REQUEST_DISOWN or REQUEST_CONFIRM. Acting counts the address. */
struct ticket_answer ticket_ask(const struct asker *asker,
    enum request_kind kind, const char *token, bool act,
    const struct visitor *visitor, struct arena *arena, struct err *err);

/* --- worker --------------------------------------------------------------- */

struct hands;

struct ticket {
	struct ticket_request request;
	char name[TOKEN_NAME];
	struct token_look look; /* DEAD when of another purpose */
};

/* What the button does, under the account's lock and with a live token: fills
 * the answer (DEAD until then) and spends the token last. Whatever it did
 * before a crash it does again at the next click. */
typedef int ticket_act(struct hands *hands, const struct ticket *ticket,
    struct ticket_answer *answer, struct err *err);

/* Opens the request, looks at its token, acts if the button was pressed, and
 * packs the answer. */
int ticket_do(struct hands *hands, const struct envelope *envelope,
    enum token_purpose purpose, ticket_act *act, struct buf *reply,
    struct err *err) MUST_CHECK;

#endif

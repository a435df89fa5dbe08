#include "lib/flow/ticket.h"

#include <sodium.h>

#include "lib/flow/hands.h"
#include "lib/store/lock.h"

enum { LOCK_WAIT_MS = 1500 };

static int
look(struct hands *hands, struct ticket *ticket, enum token_purpose purpose,
    struct err *err)
{
	struct token token;
	int rc = 0;

	ticket->look = (struct token_look){.state = TOKEN_DEAD};
	if (token_parse(ticket->request.token, &token)) {
		token_name(&token, ticket->name);
		rc = token_peek(hands->kv, hands->shop->token_key, ticket->name,
		    &hands->arena, &ticket->look, err);
	}
	sodium_memzero(&token, sizeof token);
	if (ticket->look.state != TOKEN_DEAD &&
	    ticket->look.record.purpose != purpose)
		ticket->look.state = TOKEN_DEAD;
	return rc;
}

/* Under the lock the link is looked at again: another click may have used it
 * meanwhile, or "it was not me" ended it. */
static int
act_locked(struct hands *hands, struct ticket *ticket, ticket_act *act,
    struct ticket_answer *answer, struct err *err)
{
	const struct token_record *record = &ticket->look.record;
	struct lock lock;
	int rc;

	switch (lock_take(hands->kv, record->uuid, LOCK_WAIT_MS, &lock, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		answer->end = TICKET_BUSY;
		return 0;
	case LOOKUP_FOUND:
		break;
	}
	rc = look(hands, ticket, record->purpose, err);
	if (rc == 0 && ticket->look.state == TOKEN_SPENT)
		answer->end = TICKET_DONE;
	else if (rc == 0 && ticket->look.state == TOKEN_LIVE)
		rc = act(hands, ticket, answer, err);
	lock_give(hands->kv, &lock);
	return rc;
}

static int
serve(struct hands *hands, struct ticket *ticket, ticket_act *act,
    struct ticket_answer *answer, struct err *err)
{
	answer->end = TICKET_DEAD;
	switch (ticket->look.state) {
	case TOKEN_LIVE:
		if (ticket->request.act)
			return act_locked(hands, ticket, act, answer, err);
		if (ticket->look.record.purpose == TOKEN_VERIFY)
			answer->address = ticket->look.record.extra;
		answer->end = TICKET_OPEN;
		break;
	case TOKEN_SPENT: /* a second click is the same success */
		if (ticket->request.act)
			answer->end = TICKET_DONE;
		break;
	case TOKEN_CLAIMED:
	case TOKEN_DEAD:
		break;
	}
	return 0;
}

int
ticket_do(struct hands *hands, const struct envelope *envelope,
    enum token_purpose purpose, ticket_act *act, struct buf *reply,
    struct err *err)
{
	struct ticket_answer answer = {.end = TICKET_CLOSED, .address = ""};
	struct ticket ticket = {0};
	int rc;

	if (ticket_unpack(envelope->payload, envelope->len, &hands->arena,
		&ticket.request, err) != 0)
		return -1;
	hands_refer(hands, ticket.request.ref);
	rc = look(hands, &ticket, purpose, err);
	if (rc == 0)
		rc = serve(hands, &ticket, act, &answer, err);
	if (rc != 0)
		answer.end = TICKET_CLOSED;
	ticket_answer_pack(&answer, reply);
	sodium_memzero(&ticket, sizeof ticket);
	return rc;
}

#include "lib/flow/ticket.h"

#include <sodium.h>

#include "lib/flow/hands.h"

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

int
ticket_do(struct hands *hands, const struct envelope *envelope,
    enum token_purpose purpose,
    int (*serve)(struct hands *hands, struct ticket *ticket,
	struct ticket_answer *answer, struct err *err),
    struct buf *reply, struct err *err)
{
	struct ticket_answer answer = {.end = TICKET_CLOSED, .address = ""};
	struct ticket ticket = {0};
	int rc;

	if (ticket_unpack(envelope->payload, envelope->len, &hands->arena,
		&ticket.request, err) != 0)
		return -1;
	rc = look(hands, &ticket, purpose, err);
	if (rc == 0)
		rc = serve(hands, &ticket, &answer, err);
	if (rc != 0)
		answer.end = TICKET_CLOSED;
	ticket_answer_pack(&answer, reply);
	sodium_memzero(&ticket, sizeof ticket);
	return rc;
}

#include "lib/flow/disown.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/errand.h"
#include "lib/flow/hands.h"
#include "lib/flow/ticket.h"
#include "lib/flow/trace.h"
#include "lib/people/person.h"
#include "lib/store/directory.h"
#include "lib/store/lock.h"

enum { LOCK_WAIT_MS = 1500 };

static int
cancel_pending(
    struct hands *hands, const struct person *person, struct err *err)
{
	struct change change = {
	    .verb = CHANGE_REPLACE, .attribute = "rentreeRecoveryMailPending"};

	if (person->recovery_pending == NULL || person->recovery_is_due)
		return 0;
	return directory_change(hands->directory, person->dn, &change, 1, NULL,
		   err) == LOOKUP_FAILED
		   ? -1
		   : 0;
}

/* For the operator to see (`rentree account reported`). A plain entry without
 * our class cannot hold the mark: log and audit have it all the same. */
static int
mark(struct hands *hands, const struct person *person, struct err *err)
{
	char now[CLOCK_GENERALIZED];
	const char *values[] = {now, NULL};
	const struct change change = {
	    CHANGE_REPLACE, "rentreeDisowned", values};

	clock_generalized(clock_now_ms(), now);
	if (directory_change(hands->directory, person->dn, &change, 1, NULL,
		err) != LOOKUP_FAILED)
		return 0;
	if (err->kind == ERR_UNAVAILABLE)
		return -1;
	log_event(
	    LOG_LEVEL_WARN, "disown.not-marked", "reason", err->text, NULL);
	*err = (struct err){0};
	return 0;
}

/* The mail told of a change, or there was one since. */
static bool
is_changed(const struct ticket *ticket, const struct person *person)
{
	const struct token_record *record = &ticket->look.record;

	return strcmp(record->extra, DISOWN_CHANGED) == 0 ||
	       strcmp(record->pwd_changed, person->pwd_changed) != 0;
}

/* Links first, then the way back: a fresh one must not end with the others. */
static int
act(struct hands *hands, const struct ticket *ticket,
    const struct person *person, struct err *err)
{
	const struct token_record *record = &ticket->look.record;
	struct errand errand = {.what = ERRAND_RECOVER,
	    .uuid = person->uuid,
	    .address = "",
	    .language = ticket->request.language,
	    .ref = ticket->request.ref};

	if (token_revoke_all(hands->kv, person->uuid, NULL, err) != 0 ||
	    cancel_pending(hands, person, err) != 0 ||
	    mark(hands, person, err) != 0)
		return -1;
	if (is_changed(ticket, person) &&
	    errand_put(hands, &errand, ticket->name, err) != 0)
		return -1;
	trace_leave(hands, &(struct trace){.event = "disown.reported",
			       .ref = ticket->request.ref,
			       .reason = record->extra,
			       .person = person});
	log_event(LOG_LEVEL_WARN, "account.disowned", "uuid", person->uuid,
	    "ref", ticket->request.ref, "about", record->extra, NULL);
	return token_spend(hands->kv, ticket->name, err);
}

static int
act_locked(struct hands *hands, const struct ticket *ticket,
    struct ticket_answer *answer, struct err *err)
{
	const char *uuid = ticket->look.record.uuid;
	struct person person;
	struct lock lock;
	int rc = 0;

	switch (lock_take(hands->kv, uuid, LOCK_WAIT_MS, &lock, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		answer->end = TICKET_BUSY;
		return 0;
	case LOOKUP_FOUND:
		break;
	}
	switch (directory_find_uuid(
	    hands->directory, uuid, &hands->arena, &person, err)) {
	case LOOKUP_FAILED:
		rc = -1;
		break;
	case LOOKUP_ABSENT:
		answer->end = TICKET_DEAD;
		break;
	case LOOKUP_FOUND:
		rc = act(hands, ticket, &person, err);
		answer->end = TICKET_DONE;
		break;
	}
	lock_give(hands->kv, &lock);
	return rc;
}

static int
serve(struct hands *hands, struct ticket *ticket, struct ticket_answer *answer,
    struct err *err)
{
	switch (ticket->look.state) {
	case TOKEN_LIVE:
		if (ticket->request.act)
			return act_locked(hands, ticket, answer, err);
		answer->end = TICKET_OPEN;
		return 0;
	case TOKEN_SPENT: /* a second click is the same success */
		answer->end = ticket->request.act ? TICKET_DONE : TICKET_DEAD;
		return 0;
	case TOKEN_CLAIMED:
	case TOKEN_DEAD:
		break;
	}
	answer->end = TICKET_DEAD;
	return 0;
}

int
disown_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	return ticket_do(hands, envelope, TOKEN_DISOWN, serve, reply, err);
}

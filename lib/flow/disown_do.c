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
	log_event(LOG_LEVEL_WARN, "disown.not-marked", "ref", hands->ref,
	    "reason", err->text, NULL);
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

/* Links first, then the way back, the last thing before the end: who clicks
 * again after a crash ends the links of the first click, and gets another way
 * back, so it is a mail of its own. */
static int
act_for(struct hands *hands, const struct ticket *ticket,
    const struct person *person, struct err *err)
{
	const struct token_record *record = &ticket->look.record;
	struct errand errand = {.what = ERRAND_RECOVER,
	    .uuid = person->uuid,
	    .address = "",
	    .language = ticket->request.language,
	    .ref = ticket->request.ref};

	if (token_revoke_all(hands->kv, person->uuid, NULL, TOKEN_ALL, err) !=
		0 ||
	    cancel_pending(hands, person, err) != 0 ||
	    mark(hands, person, err) != 0)
		return -1;
	trace_leave(hands, &(struct trace){.event = "disown.reported",
			       .ref = ticket->request.ref,
			       .reason = record->extra,
			       .person = person});
	log_event(LOG_LEVEL_WARN, "account.disowned", "uuid", person->uuid,
	    "ref", ticket->request.ref, "about", record->extra, NULL);
	if (is_changed(ticket, person) &&
	    errand_put(hands, &errand, NULL, err) != 0)
		return -1;
	return token_spend(hands->kv, ticket->name, err);
}

static int
act(struct hands *hands, const struct ticket *ticket,
    struct ticket_answer *answer, struct err *err)
{
	struct person person;

	switch (directory_find_uuid(hands->directory, ticket->look.record.uuid,
	    &hands->arena, &person, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return 0;
	case LOOKUP_FOUND:
		break;
	}
	answer->end = TICKET_DONE;
	return act_for(hands, ticket, &person, err);
}

int
disown_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	return ticket_do(hands, envelope, TOKEN_DISOWN, act, reply, err);
}

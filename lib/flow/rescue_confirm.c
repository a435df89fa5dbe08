#include "lib/flow/rescue.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/hands.h"
#include "lib/flow/meters.h"
#include "lib/flow/ticket.h"
#include "lib/flow/trace.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"
#include "lib/store/store_conf.h"

/* From now on; what waited before it does not wait any more. */
static enum lookup
write_now(struct hands *hands, const struct person *person, const char *address,
    struct err *err)
{
	char now[CLOCK_GENERALIZED];
	const char *addresses[] = {address, NULL};
	const char *verified[] = {now, NULL};
	const struct change changes[] = {
	    {CHANGE_REPLACE, "rentreeRecoveryMail", addresses},
	    {CHANGE_REPLACE, "rentreeRecoveryMailVerified", verified},
	    {CHANGE_REPLACE, "rentreeRecoveryMailPending", NULL}};

	clock_generalized(clock_now_ms(), now);
	return directory_change(hands->directory, person->dn, changes,
	    COUNT_OF(changes), NULL, err);
}

static enum lookup
write_pending(struct hands *hands, const struct person *person,
    const char *address, struct err *err)
{
	long cooloff_s = hands->shop->limits->recovery_mail_cooloff_s;
	char due[CLOCK_GENERALIZED];
	const char *values[2] = {NULL, NULL};
	const struct change change = {
	    CHANGE_REPLACE, "rentreeRecoveryMailPending", values};

	clock_generalized(clock_now_ms() + cooloff_s * 1000LL, due);
	values[0] = arena_printf(&hands->arena, "%s$%s", due, address);
	return directory_change(
	    hands->directory, person->dn, &change, 1, NULL, err);
}

static int
confirm(struct hands *hands, const struct ticket *ticket,
    struct ticket_answer *answer, struct err *err)
{
	const char *address = ticket->look.record.extra;
	struct person person;
	enum lookup done;

	switch (directory_find_uuid(hands->directory, ticket->look.record.uuid,
	    &hands->arena, &person, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return 0;
	case LOOKUP_FOUND:
		break;
	}
	if (state_judge(&person.facts, clock_now_ms()) != STATE_ACTIVE)
		return 0;
	rescue_settle(hands, &person);
	answer->waits = person.recovery_mail != NULL &&
			strcmp(person.recovery_mail, address) != 0 &&
			hands->shop->limits->recovery_mail_cooloff_s > 0;
	done = answer->waits ? write_pending(hands, &person, address, err)
			     : write_now(hands, &person, address, err);
	if (done == LOOKUP_FAILED ||
	    token_spend(hands->kv, ticket->name, err) != 0)
		return -1;
	trace_leave(hands, &(struct trace){.event = "rescue.verified",
			       .ref = ticket->request.ref,
			       .reason = answer->waits ? "cool-off" : NULL,
			       .person = &person});
	meters_step(hands->shop->meters, METER_DONE, FLOW_RESCUE,
	    ticket->request.language);
	answer->end = TICKET_DONE;
	return 0;
}

int
rescue_confirm_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	return ticket_do(hands, envelope, TOKEN_VERIFY, confirm, reply, err);
}

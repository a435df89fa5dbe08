#include "lib/flow/rescue.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/errand.h"
#include "lib/flow/hands.h"
#include "lib/flow/signin.h"
#include "lib/flow/trace.h"
#include "lib/people/person.h"
#include "lib/store/directory.h"

void
rescue_settle(struct hands *hands, const struct person *person)
{
	char now[CLOCK_GENERALIZED];
	const char *address[] = {person->recovery_mail, NULL};
	const char *verified[] = {now, NULL};
	const struct change changes[] = {
	    {CHANGE_REPLACE, "rentreeRecoveryMail", address},
	    {CHANGE_REPLACE, "rentreeRecoveryMailVerified", verified},
	    {CHANGE_REPLACE, "rentreeRecoveryMailPending", NULL}};
	struct err err = {0};

	if (!person->recovery_is_due)
		return;
	clock_generalized(clock_now_ms(), now);
	/* Only what was seen: it may have been cancelled meanwhile. */
	if (directory_change(hands->directory, person->dn, changes,
		COUNT_OF(changes),
		directory_equals(&hands->arena, "rentreeRecoveryMailPending",
		    person->recovery_pending),
		&err) == LOOKUP_FAILED)
		log_event(LOG_LEVEL_WARN, "rescue.not-settled", "ref",
		    hands->ref, "reason", err.text, NULL);
}

/* The mails that follow. The warning to the known addresses first: nobody gets
 * the link that makes an address count while they hear nothing. */
static int
owe_mails(struct hands *hands, const struct rescue_request *request,
    const struct person *person, struct err *err)
{
	struct errand errand = {.what = ERRAND_ASKED,
	    .uuid = person->uuid,
	    .address = request->address,
	    .language = request->language,
	    .ref = request->ref};

	if (errand_put(hands, &errand, NULL, err) != 0)
		return -1;
	errand.what = ERRAND_VERIFY;
	return errand_put(hands, &errand, NULL, err);
}

static int
ask(struct hands *hands, const struct rescue_request *request,
    struct rescue_answer *answer, struct err *err)
{
	struct signin signin = {.name = request->name,
	    .password = request->current,
	    .event = "rescue.refused",
	    .ref = request->ref};
	struct person person;
	const char *address;

	switch (signin_check(hands, &signin, &person, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		answer->end = RESCUE_REFUSED;
		return 0;
	case LOOKUP_FOUND:
		break;
	}
	/* The web looked already; a stolen one would not. */
	if (rescue_judge(&hands->arena, hands->shop->site, request->address,
		&address) != RESCUE_FINE)
		return err_set(err, ERR_INPUT, "rescue: unusable address");
	rescue_settle(hands, &person);
	if (owe_mails(hands, request, &person, err) != 0)
		return -1;
	trace_leave(hands, &(struct trace){.event = "rescue.asked",
			       .ref = request->ref,
			       .person = &person});
	answer->end = RESCUE_ASKED;
	return 0;
}

int
rescue_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	struct rescue_answer answer = {.end = RESCUE_CLOSED};
	struct rescue_request request = {0};
	int rc;

	if (rescue_unpack(envelope->payload, envelope->len, &hands->arena,
		&request, err) != 0)
		return -1;
	hands_refer(hands, request.ref);
	rc = ask(hands, &request, &answer, err);
	if (rc != 0)
		answer.end = RESCUE_CLOSED;
	rescue_answer_pack(&answer, reply);
	sodium_memzero(&request, sizeof request);
	return rc;
}

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/flow/errand.h"
#include "lib/flow/expel.h"
#include "lib/flow/hands.h"
#include "lib/flow/hooks.h"
#include "lib/people/leaving.h"
#include "lib/people/person.h"
#include "lib/store/directory.h"

static struct request_end
run_expel(struct hands *hands, const struct expel_request *request,
    const struct person *person, const char *id, struct err *err)
{
	const struct errand about = {.uuid = person->uuid,
	    .address = "",
	    .language = "",
	    .ref = request->ref};

	if (hooks_after_state(hands, person, &about,
		request->why == EXPEL_OPENED ? ERRAND_RUN_OPENED
					     : ERRAND_RUN_CLOSED,
		id, err) != 0)
		return request_later(hands->attempt);
	FAULT_POINT("expel.hooked");
	return request_finished();
}

/* The batch writes the account after it has asked; whoever applies its plan
 * again after a crash finds this request waiting. */
static bool
is_too_early(const struct expel_request *request, const struct person *person)
{
	const char *state = person->facts.state;

	return request->why == EXPEL_PLANNED &&
	       (leaving_is_active(state) || leaving_is_grace(state));
}

struct request_end
expel_do(struct hands *hands, const struct envelope *envelope, struct err *err)
{
	struct expel_request request;
	char id[ENVELOPE_ID_TEXT];
	struct person person;

	envelope_id_text(envelope->id, id);
	if (expel_unpack(envelope->payload, envelope->len, &hands->arena,
		&request, err) != 0 ||
	    clock_now_ms() - envelope->asked_ms > EXPEL_LIFE_MS)
		return request_finished();
	switch (directory_find_uuid(
	    hands->directory, request.uuid, &hands->arena, &person, err)) {
	case LOOKUP_FAILED:
		return request_later(hands->attempt);
	case LOOKUP_ABSENT:
		return request_finished();
	case LOOKUP_FOUND:
		break;
	}
	if (is_too_early(&request, &person))
		return request_later(hands->attempt);
	return run_expel(hands, &request, &person, id, err);
}

#include "lib/flow/remind.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/hands.h"
#include "lib/flow/proof.h"
#include "lib/flow/remind_mail.h"
#include "lib/flow/trace.h"
#include "lib/people/names.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"

/* No new mail is begun after that: a slow relay stays within a lease. */
enum { SENDING_MS = 40000 };

struct reminder {
	struct hands *hands;
	const struct envelope *envelope;
	struct remind_request request;
	char id[ENVELOPE_ID_TEXT];
	const struct person *chosen[DIRECTORY_PERSONS_MAX];
	size_t count;
};

static void
tell(const struct reminder *rem, const char *event, const char *reason,
    const struct person *person)
{
	trace_leave(
	    rem->hands, &(struct trace){.event = event,
			    .ref = rem->request.ref,
			    .reason = reason,
			    .person = person,
			    .typed = rem->request.number.text,
			    .typed_len = strlen(rem->request.number.text)});
}

/* Every question is asked whatever the first ones say; the first no counts. */
static const char *
why_not(const struct reminder *rem, const struct person *person)
{
	const struct remind_request *request = &rem->request;
	const struct names known = {.family = person->family,
	    .birth_family = person->birth_family,
	    .given = person->given,
	    .all_given = person->all_given};
	bool name = names_match(&known, request->family, request->given);
	bool birth = proof_birth_fits(rem->hands, person, &request->birth);
	enum state state = state_judge(&person->facts, clock_now_ms());

	if (!name)
		return "name";
	if (!birth && request->number.kind == NUMBER_INE)
		return "birth-date";
	if (state != STATE_ACTIVE)
		return state_name(state);
	return NULL;
}

static void
choose(struct reminder *rem, const struct directory_found *found)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct person *person = &found->list[i];
		const char *reason = why_not(rem, person);

		if (reason != NULL)
			tell(rem, "remind.refused", reason, person);
		else
			rem->chosen[rem->count++] = person;
	}
}

/* One line for each account: what went to the box is about all of them. */
static void
tell_all(const struct reminder *rem, const char *event, const char *reason)
{
	for (size_t i = 0; i < rem->count; i++)
		tell(rem, event, reason, rem->chosen[i]);
}

static void
tell_sent(const void *context)
{
	tell_all(context, "remind.sent", NULL);
}

static struct request_end
write_to(
    const struct reminder *rem, const struct remind_box *box, struct err *err)
{
	struct hands *hands = rem->hands;
	struct remind_mail mail = {.accounts = rem->chosen,
	    .count = rem->count,
	    .language = rem->request.language,
	    .ref = rem->request.ref,
	    .request_id = rem->id,
	    .asked_ms = rem->envelope->asked_ms,
	    .attempt = hands->attempt,
	    .tell = tell_sent,
	    .context = rem};
	long delay_ms = 0;

	switch (remind_may_write(hands, box, rem->id, err)) {
	case LOOKUP_FAILED:
		return request_later(hands->attempt);
	case LOOKUP_ABSENT:
		tell_all(rem, "remind.refused", "mailbox-limit");
		return request_finished();
	case LOOKUP_FOUND:
		break;
	}
	switch (remind_send(hands, &mail, box, &delay_ms, err)) {
	case POST_LATER:
		return request_later_in(delay_ms);
	case POST_NEVER:
		tell_all(rem, "remind.undeliverable", "refused-by-relay");
		break;
	case POST_BEFORE:
	case POST_SENT:
		break;
	}
	return request_finished();
}

/* A box that has to wait holds up no other. */
static struct request_end
write_all(const struct reminder *rem, struct err *err)
{
	struct request_end end = request_finished();
	int64_t start_ms = clock_mono_ms();
	struct remind_box *boxes;
	size_t count =
	    remind_boxes(rem->hands, rem->chosen, rem->count, &boxes);

	if (count == 0)
		tell_all(rem, "remind.refused", "no-mailbox");
	for (size_t i = 0; i < count; i++) {
		struct request_end one;

		if (clock_mono_ms() - start_ms > SENDING_MS)
			return request_later(rem->hands->attempt);
		one = write_to(rem, &boxes[i], err);
		if (one.verdict == REQUEST_LATER)
			end = one;
	}
	return end;
}

static struct request_end
serve(struct reminder *rem, struct err *err)
{
	struct directory_found found = {0};

	if (proof_find(rem->hands, &rem->request.number, &found, err) != 0)
		return request_later(rem->hands->attempt);
	if (found.count == 0 || found.too_many) {
		tell(rem, "remind.refused",
		    found.too_many ? "too-many-accounts" : "unknown", NULL);
		return request_finished();
	}
	choose(rem, &found);
	return rem->count > 0 ? write_all(rem, err) : request_finished();
}

struct request_end
remind_do(struct hands *hands, const struct envelope *envelope, struct err *err)
{
	struct reminder rem = {.hands = hands, .envelope = envelope};
	struct request_end end;

	envelope_id_text(envelope->id, rem.id);
	if (remind_unpack(
		envelope->payload, envelope->len, &rem.request, err) != 0)
		return request_finished();
	hands_refer(hands, rem.request.ref);
	if (clock_now_ms() - envelope->asked_ms >
	    REMIND_LIFE_MS + ENVELOPE_SKEW_MS) {
		tell(&rem, "remind.expired", "too-old", NULL);
		end = request_finished();
	} else {
		end = serve(&rem, err);
	}
	sodium_memzero(&rem, sizeof rem);
	return end;
}

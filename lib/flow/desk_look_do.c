#include "lib/flow/desk_look.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/flow/desk_factor.h"
#include "lib/flow/hands.h"
#include "lib/people/address.h"
#include "lib/store/audit.h"

struct looking {
	struct hands *hands;
	struct desk_look_request request;
	struct desk_operator who;
	struct person person;
	struct desk_look_answer answer;
};

/* --- what the directory tells --------------------------------------------- */

static bool
has_proof(const struct person *person, const char *label)
{
	for (char **proof = person->proofs; *proof != NULL; proof++)
		if (text_has_prefix(*proof, label))
			return true;
	return false;
}

static int64_t
time_of(const char *generalized)
{
	int64_t ms;

	return clock_from_generalized(generalized, &ms) ? ms : 0;
}

/* "<time>$<address>", or an address that waits for its owner's click. */
static void
fill_pending(struct looking *job)
{
	struct arena *arena = &job->hands->arena;
	const char *pending = job->person.recovery_pending;
	const char *mark = pending != NULL ? strchr(pending, '$') : NULL;

	job->answer.pending = "";
	if (mark == NULL || job->person.recovery_is_due)
		return;
	job->answer.pending = address_mask(arena, mark + 1);
	job->answer.pending_ms =
	    time_of(arena_dup_n(arena, pending, (size_t)(mark - pending)));
}

static void
fill_account(struct looking *job)
{
	struct desk_look_answer *answer = &job->answer;
	const struct person *person = &job->person;
	struct arena *arena = &job->hands->arena;

	answer->is_there = true;
	memcpy(answer->uuid, person->uuid, sizeof answer->uuid);
	answer->login = person->login;
	answer->display = person->display;
	answer->kinds = person->kinds;
	answer->establishments = person->establishments;
	answer->state = state_judge(&person->facts, clock_now_ms());
	answer->has_password = person->has_password;
	answer->has_birth = person->birth != NULL;
	answer->has_numen = has_proof(person, "{NUMEN}");
	answer->has_ine = has_proof(person, "{INE}");
	answer->has_code = has_proof(person, "{CODE}");
	answer->activated_ms = person->activated_ms;
	answer->changed_ms = time_of(person->pwd_changed);
	answer->invited_ms = person->invited_ms;
	answer->letter_end_ms =
	    person->letter != NULL ? person->letter_end_ms : 0;
	answer->disowned_ms = person->disowned_ms;
	answer->code_end_ms = person->code_end_ms;
	answer->reissued_ms = person->reissued_ms;
	answer->rescue = person->recovery_mail != NULL
			     ? address_mask(arena, person->recovery_mail)
			     : "";
	fill_pending(job);
	desk_seen(person, answer->seen);
}

/* --- what can be done, and what was --------------------------------------- */

static bool
is_told(const char *event, const char *reason)
{
	return desk_happening(event, reason) != DESK_NOT_TOLD;
}

/* A page without its history is better than none. */
static void
fill_traces(struct looking *job)
{
	struct desk_look_answer *answer = &job->answer;
	struct audit_seen seen[DESK_TRACES_MAX];
	struct err err = {0};

	if (audit_recent(job->hands->shop->audit, job->person.login, is_told,
		DESK_TRACES_MAX, &job->hands->arena, seen, &answer->trace_count,
		&err) != 0)
		log_event(LOG_LEVEL_WARN, "desk.no-history", "ref",
		    job->hands->ref, "reason", err.text, NULL);
	for (size_t i = 0; i < answer->trace_count; i++)
		answer->traces[i] = (struct desk_trace){.at_ms = seen[i].at_ms,
		    .what = desk_happening(seen[i].event, seen[i].reason)};
}

/* --- the page ------------------------------------------------------------- */

static int
note(struct looking *job, struct err *err)
{
	const struct desk_tools tools = desk_tools_of(job->hands);
	bool there = job->answer.is_there;

	return desk_note(&tools, &job->who,
	    &(struct desk_note){.event = "desk.look",
		.ref = job->request.visit.ref,
		.reason = there ? NULL : "unknown",
		.person = there ? &job->person : NULL,
		.typed = there ? NULL : job->request.uuid},
	    err);
}

static int
look(struct looking *job, struct err *err)
{
	const struct desk_tools tools = desk_tools_of(job->hands);

	switch (desk_find(
	    &tools, &job->who, job->request.uuid, &job->person, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return note(job, err);
	case LOOKUP_FOUND:
		break;
	}
	fill_account(job);
	if (!desk_may_each(
		&tools, &job->who, &job->person, job->answer.may, err))
		return -1;
	fill_traces(job);
	return note(job, err);
}

int
desk_look_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	struct looking job = {.hands = hands};
	struct factor factor;
	int rc;

	if (desk_look_unpack(envelope->payload, envelope->len, &hands->arena,
		&job.request, err) != 0)
		return -1;
	hands_refer(hands, job.request.visit.ref);
	rc = desk_visit_open(hands, &job.request.visit, &job.who, &factor,
	    &job.answer.host, err);
	sodium_memzero(&factor, sizeof factor);
	if (rc == 0 && job.answer.host.door == DESK_DOOR_OPEN)
		rc = look(&job, err);
	if (rc != 0) {
		job.answer.is_there = false;
		job.answer.host.door = DESK_DOOR_CLOSED;
	}
	desk_look_answer_pack(&job.answer, reply);
	return rc;
}

#include "lib/flow/desk_deed.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/flow/hands.h"
#include "lib/flow/meters.h"
#include "lib/flow/desk_session.h"
#include "lib/people/address.h"
#include "lib/store/kv.h"

struct doing {
	struct hands *hands;
	struct desk_deed_request request;
	struct desk_operator who;
	struct factor factor;
	struct desk_deed_answer answer;
};

/* FOUND: it was not taken before. */
static enum lookup
take_form(struct doing *job, struct err *err)
{
	struct hands *hands = job->hands;
	struct kv_reply reply = {0};
	char key[KV_KEY];

	kv_key(hands->kv, key, "form:%s", job->request.form);
	if (kv_words(hands->kv, &hands->arena, &reply, err, "SET", key, "1",
		"NX", "EX", arena_printf(&hands->arena, "%d", DESK_FORM_S),
		NULL) != 0)
		return LOOKUP_FAILED;
	FAULT_POINT("desk.form-taken");
	return reply.type == KV_STATUS ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

/* Before anybody was looked at: the target is a pseudonym of what was sent. */
static int
note_refused(struct doing *job, const char *reason, struct err *err)
{
	const struct desk_tools tools = desk_tools_of(job->hands);

	return desk_note(&tools, &job->who,
	    &(struct desk_note){.event = "desk.refused",
		.ref = job->request.visit.ref,
		.reason = reason,
		.typed = job->request.uuid},
	    err);
}

/* FOUND: the code is right, or none is asked for. */
static enum lookup
check_code(struct doing *job, struct err *err)
{
	const struct factor_keys keys = desk_factor_keys(job->hands);

	job->answer.factor = FACTOR_RIGHT;
	if (job->factor.state != FACTOR_ENROLLED)
		return LOOKUP_FOUND;
	job->answer.factor = factor_check(job->hands->directory, &keys,
	    job->who.dn, &job->factor, job->request.code, clock_now_ms(), err);
	if (job->answer.factor == FACTOR_FAILED)
		return LOOKUP_FAILED;
	if (job->answer.factor == FACTOR_RIGHT)
		return LOOKUP_FOUND;
	return note_refused(
		   job, factor_verdict_name(job->answer.factor), err) != 0
		   ? LOOKUP_FAILED
		   : LOOKUP_ABSENT;
}

static const char *
some(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static void
take_answer(struct doing *job, const struct desk_answer *done)
{
	struct desk_deed_answer *answer = &job->answer;
	const struct person *person = &done->person;

	answer->act = done->end;
	answer->number_fault = done->number_fault;
	answer->rescue_fault = done->rescue_fault;
	answer->at_ms = done->at_ms;
	answer->until_ms = done->until_ms;
	answer->counts_ms = done->counts_ms;
	memcpy(answer->code, done->code, sizeof answer->code);
	if (person->login == NULL)
		return;
	answer->login = person->login;
	answer->display = person->display;
	answer->establishments = person->establishments;
	if (person->recovery_mail != NULL)
		answer->rescue =
		    address_mask(&job->hands->arena, person->recovery_mail);
}

static void
act(struct doing *job, struct err *err)
{
	const struct desk_tools tools = desk_tools_of(job->hands);
	const struct desk_deed_request *request = &job->request;
	struct desk_act wanted = {.kind = request->kind,
	    .who = job->who,
	    .uuid = request->uuid,
	    .document = request->document,
	    .seen = request->seen, /* "" is not what anybody was shown */
	    .number = some(request->number),
	    .address = some(request->address)};
	struct desk_answer done;

	memcpy(wanted.ref, request->visit.ref, sizeof wanted.ref);
	done = desk_act(&tools, &wanted, err);
	meters_desk(job->hands->shop->meters, wanted.kind, done.end);
	take_answer(job, &done);
	sodium_memzero(&done, sizeof done);
}

static int
do_once(struct doing *job, struct err *err)
{
	switch (take_form(job, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		job->answer.end = DESK_DEED_AGAIN;
		return note_refused(job, "form-again", err);
	case LOOKUP_FOUND:
		break;
	}
	switch (check_code(job, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		job->answer.end = DESK_DEED_CODE;
		return 0;
	case LOOKUP_FOUND:
		break;
	}
	act(job, err);
	return job->answer.act == DESK_FAILED ? -1 : 0;
}

int
desk_deed_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	struct doing job = {.hands = hands};
	int rc;

	job.answer.login = job.answer.display = job.answer.rescue = "";
	if (desk_deed_unpack(envelope->payload, envelope->len, &hands->arena,
		&job.request, err) != 0)
		return -1;
	hands_refer(hands, job.request.visit.ref);
	rc = desk_visit_open(hands, &job.request.visit, &job.who, &job.factor,
	    &job.answer.host, err);
	if (rc == 0 && job.answer.host.door == DESK_DOOR_OPEN)
		rc = do_once(&job, err);
	if (rc != 0)
		job.answer.host.door = DESK_DOOR_CLOSED;
	desk_deed_answer_pack(&job.answer, reply);
	sodium_memzero(&job, sizeof job);
	return rc;
}

#include "lib/flow/desk_signin.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/flow/desk_session.h"
#include "lib/flow/flow_conf.h"
#include "lib/flow/hands.h"
#include "lib/flow/signin.h"
#include "lib/flow/trace.h"
#include "lib/people/person.h"

#define REFUSED "desk.refused"

/* A sign-in or an enrolment under way. */
struct entering {
	struct hands *hands;
	enum request_kind kind;
	struct desk_signin_request request;
	struct person person;
	struct desk_operator who;
	struct factor_keys keys;
	struct factor factor;
	struct desk_signin_answer answer;
};

static int
end_as(struct entering *job, enum desk_signin_end end, const char *event,
    const char *reason)
{
	job->answer.end = end;
	trace_leave(job->hands, &(struct trace){.event = event,
				    .ref = job->request.ref,
				    .reason = reason,
				    .actor = arena_printf(&job->hands->arena,
					"desk:%s", job->person.login),
				    .person = &job->person});
	return 0;
}

static int
refuse(struct entering *job, const char *reason)
{
	return end_as(job, DESK_SIGNIN_REFUSED, REFUSED, reason);
}

/* Whose second factor is looked at now; -1: cannot be asked. ABSENT: refused,
 * and told. */
static enum lookup
find_operator(struct entering *job, struct err *err)
{
	const struct desk_tools tools = desk_tools_of(job->hands);

	switch (desk_operator_open(&tools, job->person.uuid, &job->who, err)) {
	case DESK_DONE:
		break;
	case DESK_DENIED:
		return refuse(job, "not-in-group") != 0 ? LOOKUP_FAILED
							: LOOKUP_ABSENT;
	default:
		return LOOKUP_FAILED;
	}
	return factor_load(job->hands->directory, &job->keys, job->who.dn,
		   job->person.uuid, &job->hands->arena, &job->factor, err) != 0
		   ? LOOKUP_FAILED
		   : LOOKUP_FOUND;
}

static int
begin_session(struct entering *job, struct err *err)
{
	if (desk_session_begin(
		job->hands, &job->factor, job->answer.cookie, err) != 0)
		return -1;
	return end_as(job, DESK_SIGNIN_DONE, "desk.signed-in",
	    job->factor.state == FACTOR_ENROLLED ? NULL : "without-factor");
}

static int
sign_in(struct entering *job, struct err *err)
{
	enum factor_verdict verdict;

	if (job->factor.state != FACTOR_ENROLLED) {
		if (job->hands->shop->desk->second_factor == 0 ||
		    job->request.code[0] != '\0')
			return refuse(job, "not-enrolled");
		return begin_session(job, err);
	}
	verdict = factor_check(job->hands->directory, &job->keys, job->who.dn,
	    &job->factor, job->request.code, clock_now_ms(), err);
	if (verdict == FACTOR_FAILED)
		return -1;
	if (verdict != FACTOR_RIGHT)
		return refuse(job, factor_verdict_name(verdict));
	return begin_session(job, err);
}

static int
enrol(struct entering *job, struct err *err)
{
	if (!factor_fits(&job->factor, job->request.code, clock_now_ms()))
		return refuse(job, "wrong-invitation");
	switch (factor_enrol(job->hands->directory, &job->keys, job->who.dn,
	    &job->factor, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return refuse(job, "wrong-invitation");
	case LOOKUP_FOUND:
		break;
	}
	if (!totp_text(job->factor.secret, job->answer.secret))
		return err_set(err, ERR_INTERNAL, "desk: a secret has no text");
	job->answer.login = job->who.login;
	return end_as(job, DESK_SIGNIN_DONE, "desk.enrolled", NULL);
}

static int
enter(struct entering *job, struct err *err)
{
	struct signin signin = {.name = job->request.name,
	    .password = job->request.current,
	    .event = REFUSED,
	    .ref = job->request.ref};
	enum lookup got = signin_check(job->hands, &signin, &job->person, err);

	if (got == LOOKUP_ABSENT) {
		job->answer.end = DESK_SIGNIN_REFUSED;
		return 0;
	}
	if (got == LOOKUP_FOUND)
		got = find_operator(job, err);
	if (got == LOOKUP_FAILED)
		return -1;
	if (got == LOOKUP_ABSENT)
		return 0;
	return job->kind == REQUEST_DESK_ENROL ? enrol(job, err)
					       : sign_in(job, err);
}

int
desk_signin_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	struct entering job = {.hands = hands,
	    .kind = envelope->kind,
	    .keys = desk_factor_keys(hands),
	    .answer = {.end = DESK_SIGNIN_CLOSED, .login = ""}};
	int rc;

	if (desk_signin_unpack(envelope->payload, envelope->len, &hands->arena,
		&job.request, err) != 0)
		return -1;
	hands_refer(hands, job.request.ref);
	rc = enter(&job, err);
	if (rc != 0)
		job.answer = (struct desk_signin_answer){
		    .end = DESK_SIGNIN_CLOSED, .login = ""};
	desk_signin_answer_pack(&job.answer, reply);
	sodium_memzero(&job, sizeof job);
	return rc;
}

int
desk_signout_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	const struct desk_tools tools = desk_tools_of(hands);
	struct desk_visit visit;
	struct desk_operator who;
	struct desk_host host;
	struct factor factor;
	struct err ignored = {0};
	struct unpack in;
	bool known;

	unpack_init(&in, envelope->payload, envelope->len);
	desk_visit_unpack(&in, &hands->arena, &visit);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INPUT, "desk: damaged sign-out");
	hands_refer(hands, visit.ref);
	/* Whose it was, for the audit; it ends whoever can be asked. */
	known = desk_visit_open(
		    hands, &visit, &who, &factor, &host, &ignored) == 0 &&
		host.door == DESK_DOOR_OPEN;
	sodium_memzero(&factor, sizeof factor);
	if (desk_session_end(hands, visit.cookie, err) == LOOKUP_FAILED)
		return -1;
	pack_u8(reply, 0);
	return known ? desk_note(&tools, &who,
			   &(struct desk_note){
			       .event = "desk.signed-out", .ref = visit.ref},
			   err)
		     : 0;
}

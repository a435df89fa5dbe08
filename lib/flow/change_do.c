#include "lib/flow/change.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/hands.h"
#include "lib/flow/intent.h"
#include "lib/flow/post.h"
#include "lib/flow/setting.h"
#include "lib/flow/signin.h"
#include "lib/flow/trace.h"
#include "lib/people/password.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/base/clock.h"
#include "lib/store/directory.h"
#include "lib/store/lock.h"
#include "lib/store/queue.h"

enum { LOCK_WAIT_MS = 1500 };

struct changing {
	struct hands *hands;
	struct change_request request;
	struct person person;
	const char *password; /* normal form, in arena */
	char intent_id[ENVELOPE_ID_TEXT];
	int64_t queued_ms; /* of clock_mono_ms() */
	struct change_answer answer;
};

static int
end_as(struct changing *job, enum change_end end)
{
	job->answer.end = end;
	return 0;
}

static void
tell(struct changing *job, const char *event, const char *reason)
{
	trace_leave(job->hands, &(struct trace){.event = event,
				    .ref = job->request.ref,
				    .reason = reason,
				    .person = &job->person});
}

static int
queue_intent(struct changing *job, long delay_ms, struct err *err)
{
	struct intent intent = {.uuid = job->person.uuid,
	    .pwd_before = job->person.pwd_changed,
	    .csn_before = job->person.entry_csn};
	struct buf sealed;
	int rc;

	memcpy(intent.language, job->request.language, sizeof intent.language);
	memcpy(intent.ref, job->request.ref, sizeof intent.ref);
	buf_init(&sealed, ENVELOPE_MAX);
	job->queued_ms = clock_mono_ms();
	rc = setting_seal(job->hands, &intent, job->intent_id, &sealed, err);
	if (rc == 0)
		rc = queue_put(job->hands->kv, QUEUE_MAIL, job->intent_id,
		    sealed.bytes, sealed.len, delay_ms, err);
	buf_free(&sealed);
	return rc;
}

/* Nothing was written. What fails here, the intent finds out by itself. */
static void
drop_intent(struct changing *job)
{
	struct err err = {0};

	(void)!queue_drop(job->hands->kv, job->intent_id, &err);
}

/* For directories that tell nothing of their writes. */
static int
leave_word(struct changing *job, struct err *err)
{
	return post_first_time(job->hands, job->intent_id, INTENT_CHANGED,
		   err) == LOOKUP_FAILED
		   ? -1
		   : 0;
}

/* Now; another one, when it found nothing changed and ended before a process
 * that was held up went on. */
static int
hurry_intent(struct changing *job, struct err *err)
{
	switch (queue_hurry(job->hands->kv, QUEUE_MAIL, job->intent_id, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return queue_intent(job, 0, err) != 0 ? -1
						      : leave_word(job, err);
	case LOOKUP_FOUND:
		break;
	}
	return 0;
}

static int
finish(struct changing *job)
{
	struct hands *hands = job->hands;
	struct err err = {0};

	if (leave_word(job, &err) != 0 ||
	    intent_check_state(hands, job->person.uuid, &err) ==
		LOOKUP_FAILED ||
	    hurry_intent(job, &err) != 0)
		log_event(LOG_LEVEL_WARN, "change.left-to-intent", "ref",
		    job->request.ref, "reason", err.text, NULL);
	return end_as(job, CHANGE_DONE);
}

static int
set_password(struct changing *job, struct err *err)
{
	enum policy_error policy = POLICY_NONE;

	setting_leave_second(job->person.pwd_changed);
	if (setting_is_late(job->queued_ms)) {
		drop_intent(job);
		return err_set(err, ERR_TEMPORARY, "change: held up too long");
	}
	switch (directory_set_password(
	    job->hands->directory, &job->person, job->password, &policy, err)) {
	case PASSWORD_SET:
		return finish(job);
	case PASSWORD_REFUSED:
		drop_intent(job);
		job->answer.policy =
		    policy == POLICY_NONE ? POLICY_QUALITY : (int)policy;
		tell(job, "change.refused", "directory-policy");
		return end_as(job, CHANGE_FAULTS);
	case PASSWORD_CHANGED_MEANWHILE:
		drop_intent(job);
		tell(job, "change.refused", "changed-meanwhile");
		return end_as(job, CHANGE_BUSY);
	case PASSWORD_UNSURE:
		return end_as(job, CHANGE_BUSY);
	case PASSWORD_FAILED:
		break;
	}
	drop_intent(job);
	return -1;
}

/* Under the lock the person is looked at once more: somebody may have changed
 * the password, or closed the account, since the bind. */
static int
change_locked(struct changing *job, struct err *err)
{
	const char *seen = job->person.pwd_changed;

	if (directory_find_uuid(job->hands->directory, job->person.uuid,
		&job->hands->arena, &job->person, err) != LOOKUP_FOUND)
		return -1;
	if (strcmp(seen, job->person.pwd_changed) != 0)
		return end_as(job, CHANGE_BUSY);
	if (state_judge(&job->person.facts, clock_now_ms()) != STATE_ACTIVE)
		return end_as(job, CHANGE_REFUSED);
	if (queue_intent(job, INTENT_DELAY_MS, err) != 0)
		return -1;
	return set_password(job, err);
}

static int
change(struct changing *job, struct err *err)
{
	struct lock lock;
	int rc;

	job->answer.faults = setting_judge(
	    job->hands, &job->person, job->request.password, &job->password);
	if (job->answer.faults != PASSWORD_FINE)
		return end_as(job, CHANGE_FAULTS);
	switch (lock_take(
	    job->hands->kv, job->person.uuid, LOCK_WAIT_MS, &lock, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return end_as(job, CHANGE_BUSY);
	case LOOKUP_FOUND:
		break;
	}
	rc = change_locked(job, err);
	lock_give(job->hands->kv, &lock);
	return rc;
}

static int
sign_in(struct changing *job, struct err *err)
{
	struct signin signin = {.name = job->request.name,
	    .password = job->request.current,
	    .event = "change.refused",
	    .ref = job->request.ref};

	switch (signin_check(job->hands, &signin, &job->person, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return end_as(job, CHANGE_REFUSED);
	case LOOKUP_FOUND:
		break;
	}
	return change(job, err);
}

int
change_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	struct changing job = {.hands = hands,
	    .answer = {.end = CHANGE_CLOSED, .policy = POLICY_NONE}};
	int rc;

	if (change_unpack(envelope->payload, envelope->len, &hands->arena,
		&job.request, err) != 0)
		return -1;
	hands_refer(hands, job.request.ref);
	rc = sign_in(&job, err);
	if (rc != 0)
		job.answer.end = CHANGE_CLOSED;
	change_answer_pack(&job.answer, reply);
	sodium_memzero(&job, sizeof job);
	return rc;
}

#include "lib/flow/redeem.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/hands.h"
#include "lib/flow/meters.h"
#include "lib/flow/intent.h"
#include "lib/flow/setting.h"
#include "lib/flow/trace.h"
#include "lib/people/password.h"
#include "lib/people/people_conf.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"
#include "lib/store/kv.h"
#include "lib/store/limiter.h"
#include "lib/store/lock.h"
#include "lib/store/queue.h"
#include "lib/store/token.h"

enum { LOCK_WAIT_MS = 1500, CHARTER_MAX = 64 };

struct redemption {
	struct hands *hands;
	const struct envelope *envelope;
	struct redeem_request request;
	char id[ENVELOPE_ID_TEXT];
	char name[TOKEN_NAME];
	struct token_look look;
	struct person person;
	const char *password; /* normal form, in arena */
	int64_t claimed_ms;   /* of clock_mono_ms() */
	struct redeem_answer answer;
};

static int
end_as(struct redemption *red, enum redeem_end end)
{
	red->answer.end = end;
	return 0;
}

static void
tell(struct redemption *red, const char *event, const char *reason)
{
	trace_leave(red->hands, &(struct trace){.event = event,
				    .ref = red->request.ref,
				    .reason = reason,
				    .person = &red->person});
}

static bool
is_activation(const struct redemption *red)
{
	return red->look.record.purpose == TOKEN_ACTIVATE ||
	       red->look.record.purpose == TOKEN_LETTER;
}

/* A letter that was revoked, or replaced, since the form was opened. */
static bool
is_letter_gone(const struct redemption *red)
{
	const struct token_record *record = &red->look.record;

	return record->purpose == TOKEN_LETTER &&
	       (red->person.letter == NULL ||
		   strcmp(red->person.letter, record->extra) != 0);
}

/* The person as they are now, entitled still, unchanged since the link. */
static enum lookup
find_person(struct redemption *red, struct err *err)
{
	const struct token_record *record = &red->look.record;
	enum lookup found;
	enum state state;

	found = directory_find_uuid(red->hands->directory, record->uuid,
	    &red->hands->arena, &red->person, err);
	if (found != LOOKUP_FOUND)
		return found;
	state = state_judge(&red->person.facts, clock_now_ms());
	if (state != STATE_ACTIVE) {
		tell(red, "redeem.refused", state_name(state));
		return LOOKUP_ABSENT;
	}
	if (is_letter_gone(red)) {
		tell(red, "redeem.refused", "letter-revoked");
		return LOOKUP_ABSENT;
	}
	/* Redis may have forgotten that the desk ended it. */
	if (record->asked_ms < red->person.reissued_ms) {
		tell(red, "redeem.refused", "reissued-since");
		return LOOKUP_ABSENT;
	}
	if (strcmp(red->person.pwd_changed, record->pwd_changed) != 0) {
		tell(red, "redeem.refused", "changed-since");
		return LOOKUP_ABSENT;
	}
	return LOOKUP_FOUND;
}

/* The web looked already; a stolen one would not. */
static const char *
usable_mail(struct redemption *red)
{
	const char *address;

	return rescue_judge(&red->hands->arena, red->hands->shop->site,
		   red->request.mail, &address) == RESCUE_FINE
		   ? address
		   : "";
}

/* As rentreeCharter can hold it. */
static const char *
usable_charter(struct redemption *red)
{
	const char *version = red->request.charter;

	for (const char *at = version; *at != '\0'; at++)
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 127 ||
		    at - version >= CHARTER_MAX)
			return "";
	return version;
}

static const char *
accepted_charter(struct redemption *red)
{
	const char *version = usable_charter(red);

	return !red->answer.activation ||
		       strcmp(version, REDEEM_CHARTER_UNSEEN) == 0
		   ? ""
		   : version;
}

static bool
is_complete(struct redemption *red)
{
	red->answer.faults = setting_judge(
	    red->hands, &red->person, red->request.password, &red->password);
	red->answer.no_charter =
	    red->answer.activation && usable_charter(red)[0] == '\0';
	return red->answer.faults == PASSWORD_FINE && !red->answer.no_charter;
}

static int
seal_intent(struct redemption *red, char intent_id[ENVELOPE_ID_TEXT],
    struct buf *sealed, struct err *err)
{
	struct intent intent = {.uuid = red->person.uuid,
	    .pwd_before = red->person.pwd_changed,
	    .csn_before = red->person.entry_csn,
	    .charter = accepted_charter(red),
	    .mail = red->answer.activation ? usable_mail(red) : "",
	    .activation = is_activation(red) || !red->person.has_password};

	memcpy(intent.token_name, red->name, sizeof intent.token_name);
	memcpy(intent.claimant, red->id, sizeof intent.claimant);
	memcpy(intent.language, red->request.language, sizeof intent.language);
	memcpy(intent.ref, red->request.ref, sizeof intent.ref);
	return setting_seal(red->hands, &intent, intent_id, sealed, err);
}

/* Claims the token and queues the intent, in one step. */
static enum lookup
claim(struct redemption *red, char intent_id[ENVELOPE_ID_TEXT], struct err *err)
{
	enum lookup claimed = LOOKUP_FAILED;
	struct buf sealed;

	buf_init(&sealed, ENVELOPE_MAX);
	red->claimed_ms = clock_mono_ms();
	if (seal_intent(red, intent_id, &sealed, err) == 0)
		claimed = token_claim(red->hands->kv, red->name, red->id,
		    &(struct token_intent){.id = intent_id,
			.envelope = sealed.bytes,
			.len = sealed.len,
			.delay_ms = INTENT_DELAY_MS},
		    err);
	buf_free(&sealed);
	return claimed;
}

/* Nothing was written: the link is good again, and the intent not needed.
 * Failures here are settled by the intent itself. */
static void
give_back(struct redemption *red, const char *intent_id)
{
	struct err err = {0};

	if (token_release(red->hands->kv, red->name, red->id, &err) == 0)
		(void)!queue_drop(red->hands->kv, intent_id, &err);
}

static int
queue_another(struct redemption *red, struct err *err)
{
	char id[ENVELOPE_ID_TEXT];
	struct buf sealed;
	int rc;

	buf_init(&sealed, ENVELOPE_MAX);
	rc = seal_intent(red, id, &sealed, err);
	if (rc == 0)
		rc = queue_put(red->hands->kv, QUEUE_MAIL, id, sealed.bytes,
		    sealed.len, 0, err);
	buf_free(&sealed);
	return rc;
}

/* Now; another one, when it found nothing changed and ended before a process
 * that was held up went on. */
static int
hurry_intent(struct redemption *red, const char *intent_id, struct err *err)
{
	switch (queue_hurry(red->hands->kv, QUEUE_MAIL, intent_id, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return queue_another(red, err);
	case LOOKUP_FOUND:
		break;
	}
	return 0;
}

/* The directory has it: spend at once, look at the state again, and let the
 * intent do the rest now. What fails here, the intent repeats. */
static int
finish(struct redemption *red, const char *intent_id)
{
	struct err err = {0};

	if (token_spend(red->hands->kv, red->name, &err) != 0 ||
	    intent_check_state(red->hands, red->person.uuid, &err) ==
		LOOKUP_FAILED ||
	    hurry_intent(red, intent_id, &err) != 0)
		log_event(LOG_LEVEL_WARN, "redeem.left-to-intent", "ref",
		    red->request.ref, "reason", err.text, NULL);
	rescue_settle(red->hands, &red->person);
	return end_as(red, REDEEM_DONE);
}

static int
set_password(struct redemption *red, const char *intent_id, struct err *err)
{
	enum policy_error policy = POLICY_NONE;

	setting_leave_second(red->person.pwd_changed);
	if (setting_is_late(red->claimed_ms)) {
		give_back(red, intent_id);
		return err_set(err, ERR_TEMPORARY, "redeem: held up too long");
	}
	switch (directory_set_password(
	    red->hands->directory, &red->person, red->password, &policy, err)) {
	case PASSWORD_SET:
		return finish(red, intent_id);
	case PASSWORD_REFUSED:
		give_back(red, intent_id);
		red->answer.policy =
		    policy == POLICY_NONE ? POLICY_QUALITY : (int)policy;
		tell(red, "redeem.refused", "directory-policy");
		return end_as(red, REDEEM_FAULTS);
	case PASSWORD_CHANGED_MEANWHILE:
		give_back(red, intent_id);
		tell(red, "redeem.refused", "changed-meanwhile");
		return end_as(red, REDEEM_DEAD);
	case PASSWORD_UNSURE:
		return end_as(red, REDEEM_BUSY);
	case PASSWORD_FAILED:
		break;
	}
	give_back(red, intent_id);
	return -1;
}

static int
redeem_locked(struct redemption *red, struct err *err)
{
	char intent_id[ENVELOPE_ID_TEXT];

	switch (find_person(red, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return end_as(red, REDEEM_DEAD);
	case LOOKUP_FOUND:
		break;
	}
	red->answer.login = red->person.login;
	if (!is_complete(red))
		return end_as(red, REDEEM_FAULTS);
	switch (claim(red, intent_id, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return end_as(red, REDEEM_BUSY);
	case LOOKUP_FOUND:
		break;
	}
	return set_password(red, intent_id, err);
}

static int
redeem_live(struct redemption *red, struct err *err)
{
	struct lock lock;
	int rc;

	switch (lock_take(
	    red->hands->kv, red->look.record.uuid, LOCK_WAIT_MS, &lock, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return end_as(red, REDEEM_BUSY);
	case LOOKUP_FOUND:
		break;
	}
	rc = redeem_locked(red, err);
	lock_give(red->hands->kv, &lock);
	return rc;
}

/* Binds with a used link are few, so that whoever finds one locks nobody out
 * (pwdMaxFailure) and guesses nothing. */
static enum lookup
may_try(struct redemption *red, struct err *err)
{
	static const struct conf_rates tries = {.list = {{4, 900}}, .count = 1};
	const char *uuid = red->look.record.uuid;
	struct limit_verdict verdict = {0};
	struct limit_list list = {0};

	limiter_add_value(&list, red->hands->shop->limit_key, "b", &tries, uuid,
	    strlen(uuid));
	if (limiter_count(red->hands->kv, &list, true, &verdict, err) != 0)
		return LOOKUP_FAILED;
	meters_limit(red->hands->shop->meters, &list, &verdict);
	return verdict.refused ? LOOKUP_ABSENT : LOOKUP_FOUND;
}

/* A double click on a link that did its work: the same password is the same
 * success, another one finds a dead link. */
static int
redeem_spent(struct redemption *red, struct err *err)
{
	struct hands *hands = red->hands;
	const char *normal = NULL;

	if (clock_now_ms() - red->look.spent_ms > TOKEN_AFTERGLOW_MS)
		return end_as(red, REDEEM_DEAD);
	switch (directory_find_uuid(hands->directory, red->look.record.uuid,
	    &hands->arena, &red->person, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return end_as(red, REDEEM_DEAD);
	case LOOKUP_FOUND:
		break;
	}
	normal = password_normal(&hands->arena, red->request.password);
	if (normal == NULL)
		return end_as(red, REDEEM_DEAD);
	switch (may_try(red, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return end_as(red, REDEEM_DEAD);
	case LOOKUP_FOUND:
		break;
	}
	switch (directory_try_password(
	    hands->directory, red->person.dn, normal, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return end_as(red, REDEEM_DEAD);
	case LOOKUP_FOUND:
		break;
	}
	return end_as(red, REDEEM_DONE);
}

static int
redeem(struct redemption *red, struct err *err)
{
	bool peek = red->envelope->kind == REQUEST_PEEK;
	struct kv *kv = red->hands->kv;

	if (token_peek(kv, red->hands->shop->token_key, red->name,
		&red->hands->arena, &red->look, err) != 0)
		return -1;
	if (red->look.state != TOKEN_DEAD &&
	    red->look.record.purpose != TOKEN_RECOVER && !is_activation(red))
		return end_as(red, REDEEM_DEAD);
	red->answer.activation =
	    red->look.state == TOKEN_LIVE && is_activation(red);
	switch (red->look.state) {
	case TOKEN_LIVE:
		if (!peek)
			return redeem_live(red, err);
		red->answer.login = red->look.record.login;
		meters_step(red->hands->shop->meters, METER_OPENED,
		    is_activation(red) ? FLOW_ACTIVATE : FLOW_RECOVER,
		    red->request.language);
		return end_as(red, REDEEM_OPEN);
	case TOKEN_CLAIMED:
		return end_as(red, REDEEM_BUSY);
	case TOKEN_SPENT:
		return peek ? end_as(red, REDEEM_DEAD) : redeem_spent(red, err);
	case TOKEN_DEAD:
		break;
	}
	return end_as(red, REDEEM_DEAD);
}

int
redeem_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	struct redemption red = {.hands = hands,
	    .envelope = envelope,
	    .answer = {
		.end = REDEEM_CLOSED, .policy = POLICY_NONE, .login = ""}};
	struct token token;
	int rc = 0;

	envelope_id_text(envelope->id, red.id);
	if (redeem_unpack(envelope->payload, envelope->len, &hands->arena,
		&red.request, err) != 0)
		return -1;
	hands_refer(hands, red.request.ref);
	if (token_parse(red.request.token, &token)) {
		token_name(&token, red.name);
		rc = redeem(&red, err);
	} else {
		red.answer.end = REDEEM_DEAD;
	}
	sodium_memzero(&token, sizeof token);
	if (rc != 0)
		red.answer.end = REDEEM_CLOSED;
	redeem_answer_pack(&red.answer, reply);
	sodium_memzero(&red, sizeof red);
	return rc;
}

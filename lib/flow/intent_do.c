#include "lib/flow/intent.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/flow/disown.h"
#include "lib/flow/errand.h"
#include "lib/flow/hands.h"
#include "lib/flow/hooks.h"
#include "lib/flow/meters.h"
#include "lib/flow/notice.h"
#include "lib/flow/post.h"
#include "lib/flow/trace.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"
#include "lib/store/lock.h"

enum { LOCK_WAIT_MS = 1000, LOCK_BUSY_MS = 3000 };

/* Longer than a directory takes to write what it had read before we looked. */
enum { LOOK_AGAIN_MS = 30000 };

struct aftermath {
	struct hands *hands;
	struct intent intent;
	struct person person;
	char id[ENVELOPE_ID_TEXT];
	int64_t asked_ms; /* just before the change */
};

/*
 * A password change removes pwdAccountLockedTime, even one that was written
 * between our look and our write. rentreeState and pwdEndTime stay, and say
 * what the account should be.
 */
enum lookup
intent_check_state(struct hands *hands, const char *uuid, struct err *err)
{
	struct state_facts facts;
	struct person person;
	enum lookup found;

	found = directory_find_uuid(
	    hands->directory, uuid, &hands->arena, &person, err);
	if (found != LOOKUP_FOUND)
		return found;
	facts = person.facts;
	facts.admin_lock = false;
	if (state_judge(&facts, clock_now_ms()) != STATE_SUSPENDED ||
	    person.facts.admin_lock)
		return LOOKUP_ABSENT;
	log_event(LOG_LEVEL_WARN, "account.locked-again", "ref", hands->ref,
	    "uuid", uuid, NULL);
	return directory_lock(hands->directory, person.dn, err);
}

/* Not those that were asked since: this may run late, or once more. */
static int
end_links(struct aftermath *after, struct err *err)
{
	struct intent *intent = &after->intent;
	struct kv *kv = after->hands->kv;

	if (intent->token_name[0] != '\0' &&
	    token_spend(kv, intent->token_name, err) != 0)
		return -1;
	return token_revoke_all(kv, intent->uuid,
	    intent->token_name[0] != '\0' ? intent->token_name : NULL,
	    after->asked_ms, err);
}

/* A plain entry without our class cannot hold the note: that is no reason to
 * hold up the rest. */
static int
note_activation(struct aftermath *after, struct err *err)
{
	char now[CLOCK_GENERALIZED];
	const char *values[] = {now, NULL};
	const char *charter[] = {after->intent.charter, NULL};
	struct change changes[4] = {
	    {CHANGE_REPLACE, "rentreeActivated", values}};
	size_t count = 1;

	if (after->person.activated_ms != 0)
		return 0;
	clock_generalized(clock_now_ms(), now);
	if (after->intent.charter[0] != '\0')
		changes[count++] =
		    (struct change){CHANGE_REPLACE, "rentreeCharter", charter};
	/* The code of a letter served its purpose, used or not. */
	if (after->person.letter != NULL) {
		changes[count++] =
		    (struct change){CHANGE_REPLACE, "rentreeLetter", NULL};
		changes[count++] =
		    (struct change){CHANGE_REPLACE, "rentreeLetterEnd", NULL};
	}
	if (directory_change(after->hands->directory, after->person.dn, changes,
		count, NULL, err) != LOOKUP_FAILED)
		return 0;
	if (err->kind == ERR_UNAVAILABLE)
		return -1;
	log_event(LOG_LEVEL_WARN, "activation.not-noted", "ref",
	    after->hands->ref, "reason", err->text, NULL);
	return 0;
}

static struct request_end
notify(void *context, const char *to, const char *tag, struct err *err)
{
	struct aftermath *after = context;
	struct hands *hands = after->hands;
	struct values *values = post_values(hands, after->intent.ref);
	struct notice notice = {.person = &after->person,
	    .about = DISOWN_CHANGED,
	    .values = values,
	    .post = {.letter = "changed",
		.to = to,
		.to_name = after->person.display,
		.language = after->intent.language,
		.request_id = after->id,
		.tag = tag,
		.values = values}};
	int64_t changed_ms;

	/* A mail that waited still tells when it was. */
	if (!clock_from_generalized(after->person.pwd_changed, &changed_ms))
		changed_ms = clock_now_ms();
	values_text(values, "login", after->person.login);
	values_text(values, "name", after->person.display);
	values_flag(values, "activation", after->intent.activation);
	/* One typed with an activation is on its way to be verified. */
	values_flag(values, "rescue",
	    after->person.recovery_mail != NULL ||
		after->intent.mail[0] != '\0');
	values_text(values, "changed_at", post_moment(hands, changed_ms));
	return notice_send(hands, &notice, err);
}

static struct request_end
notify_all(struct aftermath *after, struct err *err)
{
	const struct notice_round round = {.person = &after->person,
	    .rescue = after->person.recovery_mail,
	    .word = "notice",
	    .tell = notify,
	    .context = after};

	return notice_everywhere(after->hands, &round, err);
}

/* The link that verifies the rescue address typed with an activation; before
 * it, the warning to the known addresses, as rescue_do.c has it. */
static int
offer_address(struct aftermath *after, struct err *err)
{
	struct errand errand = {.uuid = after->person.uuid,
	    .address = after->intent.mail,
	    .language = after->intent.language,
	    .ref = after->intent.ref};

	if (after->intent.mail[0] == '\0')
		return 0;
	errand.what = ERRAND_ASKED;
	if (errand_put(after->hands, &errand, after->id, err) != 0)
		return -1;
	errand.what = ERRAND_VERIFY;
	return errand_put(after->hands, &errand, after->id, err);
}

static void
count_done(const struct aftermath *after)
{
	const struct intent *intent = &after->intent;
	enum meter_flow flow = FLOW_CHANGE;

	if (intent->activation)
		flow = FLOW_ACTIVATE;
	else if (intent->token_name[0] != '\0')
		flow = FLOW_RECOVER;
	meters_step(
	    after->hands->shop->meters, METER_DONE, flow, intent->language);
}

static int
tell_others(struct aftermath *after, struct err *err)
{
	const struct errand about = {.uuid = after->person.uuid,
	    .address = "",
	    .language = after->intent.language,
	    .ref = after->intent.ref};

	if (hooks_after_change(
		after->hands, &after->person, &about, after->id, err) != 0)
		return -1;
	FAULT_POINT("intent.hooked");
	trace_leave(after->hands, &(struct trace){.event = "password.changed",
				      .ref = after->intent.ref,
				      .person = &after->person});
	count_done(after);
	return 0;
}

/* Done, then marked: a worker killed in between does it twice rather than
 * never. Once marked it is not done again: links made since then live. */
static struct request_end
follow_change(struct aftermath *after, struct err *err)
{
	struct hands *hands = after->hands;
	enum lookup told = post_is_marked(hands, after->id, "told", err);

	if (told == LOOKUP_FOUND)
		return notify_all(after, err);
	if (told == LOOKUP_FAILED || end_links(after, err) != 0 ||
	    intent_check_state(hands, after->person.uuid, err) ==
		LOOKUP_FAILED ||
	    note_activation(after, err) != 0)
		return request_later(hands->attempt);
	if (tell_others(after, err) != 0 || offer_address(after, err) != 0 ||
	    post_first_time(hands, after->id, "told", err) == LOOKUP_FAILED)
		return request_later(hands->attempt);
	return notify_all(after, err);
}

/*
 * pwdChangedTime moved. A directory without a password policy keeps none: there
 * any write to the entry since we looked counts. It may be somebody else's; a
 * notice too many, and a link to be asked for again, are better than a change
 * that nobody hears of.
 */
static bool
was_written(const struct aftermath *after)
{
	const struct person *person = &after->person;
	const struct intent *intent = &after->intent;

	if (strcmp(person->pwd_changed, intent->pwd_before) != 0)
		return true;
	return person->pwd_changed[0] == '\0' &&
	       intent->csn_before[0] != '\0' &&
	       strcmp(person->entry_csn, intent->csn_before) != 0;
}

/* … or redeem spent the token, or change left its word: they do so only when
 * the directory said yes. */
static enum lookup
is_changed(struct aftermath *after, struct err *err)
{
	struct hands *hands = after->hands;
	struct token_look look;

	if (was_written(after))
		return LOOKUP_FOUND;
	if (after->intent.token_name[0] == '\0')
		return post_is_marked(hands, after->id, INTENT_CHANGED, err);
	if (token_peek(hands->kv, hands->shop->token_key,
		after->intent.token_name, &hands->arena, &look, err) != 0)
		return LOOKUP_FAILED;
	return look.state == TOKEN_SPENT ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

/* At a second look the link was good again for a while: who used it since has
 * an intent of their own. Our own work spends the link, too, so what was
 * decided once stays. */
static enum lookup
is_left_to_us(struct aftermath *after, struct err *err)
{
	struct hands *hands = after->hands;
	struct token_look look;
	enum lookup flag;

	flag = post_is_marked(hands, after->id, "looked", err);
	if (flag != LOOKUP_FOUND || after->intent.token_name[0] == '\0')
		return flag == LOOKUP_FAILED ? LOOKUP_FAILED : LOOKUP_FOUND;
	flag = post_is_marked(hands, after->id, "ours", err);
	if (flag != LOOKUP_ABSENT)
		return flag;
	if (token_peek(hands->kv, hands->shop->token_key,
		after->intent.token_name, &hands->arena, &look, err) != 0)
		return LOOKUP_FAILED;
	if (look.state == TOKEN_SPENT || look.state == TOKEN_CLAIMED)
		return LOOKUP_ABSENT;
	return post_first_time(hands, after->id, "ours", err) == LOOKUP_FAILED
		   ? LOOKUP_FAILED
		   : LOOKUP_FOUND;
}

/*
 * The link is good again. But a directory that was held up may still write
 * what it was sent, after it answered us that nothing had changed: one more
 * look, or the owner would never hear of the change.
 */
static struct request_end
follow_nothing(struct aftermath *after, struct err *err)
{
	struct intent *intent = &after->intent;
	struct hands *hands = after->hands;
	enum lookup first;

	if (intent->token_name[0] != '\0' &&
	    token_release(
		hands->kv, intent->token_name, intent->claimant, err) != 0)
		return request_later(hands->attempt);
	first = post_first_time(hands, after->id, "looked", err);
	if (first == LOOKUP_FAILED)
		return request_later(hands->attempt);
	if (first == LOOKUP_ABSENT)
		return request_finished();
	(void)err_set(err, ERR_TEMPORARY, "not changed yet: one more look");
	return request_later_in(LOOK_AGAIN_MS);
}

static struct request_end
settle(struct aftermath *after, struct err *err)
{
	struct intent *intent = &after->intent;
	struct hands *hands = after->hands;

	switch (directory_find_uuid(hands->directory, intent->uuid,
	    &hands->arena, &after->person, err)) {
	case LOOKUP_FAILED:
		return request_later(hands->attempt);
	case LOOKUP_ABSENT:
		return request_finished();
	case LOOKUP_FOUND:
		break;
	}
	switch (is_changed(after, err)) {
	case LOOKUP_FAILED:
		return request_later(hands->attempt);
	case LOOKUP_ABSENT:
		return follow_nothing(after, err);
	case LOOKUP_FOUND:
		break;
	}
	switch (is_left_to_us(after, err)) {
	case LOOKUP_FAILED:
		return request_later(hands->attempt);
	case LOOKUP_ABSENT:
		return request_finished();
	case LOOKUP_FOUND:
		break;
	}
	return follow_change(after, err);
}

struct request_end
intent_do(struct hands *hands, const struct envelope *envelope, struct err *err)
{
	struct aftermath after = {
	    .hands = hands, .asked_ms = envelope->asked_ms};
	struct request_end end;
	struct lock lock;

	envelope_id_text(envelope->id, after.id);
	if (intent_unpack(envelope->payload, envelope->len, &hands->arena,
		&after.intent, err) != 0)
		return request_finished();
	hands_refer(hands, after.intent.ref);
	if (clock_now_ms() - envelope->asked_ms > INTENT_LIFE_MS)
		return request_finished();
	switch (
	    lock_take(hands->kv, after.intent.uuid, LOCK_WAIT_MS, &lock, err)) {
	case LOOKUP_FAILED:
		return request_later(hands->attempt);
	case LOOKUP_ABSENT:
		return request_later_in(LOCK_BUSY_MS);
	case LOOKUP_FOUND:
		break;
	}
	end = settle(&after, err);
	lock_give(hands->kv, &lock);
	return end;
}

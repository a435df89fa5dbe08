#include "lib/flow/desk_follow.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/flow/disown.h"
#include "lib/flow/flow_conf.h"
#include "lib/flow/hands.h"
#include "lib/flow/links.h"
#include "lib/flow/notice.h"
#include "lib/flow/trace.h"
#include "lib/people/address.h"
#include "lib/people/people_conf.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"
#include "lib/store/store_conf.h"
#include "lib/store/token.h"

/* A directory that was held up may yet write. */
enum { LOOK_AGAIN_MS = 30000 };

struct following {
	struct hands *hands;
	const struct envelope *envelope;
	struct desk_follow follow;
	struct person person;
	char id[ENVELOPE_ID_TEXT];
};

static void
leave(const struct following *run, const char *event, const char *reason)
{
	trace_leave(run->hands,
	    &(struct trace){.event = event,
		.ref = run->follow.ref,
		.reason = reason,
		.person = run->person.login != NULL ? &run->person : NULL,
		.actor = run->follow.actor});
}

/* As the act itself leaves one: whoever did it may have died before. */
static void
leave_followed(const struct following *run)
{
	const struct desk_tools tools = desk_tools_of(run->hands);
	const struct desk_operator who = {.actor = run->follow.actor};
	struct err err = {0};

	if (desk_note(&tools, &who,
		&(struct desk_note){.event = "desk.followed",
		    .ref = run->follow.ref,
		    .reason = desk_kind_name(run->follow.kind),
		    .person = &run->person,
		    .document = run->follow.document},
		&err) != 0)
		log_event(LOG_LEVEL_ERROR, "audit.failed", "ref",
		    run->follow.ref, "reason", err.text, NULL);
}

/* --- the mails ------------------------------------------------------------ */

static struct values *
tell_what(const struct following *run)
{
	const struct desk_follow *follow = &run->follow;
	struct hands *hands = run->hands;
	struct values *values = post_values(hands, follow->ref);

	values_text(values, "login", run->person.login);
	values_text(values, "name", run->person.display);
	values_text(values, "at", post_moment(hands, follow->at_ms));
	values_flag(values, "code", follow->kind == DESK_CODE);
	values_flag(values, "numen", follow->kind == DESK_NUMEN);
	values_flag(values, "phone", follow->kind == DESK_PHONE);
	values_flag(values, "letter", follow->kind == DESK_LETTER);
	values_flag(values, "rescue", follow->kind == DESK_RESCUE);
	values_flag(values, "seen", follow->document != DESK_NO_DOCUMENT);
	if (follow->until_ms != 0)
		values_text(
		    values, "until", post_moment(hands, follow->until_ms));
	if (follow->kind != DESK_RESCUE)
		return values;
	values_text(
	    values, "address", address_mask(&hands->arena, follow->value));
	if (follow->counts_ms != 0)
		values_text(
		    values, "counts_at", post_moment(hands, follow->counts_ms));
	return values;
}

static struct request_end
tell(void *context, const char *to, const char *tag, struct err *err)
{
	struct following *run = context;
	bool rescue = run->follow.kind == DESK_RESCUE;
	struct values *values = tell_what(run);
	struct notice notice = {.person = &run->person,
	    .about = rescue ? DISOWN_ADDRESS : DISOWN_DESK,
	    .values = values,
	    .post = {.letter = "desk",
		.to = to,
		.to_name = run->person.display,
		.language = run->follow.language,
		.request_id = run->id,
		.tag = tag,
		.values = values}};

	return notice_send(run->hands, &notice, err);
}

static struct request_end
tell_all(struct following *run, struct err *err)
{
	const struct notice_round round = {.person = &run->person,
	    .rescue = run->person.recovery_mail,
	    .word = "desk",
	    .tell = tell,
	    .context = run};
	struct request_end end = request_finished();

	/* Whoever reads the address that counts no more hears of it, too. */
	if (run->follow.replaced[0] != '\0')
		end = tell(run, run->follow.replaced, "desk-replaced", err);
	return end.verdict == REQUEST_FINISHED
		   ? notice_everywhere(run->hands, &round, err)
		   : end;
}

/* --- a link --------------------------------------------------------------- */

static struct request_end
send_link(struct following *run, struct err *err)
{
	const struct limits_conf *limits = run->hands->shop->limits;
	const struct person *persons[] = {&run->person};
	bool activate = !run->person.has_password;
	struct links_mail mail = {.letter = activate ? "activate" : "recover",
	    .purpose = activate ? TOKEN_ACTIVATE : TOKEN_RECOVER,
	    .lifetime_s = activate ? limits->activation_lifetime_s
				   : limits->token_lifetime_s,
	    .to = run->person.recovery_mail,
	    .persons = persons,
	    .count = 1,
	    .language = run->follow.language,
	    .ref = run->follow.ref,
	    .request_id = run->id,
	    .tag = "desk-link",
	    .asked_ms = run->envelope->asked_ms,
	    .attempt = run->hands->attempt};
	long delay_ms = 0;

	if (mail.to == NULL ||
	    state_judge(&run->person.facts, clock_now_ms()) != STATE_ACTIVE)
		return request_finished();
	switch (links_send(run->hands, &mail, &delay_ms, err)) {
	case POST_LATER:
		return request_later_in(delay_ms);
	case POST_BEFORE:
		break;
	case POST_NEVER:
		leave(run, "account.link-sent", "refused-by-relay");
		break;
	case POST_SENT:
		leave(run, "account.link-sent", NULL);
		break;
	}
	return request_finished();
}

/* --- an alarm ------------------------------------------------------------- */

static struct request_end
alarm(struct following *run, struct err *err)
{
	const struct workshop *shop = run->hands->shop;
	struct values *values = post_values(run->hands, run->follow.ref);
	struct post post = {.letter = "alarm",
	    .to = shop->site->support_mail,
	    .language = run->follow.language,
	    .request_id = run->id,
	    .tag = "alarm",
	    .values = values};
	long delay_ms = 0;
	enum post_end end;

	if (post.to[0] == '\0')
		return request_finished();
	values_text(values, "actor", run->follow.actor);
	values_text(values, "at", post_moment(run->hands, run->follow.at_ms));
	values_number(values, "count", shop->desk->reissues_per_hour);
	end =
	    post_may_go(run->hands, &post, run->hands->attempt, &delay_ms, err);
	if (end == POST_SENT)
		end = post_send(
		    run->hands, &post, run->hands->attempt, &delay_ms, err);
	if (end == POST_SENT && post_mark_sent(run->hands, &post, err) != 0)
		return request_later(run->hands->attempt);
	return end == POST_LATER ? request_later_in(delay_ms)
				 : request_finished();
}

/* --- what follows --------------------------------------------------------- */

static bool
has_proof(const struct person *person, const char *value)
{
	for (size_t i = 0; person->proofs[i] != NULL; i++)
		if (strcmp(person->proofs[i], value) == 0)
			return true;
	return false;
}

/* A rescue address stands there now, or waits. */
static bool
has_address(const struct person *person, const char *value)
{
	const char *pending = person->recovery_pending;
	const char *mark = pending != NULL ? strchr(pending, '$') : NULL;

	return (mark != NULL && strcmp(mark + 1, value) == 0) ||
	       (person->recovery_mail != NULL &&
		   strcmp(person->recovery_mail, value) == 0);
}

static bool
happened(const struct following *run)
{
	const struct person *person = &run->person;
	const char *value = run->follow.value;

	switch (run->follow.kind) {
	case DESK_CODE:
	case DESK_NUMEN:
	case DESK_PHONE:
		return has_proof(person, value);
	case DESK_RESCUE:
		return has_address(person, value);
	case DESK_LETTER:
		return person->letter != NULL &&
		       strcmp(person->letter, value) == 0;
	case DESK_LINK:
	case DESK_UNLOCK:
	case DESK_INVITE:
		break;
	}
	return false;
}

/* Another one was given out since: had this one not been written yet, it never
 * will, as what it deletes is gone. */
static bool
is_superseded(const struct following *run)
{
	const struct desk_follow *follow = &run->follow;
	const struct person *person = &run->person;

	switch (follow->kind) {
	case DESK_CODE:
	case DESK_NUMEN:
		return person->reissued_ms >= follow->at_ms / 1000 * 1000;
	case DESK_PHONE:
		return person->code_end_ms >= follow->until_ms ||
		       person->reissued_ms >= follow->at_ms / 1000 * 1000;
	case DESK_LETTER:
		return person->letter_end_ms >= follow->until_ms;
	default:
		return false;
	}
}

/* One more look: the process may be slow, or the directory. */
static struct request_end
follow_nothing(struct following *run, struct err *err)
{
	if (is_superseded(run))
		return request_finished();
	switch (post_first_time(run->hands, run->id, "looked", err)) {
	case LOOKUP_FAILED:
		return request_later(run->hands->attempt);
	case LOOKUP_ABSENT:
		return request_finished();
	case LOOKUP_FOUND:
		break;
	}
	(void)err_set(err, ERR_TEMPORARY, "not written yet: one more look");
	return request_later_in(LOOK_AGAIN_MS);
}

/* Links in a mailbox that is not theirs any more, or that an old number
 * brought about. Not those that were asked since: this may run late. */
static int
end_links(struct following *run, struct err *err)
{
	enum desk_kind kind = run->follow.kind;

	if (kind != DESK_CODE && kind != DESK_NUMEN && kind != DESK_RESCUE)
		return 0;
	return token_revoke_all(
	    run->hands->kv, run->person.uuid, NULL, run->follow.at_ms, err);
}

/* Done, then marked, as in intent_do.c. */
static struct request_end
follow_act(struct following *run, struct err *err)
{
	struct hands *hands = run->hands;

	switch (post_is_marked(hands, run->id, "told", err)) {
	case LOOKUP_FOUND:
		return tell_all(run, err);
	case LOOKUP_FAILED:
		return request_later(hands->attempt);
	case LOOKUP_ABSENT:
		break;
	}
	if (!happened(run))
		return follow_nothing(run, err);
	if (end_links(run, err) != 0)
		return request_later(hands->attempt);
	leave_followed(run);
	if (post_first_time(hands, run->id, "told", err) == LOOKUP_FAILED)
		return request_later(hands->attempt);
	return tell_all(run, err);
}

struct request_end
desk_follow_do(
    struct hands *hands, const struct envelope *envelope, struct err *err)
{
	struct following run = {.hands = hands, .envelope = envelope};

	envelope_id_text(envelope->id, run.id);
	if (desk_follow_unpack(envelope->payload, envelope->len, &hands->arena,
		&run.follow, err) != 0 ||
	    clock_now_ms() - envelope->asked_ms > DESK_FOLLOW_LIFE_MS)
		return request_finished();
	hands_refer(hands, run.follow.ref);
	if (run.follow.kind == DESK_ALARM)
		return alarm(&run, err);
	switch (directory_find_uuid(hands->directory, run.follow.uuid,
	    &hands->arena, &run.person, err)) {
	case LOOKUP_FAILED:
		return request_later(hands->attempt);
	case LOOKUP_ABSENT:
		return request_finished();
	case LOOKUP_FOUND:
		break;
	}
	return run.follow.kind == DESK_LINK ? send_link(&run, err)
					    : follow_act(&run, err);
}

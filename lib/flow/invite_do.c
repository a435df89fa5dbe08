#include "lib/flow/invite.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/hands.h"
#include "lib/flow/links.h"
#include "lib/flow/trace.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"
#include "lib/store/store_conf.h"

static const char *
why_not(const struct person *person)
{
	if (person->activated_ms != 0 || person->has_password)
		return "activated";
	if (state_judge(&person->facts, clock_now_ms()) != STATE_ACTIVE)
		return "not-active";
	if (person->recovery_mail == NULL)
		return "no-recovery-mail";
	return NULL;
}

/* The batch writes a letter to whoever cannot be written to. */
static struct request_end
note_refused(struct hands *hands, const struct person *person, struct err *err)
{
	char now[CLOCK_GENERALIZED];
	const char *values[] = {NULL, NULL};
	const struct change change = {
	    CHANGE_REPLACE, "rentreeMailRefused", values};

	clock_generalized(clock_now_ms(), now);
	values[0] =
	    arena_printf(&hands->arena, "%s$%s", now, person->recovery_mail);
	if (directory_change(hands->directory, person->dn, &change, 1, NULL,
		err) == LOOKUP_FAILED &&
	    err->kind == ERR_UNAVAILABLE)
		return request_later(hands->attempt);
	return request_finished();
}

/* When, and how often: the batch invites again whoever has no note, so a note
 * that could not be written is tried again, and the mail is not. */
static struct request_end
note_invited(struct hands *hands, const struct envelope *envelope,
    const struct person *person, struct err *err)
{
	char now[CLOCK_GENERALIZED];
	const char *times[] = {now, NULL};
	const char *counts[] = {
	    arena_printf(&hands->arena, "%ld", person->invitations + 1), NULL};
	const struct change changes[] = {
	    {CHANGE_REPLACE, "rentreeInvited", times},
	    {CHANGE_REPLACE, "rentreeInvitations", counts},
	    {CHANGE_REPLACE, "rentreeMailRefused", NULL},
	};
	/* Most were never refused, and an older schema has no such thing. */
	size_t count =
	    COUNT_OF(changes) - (person->mail_refused == NULL ? 1 : 0);

	/* The directory keeps whole seconds. */
	if (person->invited_ms / 1000 >= envelope->asked_ms / 1000)
		return request_finished();
	clock_generalized(clock_now_ms(), now);
	if (directory_change(hands->directory, person->dn, changes, count, NULL,
		err) == LOOKUP_FAILED &&
	    err->kind == ERR_UNAVAILABLE)
		return request_later(hands->attempt);
	return request_finished();
}

struct invitation {
	struct hands *hands;
	const struct invite_request *request;
	const struct person *person; /* NULL when nobody was found */
};

static void
tell(const struct invitation *inv, const char *event, const char *reason)
{
	trace_leave(inv->hands, &(struct trace){.event = event,
				    .ref = inv->request->ref,
				    .reason = reason,
				    .actor = "operator",
				    .person = inv->person});
}

static void
tell_sent(const void *context)
{
	tell(context, "invite.sent", NULL);
}

static struct request_end
send_link(struct hands *hands, const struct envelope *envelope,
    const struct invite_request *request, const struct person *person,
    struct err *err)
{
	char id[ENVELOPE_ID_TEXT];
	const struct invitation inv = {hands, request, person};
	const struct person *persons[] = {person};
	struct links_mail mail = {.letter = "invite",
	    .purpose = TOKEN_ACTIVATE,
	    .lifetime_s = hands->shop->limits->activation_lifetime_s,
	    .to = person->recovery_mail,
	    .persons = persons,
	    .count = 1,
	    .language =
		person->language != NULL ? person->language : request->language,
	    .ref = request->ref,
	    .request_id = id,
	    .tag = "invite",
	    .asked_ms = envelope->asked_ms,
	    .attempt = hands->attempt,
	    .tell = tell_sent,
	    .context = &inv};
	long delay_ms = 0;

	envelope_id_text(envelope->id, id);
	switch (links_send(hands, &mail, &delay_ms, err)) {
	case POST_LATER:
		return request_later_in(delay_ms);
	case POST_NEVER:
		tell(&inv, "invite.undeliverable", "refused-by-relay");
		return note_refused(hands, person, err);
	case POST_BEFORE: /* and the attempt ended before it noted so */
	case POST_SENT:
		break;
	}
	return note_invited(hands, envelope, person, err);
}

struct request_end
invite_do(struct hands *hands, const struct envelope *envelope, struct err *err)
{
	struct invite_request request = {0};
	const char *reason = "unknown";
	struct person person;
	enum lookup found;

	if (invite_unpack(envelope->payload, envelope->len, &hands->arena,
		&request, err) != 0)
		return request_finished();
	hands_refer(hands, request.ref);
	found = directory_find_login(
	    hands->directory, request.login, &hands->arena, &person, err);
	if (found == LOOKUP_FAILED)
		return request_later(hands->attempt);
	if (found == LOOKUP_FOUND)
		reason = why_not(&person);
	if (clock_now_ms() - envelope->asked_ms > INVITE_LIFE_MS)
		reason = "too-old";
	if (reason == NULL)
		return send_link(hands, envelope, &request, &person, err);
	tell(&(struct invitation){hands, &request,
		 found == LOOKUP_FOUND ? &person : NULL},
	    "invite.refused", reason);
	return request_finished();
}

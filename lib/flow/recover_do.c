#include "lib/flow/recover.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/desk_member.h"
#include "lib/flow/flow_conf.h"
#include "lib/flow/hands.h"
#include "lib/flow/meters.h"
#include "lib/flow/links.h"
#include "lib/flow/newest.h"
#include "lib/flow/proof.h"
#include "lib/flow/rescue.h"
#include "lib/flow/trace.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"
#include "lib/store/limiter.h"
#include "lib/store/store_conf.h"

/* No new mail is begun after that: a slow relay stays within a lease. */
enum { SENDING_MS = 30000 };

struct recovery {
	struct hands *hands;
	const struct envelope *envelope;
	struct recover_request request;
	char id[ENVELOPE_ID_TEXT];
	uint32_t attempt;
	struct directory_found found;
	bool activates[DIRECTORY_PERSONS_MAX]; /* or else recovers */
};

static void
tell(const struct recovery *rec, const char *event, const char *reason,
    const struct person *person)
{
	trace_leave(
	    rec->hands, &(struct trace){.event = event,
			    .ref = rec->request.ref,
			    .reason = reason,
			    .person = person,
			    .typed = rec->request.number.text,
			    .typed_len = strlen(rec->request.number.text)});
}

static bool
is_dormant(const struct person *person)
{
	return person->activated_ms == 0 && !person->has_password;
}

/* What link this person gets. */
static enum token_purpose
purpose_of(const struct recovery *rec, const struct person *person)
{
	return rec->activates[person - rec->found.list] ? TOKEN_ACTIVATE
							: TOKEN_RECOVER;
}

/* "Courriel non reçu" sends again what was last asked, or else what the
 * operator sent. */
static int
look_back(struct recovery *rec, const struct person *person, bool *was,
    struct err *err)
{
	int64_t recover_ms, activate_ms;

	if (newest_asked(rec->hands, TOKEN_RECOVER, person->uuid, &recover_ms,
		err) != 0 ||
	    newest_asked(rec->hands, TOKEN_ACTIVATE, person->uuid, &activate_ms,
		err) != 0)
		return -1;
	*was = activate_ms > recover_ms ||
	       (recover_ms == 0 && person->invited_ms != 0);
	return 0;
}

static int
choose_links(struct recovery *rec, struct err *err)
{
	for (size_t i = 0; i < rec->found.count; i++) {
		const struct person *person = &rec->found.list[i];
		bool wanted = rec->envelope->kind == REQUEST_ACTIVATE;

		if (rec->envelope->kind == REQUEST_RESEND &&
		    look_back(rec, person, &wanted, err) != 0)
			return -1;
		rec->activates[i] = wanted && is_dormant(person);
	}
	return 0;
}

/* Every question is asked whatever the first ones say; the first no counts. */
static const char *
why_not(const struct recovery *rec, const struct person *person)
{
	int64_t changed_ms = 0, now_ms = clock_now_ms();
	enum state state = state_judge(&person->facts, now_ms);
	bool birth = proof_birth_fits(rec->hands, person, &rec->request.birth);
	bool reachable = person->recovery_mail != NULL;
	bool changed =
	    clock_from_generalized(person->pwd_changed, &changed_ms) &&
	    changed_ms > rec->envelope->asked_ms;

	if (!birth)
		return "birth-date";
	if (state != STATE_ACTIVE)
		return state_name(state);
	if (!reachable)
		return "no-recovery-mail";
	if (changed)
		return "changed-since";
	return NULL;
}

/* Counted once per request, whatever the number of attempts; a refusal is
 * remembered, so that a later attempt does not overlook it. new_box: no other
 * account of this request has counted this mailbox. */
static enum lookup
is_within_limits(const struct recovery *rec, const struct person *person,
    bool new_box, struct err *err)
{
	const struct workshop *shop = rec->hands->shop;
	struct limit_verdict verdict = {0};
	struct limit_list list = {0};
	char counted[64], refused[64];
	enum lookup first;

	if (!text_format(counted, sizeof counted, "c-%s", person->uuid) ||
	    !text_format(refused, sizeof refused, "x-%s", person->uuid))
		return LOOKUP_ABSENT; /* a uuid has 36 characters */
	first = post_first_time(rec->hands, rec->id, counted, err);
	if (first == LOOKUP_FAILED)
		return LOOKUP_FAILED;
	if (first == LOOKUP_ABSENT) {
		first = post_is_marked(rec->hands, rec->id, refused, err);
		return first == LOOKUP_FAILED  ? LOOKUP_FAILED
		       : first == LOOKUP_FOUND ? LOOKUP_ABSENT
					       : LOOKUP_FOUND;
	}
	limiter_add_value(&list, shop->limit_key, "s",
	    &shop->limits->per_mailbox, person->uuid, strlen(person->uuid));
	if (new_box)
		limiter_add_value(&list, shop->limit_key, "m",
		    &shop->limits->per_mailbox, person->recovery_mail,
		    strlen(person->recovery_mail));
	if (limiter_count(rec->hands->kv, &list, true, &verdict, err) != 0)
		return LOOKUP_FAILED;
	meters_limit(rec->hands->shop->meters, &list, &verdict);
	if (!verdict.refused)
		return LOOKUP_FOUND;
	return post_first_time(rec->hands, rec->id, refused, err) ==
		       LOOKUP_FAILED
		   ? LOOKUP_FAILED
		   : LOOKUP_ABSENT;
}

static enum lookup
is_newest(const struct recovery *rec, const struct person *person,
    bool remember, struct err *err)
{
	return newest_is(rec->hands, purpose_of(rec, person), person->uuid,
	    rec->envelope->asked_ms, remember, err);
}

/* Who works at the desk, and whom it may not touch: the directory denies us
 * their passwords (ldap-schema/acl.conf), so a link would lead nowhere. */
static enum lookup
is_ours_to_open(
    const struct recovery *rec, const struct person *person, struct err *err)
{
	const struct desk_conf *desk = rec->hands->shop->desk;
	const char *const groups[] = {desk->group, desk->protected_group};

	for (size_t i = 0; i < COUNT_OF(groups); i++) {
		enum lookup member = desk_member(rec->hands->directory,
		    groups[i], person->dn, &rec->hands->arena, err);

		if (member != LOOKUP_ABSENT)
			return member == LOOKUP_FOUND ? LOOKUP_ABSENT
						      : LOOKUP_FAILED;
	}
	return LOOKUP_FOUND;
}

/* The password was changed since it was asked. A directory with a password
 * policy said so already (why_not()); without one our own changes are known:
 * the link of an attempt that died was used, for one. */
static enum lookup
is_open(
    const struct recovery *rec, const struct person *person, struct err *err)
{
	switch (token_is_over(
	    rec->hands->kv, person->uuid, rec->envelope->asked_ms, err)) {
	case LOOKUP_FAILED:
		return LOOKUP_FAILED;
	case LOOKUP_FOUND:
		return LOOKUP_ABSENT;
	case LOOKUP_ABSENT:
		break;
	}
	return LOOKUP_FOUND;
}

/* A newer request of the same account makes this one's mail pointless; but
 * only one that gets its mail: so it counts as newer when the limits let it
 * through, not before. */
static enum lookup
is_wanted(const struct recovery *rec, const struct person *person, bool new_box,
    const char **reason, struct err *err)
{
	enum lookup wanted;

	*reason = "protected";
	wanted = is_ours_to_open(rec, person, err);
	if (wanted != LOOKUP_FOUND)
		return wanted;
	*reason = "changed-since";
	wanted = is_open(rec, person, err);
	if (wanted != LOOKUP_FOUND)
		return wanted;
	*reason = "superseded";
	wanted = is_newest(rec, person, false, err);
	if (wanted != LOOKUP_FOUND)
		return wanted;
	*reason = "mailbox-limit";
	wanted = is_within_limits(rec, person, new_box, err);
	if (wanted != LOOKUP_FOUND)
		return wanted;
	*reason = "superseded";
	return is_newest(rec, person, true, err);
}

static bool
is_new_box(const struct person *const *chosen, size_t count, const char *mail)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(chosen[i]->recovery_mail, mail) == 0)
			return false;
	return true;
}

/* Those who are entitled, in the order found. */
static int
choose(const struct recovery *rec, const struct person *chosen[LINKS_MAX],
    size_t *count, struct err *err)
{
	*count = 0;
	for (size_t i = 0; i < rec->found.count; i++) {
		const struct person *person = &rec->found.list[i];
		const char *reason = why_not(rec, person);
		enum lookup wanted = LOOKUP_ABSENT;

		if (reason == NULL && *count == RECOVER_ACCOUNTS_MAX)
			reason = "too-many-accounts";
		if (reason == NULL)
			wanted = is_wanted(rec, person,
			    is_new_box(chosen, *count, person->recovery_mail),
			    &reason, err);
		if (wanted == LOOKUP_FAILED)
			return -1;
		if (wanted == LOOKUP_ABSENT)
			tell(rec, "recover.refused", reason, person);
		else
			chosen[(*count)++] = person;
		if (wanted == LOOKUP_FOUND)
			rescue_settle(rec->hands, person);
	}
	return 0;
}

static bool
is_same_mail(const struct recovery *rec, const struct person *one,
    const struct person *other)
{
	return strcmp(one->recovery_mail, other->recovery_mail) == 0 &&
	       purpose_of(rec, one) == purpose_of(rec, other);
}

/* The next address nobody wrote to yet, with all its accounts that get the
 * same link. */
static size_t
group(const struct recovery *rec, const struct person **chosen, size_t count,
    bool *done, const struct person **same)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (done[i])
			continue;
		if (n == 0 || is_same_mail(rec, chosen[i], same[0])) {
			done[i] = true;
			same[n++] = chosen[i];
		}
	}
	return n;
}

/* The accounts that one mail is about. */
struct about {
	const struct recovery *rec;
	const struct person **same;
	size_t count;
};

static void
tell_about(const struct about *about, const char *event, const char *reason)
{
	for (size_t i = 0; i < about->count; i++)
		tell(about->rec, event, reason, about->same[i]);
}

static void
tell_sent(const void *context)
{
	tell_about(context, "recover.sent", NULL);
}

/* One mail, with a link for each account of the group. */
static struct request_end
send_group(const struct recovery *rec, const struct person **same, size_t count,
    struct err *err)
{
	const struct limits_conf *limits = rec->hands->shop->limits;
	bool activate = purpose_of(rec, same[0]) == TOKEN_ACTIVATE;
	struct links_mail mail = {.letter = activate ? "activate" : "recover",
	    .purpose = activate ? TOKEN_ACTIVATE : TOKEN_RECOVER,
	    .lifetime_s = activate ? limits->activation_lifetime_s
				   : limits->token_lifetime_s,
	    .to = same[0]->recovery_mail,
	    .persons = same,
	    .count = count,
	    .language = rec->request.language,
	    .ref = rec->request.ref,
	    .request_id = rec->id,
	    .tag = same[0]->uuid,
	    .asked_ms = rec->envelope->asked_ms,
	    .attempt = rec->attempt,
	    .tell = tell_sent};
	const struct about about = {rec, same, count};
	long delay_ms = 0;

	mail.context = &about;
	switch (links_send(rec->hands, &mail, &delay_ms, err)) {
	case POST_LATER:
		return request_later_in(delay_ms);
	case POST_NEVER:
		tell_about(&about, "recover.undeliverable", "refused-by-relay");
		break;
	case POST_BEFORE:
	case POST_SENT:
		break;
	}
	return request_finished();
}

static struct request_end
send_all(const struct recovery *rec, const struct person **chosen, size_t count,
    struct err *err)
{
	const struct person *same[LINKS_MAX];
	bool done[LINKS_MAX] = {false};
	struct request_end end = request_finished();
	int64_t start_ms = clock_mono_ms();
	size_t n;

	while ((n = group(rec, chosen, count, done, same)) > 0) {
		struct request_end sent;

		if (clock_mono_ms() - start_ms > SENDING_MS)
			return request_later(rec->attempt);
		sent = send_group(rec, same, n, err);
		if (sent.verdict == REQUEST_LATER)
			end = sent;
	}
	return end;
}

static struct request_end
serve(struct recovery *rec, struct err *err)
{
	const struct person *chosen[LINKS_MAX];
	size_t count;

	if (proof_find(rec->hands, &rec->request.number, &rec->found, err) != 0)
		return request_later(rec->attempt);
	if (rec->found.count == 0 || rec->found.too_many) {
		tell(rec, "recover.refused",
		    rec->found.too_many ? "too-many-accounts" : "unknown",
		    NULL);
		return request_finished();
	}
	if (choose_links(rec, err) != 0 ||
	    choose(rec, chosen, &count, err) != 0)
		return request_later(rec->attempt);
	return send_all(rec, chosen, count, err);
}

struct request_end
recover_do(
    struct hands *hands, const struct envelope *envelope, struct err *err)
{
	struct recovery rec = {
	    .hands = hands, .envelope = envelope, .attempt = hands->attempt};
	struct request_end end;

	envelope_id_text(envelope->id, rec.id);
	if (recover_unpack(
		envelope->payload, envelope->len, &rec.request, err) != 0)
		return request_finished();
	hands_refer(hands, rec.request.ref);
	if (clock_now_ms() - envelope->asked_ms >
	    RECOVER_LIFE_MS + ENVELOPE_SKEW_MS) {
		tell(&rec, "recover.expired", "too-old", NULL);
		end = request_finished();
	} else {
		end = serve(&rec, err);
	}
	sodium_memzero(&rec, sizeof rec);
	return end;
}

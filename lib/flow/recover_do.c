#include "lib/flow/recover.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/hands.h"
#include "lib/flow/links.h"
#include "lib/flow/newest.h"
#include "lib/flow/trace.h"
#include "lib/people/digest.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"
#include "lib/store/limiter.h"
#include "lib/store/store_conf.h"

struct recovery {
	struct hands *hands;
	const struct envelope *envelope;
	struct recover_request request;
	char id[ENVELOPE_ID_TEXT];
	uint32_t attempt;
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

static int
look_up(
    const struct recovery *rec, struct directory_found *found, struct err *err)
{
	const struct digest_keys *keys = rec->hands->shop->numbers;
	const char *values[DIGEST_KEYS_MAX];

	for (size_t i = 0; i < keys->count; i++) {
		struct digest proof =
		    digest_proof(keys, i, &rec->request.number);

		values[i] = arena_dup(&rec->hands->arena, proof.text);
	}
	return directory_find_proof(rec->hands->directory, values, keys->count,
	    &rec->hands->arena, found, err);
}

/* The directory may hold a clear date instead of our digest. */
static bool
birth_fits(const struct recovery *rec, const struct person *person)
{
	struct birth clear;

	if (person->birth == NULL)
		return false;
	if (birth_from_directory(person->birth, &clear))
		return sodium_memcmp(clear.text, rec->request.birth.text,
			   BIRTH_TEXT) == 0;
	return digest_birth_matches(rec->hands->shop->numbers, person->birth,
	    person->login, &rec->request.birth);
}

/* Every question is asked whatever the first ones say; the first no counts. */
static const char *
why_not(const struct recovery *rec, const struct person *person)
{
	int64_t changed_ms = 0, now_ms = clock_now_ms();
	enum state state = state_judge(&person->facts, now_ms);
	bool birth = birth_fits(rec, person);
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

/* A newer request of the same account makes this one's mail pointless; the
 * account's and the mailbox's budgets are counted once per request. */
static enum lookup
is_wanted(const struct recovery *rec, const struct person *person,
    const char **reason, struct err *err)
{
	const struct workshop *shop = rec->hands->shop;
	struct limit_verdict verdict = {0};
	struct limit_list list = {0};
	char word[64];
	enum lookup first;

	switch (newest_is(rec->hands, TOKEN_RECOVER, person->uuid,
	    rec->envelope->asked_ms, err)) {
	case LOOKUP_FAILED:
		return LOOKUP_FAILED;
	case LOOKUP_ABSENT:
		*reason = "superseded";
		return LOOKUP_ABSENT;
	case LOOKUP_FOUND:
		break;
	}
	if (!text_format(word, sizeof word, "c-%s", person->uuid))
		return LOOKUP_FAILED;
	first = post_first_time(rec->hands, rec->id, word, err);
	if (first != LOOKUP_FOUND)
		return first == LOOKUP_FAILED ? first : LOOKUP_FOUND;
	limiter_add_value(&list, shop->limit_key, "s",
	    &shop->limits->per_mailbox, person->uuid, strlen(person->uuid));
	limiter_add_value(&list, shop->limit_key, "m",
	    &shop->limits->per_mailbox, person->recovery_mail,
	    strlen(person->recovery_mail));
	if (limiter_count(rec->hands->kv, &list, true, &verdict, err) != 0)
		return LOOKUP_FAILED;
	*reason = "mailbox-limit";
	return verdict.refused ? LOOKUP_ABSENT : LOOKUP_FOUND;
}

/* Those who are entitled, in the order found. */
static int
choose(const struct recovery *rec, const struct directory_found *found,
    const struct person *chosen[LINKS_MAX], size_t *count, struct err *err)
{
	*count = 0;
	for (size_t i = 0; i < found->count; i++) {
		const struct person *person = &found->list[i];
		const char *reason = why_not(rec, person);
		enum lookup wanted = LOOKUP_ABSENT;

		if (reason == NULL)
			wanted = is_wanted(rec, person, &reason, err);
		if (wanted == LOOKUP_FAILED)
			return -1;
		if (wanted == LOOKUP_ABSENT)
			tell(rec, "recover.refused", reason, person);
		else if (*count < RECOVER_ACCOUNTS_MAX)
			chosen[(*count)++] = person;
	}
	return 0;
}

/* The next address nobody wrote to yet, with all its accounts. */
static size_t
group(const struct person **chosen, size_t count, bool *done,
    const struct person **same)
{
	const char *address = NULL;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (done[i])
			continue;
		if (address == NULL)
			address = chosen[i]->recovery_mail;
		if (strcmp(chosen[i]->recovery_mail, address) == 0) {
			done[i] = true;
			same[n++] = chosen[i];
		}
	}
	return n;
}

static struct request_end
send_all(const struct recovery *rec, const struct person **chosen, size_t count,
    struct err *err)
{
	const struct limits_conf *limits = rec->hands->shop->limits;
	const struct person *same[LINKS_MAX];
	bool done[LINKS_MAX] = {false};
	struct request_end end = request_finished();
	size_t n;

	while ((n = group(chosen, count, done, same)) > 0) {
		struct links_mail mail = {.letter = "recover",
		    .purpose = TOKEN_RECOVER,
		    .lifetime_s = limits->token_lifetime_s,
		    .to = same[0]->recovery_mail,
		    .persons = same,
		    .count = n,
		    .language = rec->request.language,
		    .ref = rec->request.ref,
		    .request_id = rec->id,
		    .tag = same[0]->uuid,
		    .asked_ms = rec->envelope->asked_ms,
		    .attempt = rec->attempt};
		long delay_ms = 0;

		switch (links_send(rec->hands, &mail, &delay_ms, err)) {
		case POST_LATER:
			end = request_later_in(delay_ms);
			break;
		case POST_SENT:
			tell(rec, "recover.sent", NULL, same[0]);
			break;
		case POST_NEVER:
			tell(rec, "recover.undeliverable", "refused-by-relay",
			    same[0]);
			break;
		case POST_BEFORE:
			break;
		}
	}
	return end;
}

static struct request_end
serve(const struct recovery *rec, struct err *err)
{
	const struct person *chosen[LINKS_MAX];
	struct directory_found found = {0};
	size_t count;

	if (look_up(rec, &found, err) != 0)
		return request_later(rec->attempt);
	if (found.count == 0 || found.too_many) {
		tell(rec, "recover.refused",
		    found.too_many ? "too-many-accounts" : "unknown", NULL);
		return request_finished();
	}
	if (choose(rec, &found, chosen, &count, err) != 0)
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
	if (recover_unpack(envelope->payload, envelope->len, &hands->arena,
		&rec.request, err) != 0)
		return request_finished();
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

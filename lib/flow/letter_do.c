#include "lib/flow/letter.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/hands.h"
#include "lib/flow/meters.h"
#include "lib/flow/proof.h"
#include "lib/flow/trace.h"
#include "lib/people/digest.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"
#include "lib/store/limiter.h"

struct opening {
	struct hands *hands;
	const struct envelope *envelope;
	struct letter_request request;
	struct directory_found found;
	bool within_limits;
};

/* Ten tries at once, then one in 17 hours: over the life of a letter some 140
 * of the 18,000 birth dates that staff may have. */
static int
count(struct opening *job, struct err *err)
{
	static const struct conf_rates tries = {
	    .list = {{10, 7 * 86400}}, .count = 1};
	const char *code = job->request.code.text;
	struct limit_verdict verdict = {0};
	struct limit_list list = {0};

	limiter_add_value(&list, job->hands->shop->limit_key, "l", &tries, code,
	    strlen(code));
	if (limiter_count(job->hands->kv, &list, true, &verdict, err) != 0)
		return -1;
	meters_limit(job->hands->shop->meters, &list, &verdict);
	job->within_limits = !verdict.refused;
	return 0;
}

static int
find(struct opening *job, struct err *err)
{
	const struct digest_keys *keys = job->hands->shop->numbers;
	const char *values[DIGEST_KEYS_MAX];

	for (size_t i = 0; i < keys->count; i++) {
		struct digest digest =
		    digest_letter(keys, i, &job->request.code);

		values[i] = arena_dup(&job->hands->arena, digest.text);
	}
	return directory_find_letter(job->hands->directory, values, keys->count,
	    &job->hands->arena, &job->found, err);
}

/* Every question is asked whoever it is, and of nobody too; the first no
 * counts. */
static const char *
why_not(const struct opening *job)
{
	static const struct person nobody = {.login = ""};
	const struct person *person =
	    job->found.count == 1 ? job->found.list : &nobody;
	int64_t now_ms = clock_now_ms();
	enum state state = state_judge(&person->facts, now_ms);
	bool birth = proof_birth_fits(job->hands, person, &job->request.birth);
	bool activated = person->activated_ms != 0 || person->has_password;
	bool over = person->letter_end_ms <= now_ms;

	if (person == &nobody)
		return "unknown";
	if (!job->within_limits)
		return "letter-limit";
	if (!birth)
		return "birth-date";
	if (activated)
		return "activated";
	if (over)
		return "expired";
	return state != STATE_ACTIVE ? state_name(state) : NULL;
}

/* The form of a link, without a mail: the token goes back in the answer, which
 * is sealed for the one process that asked. */
static int
open_form(struct opening *job, struct letter_answer *answer, struct err *err)
{
	const struct person *person = job->found.list;
	const unsigned char *key = job->hands->shop->token_key;
	const struct token_record record = {.purpose = TOKEN_LETTER,
	    .uuid = person->uuid,
	    .login = person->login,
	    .pwd_changed = person->pwd_changed,
	    .extra = person->letter,
	    .language = job->request.language,
	    .asked_ms = job->envelope->asked_ms,
	    .expires_ms = clock_now_ms() + LETTER_OPEN_S * 1000};
	char name[TOKEN_NAME];
	struct token token;
	int rc;

	token_make(&token);
	token_name(&token, name);
	rc = token_issue(job->hands->kv, key, name, &record, err);
	if (rc == 0)
		rc = token_sent(job->hands->kv, key, name, &record, err);
	if (rc == 0) {
		token_format(&token, answer->token);
		answer->end = LETTER_OPENED;
	}
	sodium_memzero(&token, sizeof token);
	return rc;
}

static void
tell(const struct opening *job, const char *event, const char *reason)
{
	trace_leave(job->hands,
	    &(struct trace){.event = event,
		.ref = job->request.ref,
		.reason = reason,
		.person = job->found.count == 1 ? job->found.list : NULL,
		.typed = job->request.code.text,
		.typed_len = strlen(job->request.code.text)});
}

static int
serve(struct opening *job, struct letter_answer *answer, struct err *err)
{
	const char *reason;

	if (count(job, err) != 0 || find(job, err) != 0)
		return -1;
	reason = why_not(job);
	if (reason == NULL && open_form(job, answer, err) != 0)
		return -1;
	if (reason != NULL)
		answer->end = LETTER_REFUSED;
	tell(job, reason == NULL ? "letter.opened" : "letter.refused", reason);
	return 0;
}

int
letter_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	struct letter_answer answer = {.end = LETTER_CLOSED};
	struct opening job = {.hands = hands, .envelope = envelope};
	int rc;

	if (letter_unpack(
		envelope->payload, envelope->len, &job.request, err) != 0)
		return -1;
	hands_refer(hands, job.request.ref);
	rc = serve(&job, &answer, err);
	letter_answer_pack(&answer, reply);
	sodium_memzero(&answer, sizeof answer);
	sodium_memzero(&job, sizeof job);
	return rc;
}

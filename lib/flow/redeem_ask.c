#include "lib/flow/redeem.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/text.h"
#include "lib/people/password_faults.h"
#include "lib/store/now.h"
#include "lib/store/token.h"

static struct redeem_answer
ended(enum redeem_end end)
{
	return (struct redeem_answer){.end = end, .policy = -1, .login = ""};
}

static struct redeem_answer
ask_worker(const struct asker *asker, enum request_kind kind,
    const struct redeem_request *request, struct arena *arena, struct err *err)
{
	struct redeem_answer answer = ended(REDEEM_CLOSED);
	const void *reply;
	size_t reply_len;
	struct buf payload;

	buf_init(&payload, ENVELOPE_PADDED_LARGE);
	redeem_pack(request, &payload);
	if (now_ask(asker->now, kind, payload.bytes, payload.len, arena, &reply,
		&reply_len, err) != 0 ||
	    redeem_answer_unpack(reply, reply_len, arena, &answer, err) != 0)
		answer = ended(REDEEM_CLOSED);
	buf_free(&payload);
	return answer;
}

static struct redeem_request
request_of(
    const char *token, const char *password, const struct visitor *visitor)
{
	struct redeem_request request = {.token = token, .password = password};

	memcpy(request.language, visitor->language, sizeof request.language);
	memcpy(request.ref, visitor->ref, sizeof request.ref);
	return request;
}

/* Text that is no token at all needs no worker to be dead. */
static bool
is_token(const char *text)
{
	struct token token;
	bool is = token_parse(text, &token);

	sodium_memzero(&token, sizeof token);
	return is;
}

static struct redeem_answer
not_counted(const struct ask_answer *counted)
{
	struct redeem_answer answer =
	    ended(counted->end == ASK_LIMITED ? REDEEM_LIMITED : REDEEM_CLOSED);

	answer.retry_after_s = counted->retry_after_s;
	return answer;
}

struct redeem_answer
redeem_peek(const struct asker *asker, const char *token,
    const struct visitor *visitor, struct arena *arena, struct err *err)
{
	struct redeem_request request = request_of(token, "", visitor);

	struct ask_answer counted;

	if (!is_token(token))
		return ended(REDEEM_DEAD);
	counted = asker_count_look(asker, visitor, err);
	if (counted.end != ASK_ACCEPTED)
		return not_counted(&counted);
	return ask_worker(asker, REQUEST_PEEK, &request, arena, err);
}

static bool
is_measured(const struct redeem_form *form, const struct site_conf *site,
    struct arena *arena, const char **mail, struct redeem_answer *answer)
{
	*mail = "";
	answer->mail_fault = rescue_judge(arena, site, form->mail, mail);
	if (answer->mail_fault == RESCUE_EMPTY)
		answer->mail_fault = RESCUE_FINE;
	answer->mismatch = strcmp(form->password, form->confirmation) != 0;
	answer->faults = password_measure(form->password);
	return !answer->mismatch && answer->faults == 0 &&
	       answer->mail_fault == RESCUE_FINE;
}

/* A fault found here still shows whose form it is, when the worker can say so;
 * a link that is dead or busy is that first of all. */
static struct redeem_answer
with_account(const struct asker *asker, const struct redeem_form *form,
    const struct visitor *visitor, const struct redeem_answer *faults,
    struct arena *arena, struct err *err)
{
	struct redeem_answer answer =
	    redeem_peek(asker, form->token, visitor, arena, err);

	if (answer.end == REDEEM_DEAD || answer.end == REDEEM_BUSY)
		return answer;
	answer.end = REDEEM_FAULTS;
	answer.faults = faults->faults;
	answer.mismatch = faults->mismatch;
	answer.mail_fault = faults->mail_fault;
	answer.no_charter = answer.activation && form->charter[0] == '\0';
	return answer;
}

struct redeem_answer
redeem_ask(const struct asker *asker, const struct site_conf *site,
    const struct redeem_form *form, const struct visitor *visitor,
    struct arena *arena, struct err *err)
{
	const char *mail;
	struct redeem_answer answer = ended(REDEEM_FAULTS);
	struct redeem_request request;
	struct ask_answer counted;

	if (!is_token(form->token))
		return ended(REDEEM_DEAD);
	if (!is_measured(form, site, arena, &mail, &answer))
		return with_account(asker, form, visitor, &answer, arena, err);
	counted = asker_count(asker, visitor, err);
	if (counted.end != ASK_ACCEPTED)
		return not_counted(&counted);
	request = request_of(form->token, form->password, visitor);
	request.charter = form->charter;
	request.mail = mail;
	return ask_worker(asker, REQUEST_REDEEM, &request, arena, err);
}

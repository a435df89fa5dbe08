#include "lib/flow/ticket.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/store/now.h"

static struct ticket_answer
ended(enum ticket_end end)
{
	return (struct ticket_answer){.end = end, .address = ""};
}

static struct ticket_answer
ask_worker(const struct asker *asker, enum request_kind kind,
    const struct ticket_request *request, struct arena *arena, struct err *err)
{
	struct ticket_answer answer = ended(TICKET_CLOSED);
	const void *reply;
	size_t reply_len;
	struct buf payload;

	buf_init(&payload, ENVELOPE_PADDED);
	ticket_pack(request, &payload);
	if (now_ask(asker->now, kind, payload.bytes, payload.len, arena, &reply,
		&reply_len, err) != 0 ||
	    ticket_answer_unpack(reply, reply_len, arena, &answer, err) != 0)
		answer = ended(TICKET_CLOSED);
	buf_free(&payload);
	return answer;
}

struct ticket_answer
ticket_ask(const struct asker *asker, enum request_kind kind, const char *text,
    bool act, const struct visitor *visitor, struct arena *arena,
    struct err *err)
{
	struct ticket_request request = {.token = text, .act = act};
	struct ask_answer counted = {.end = ASK_ACCEPTED};
	struct ticket_answer answer;
	struct token token;
	bool is_token = token_parse(text, &token);

	sodium_memzero(&token, sizeof token);
	if (!is_token)
		return ended(TICKET_DEAD);
	if (act)
		counted = asker_count(asker, visitor, err);
	if (counted.end == ASK_LIMITED) {
		answer = ended(TICKET_LIMITED);
		answer.retry_after_s = counted.retry_after_s;
		return answer;
	}
	if (counted.end != ASK_ACCEPTED)
		return ended(TICKET_CLOSED);
	memcpy(request.language, visitor->language, sizeof request.language);
	memcpy(request.ref, visitor->ref, sizeof request.ref);
	return ask_worker(asker, kind, &request, arena, err);
}

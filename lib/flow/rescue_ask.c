#include "lib/flow/rescue.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/flow/mark.h"
#include "lib/flow/signin.h"
#include "lib/store/now.h"

static struct rescue_answer
ended(enum rescue_end end)
{
	return (struct rescue_answer){.end = end};
}

static struct rescue_answer
ask_worker(const struct asker *asker, const struct rescue_request *request,
    struct arena *arena, struct err *err)
{
	struct rescue_answer answer = ended(RESCUE_CLOSED);
	int64_t begun_ms = clock_mono_ms();
	const void *reply;
	size_t reply_len;
	struct buf payload;

	buf_init(&payload, ENVELOPE_PADDED_LARGE);
	rescue_pack(request, &payload);
	if (now_ask(asker->now, REQUEST_ADDRESS, payload.bytes, payload.len,
		arena, &reply, &reply_len, err) != 0 ||
	    rescue_answer_unpack(reply, reply_len, &answer, err) != 0)
		answer = ended(RESCUE_CLOSED);
	buf_free(&payload);
	mark_wait(begun_ms);
	return answer;
}

struct rescue_answer
rescue_ask(const struct asker *asker, const struct site_conf *site,
    const struct rescue_form *form, const struct visitor *visitor,
    struct arena *arena, struct err *err)
{
	struct rescue_request request = {.name = signin_name(arena, form->name),
	    .current = signin_password(form->current),
	    .address = ""};
	struct rescue_answer answer = ended(RESCUE_FAULTS);
	struct limit_list identity = {0};
	struct ask_answer admitted;

	answer.no_name = request.name == NULL;
	answer.no_current = form->current[0] == '\0';
	answer.fault =
	    rescue_judge(arena, site, form->address, &request.address);
	if (answer.no_name || answer.no_current || answer.fault != RESCUE_FINE)
		return answer;
	signin_limits(asker, request.name, &identity);
	admitted = asker_admit(
	    asker, CAPTCHA_ADDRESS, &form->captcha, visitor, &identity, err);
	switch (admitted.end) {
	case ASK_ACCEPTED:
		break;
	case ASK_CAPTCHA:
		return ended(RESCUE_CAPTCHA);
	case ASK_LIMITED:
		answer = ended(RESCUE_LIMITED);
		answer.retry_after_s = admitted.retry_after_s;
		return answer;
	case ASK_FAULTS:
	case ASK_CLOSED:
		return ended(RESCUE_CLOSED);
	}
	memcpy(request.language, visitor->language, sizeof request.language);
	memcpy(request.ref, visitor->ref, sizeof request.ref);
	return ask_worker(asker, &request, arena, err);
}

#include "lib/flow/letter.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/flow/mark.h"
#include "lib/store/now.h"

static struct letter_answer
ended(enum letter_end end)
{
	return (struct letter_answer){.end = end};
}

static struct letter_answer
ask_worker(const struct asker *asker, const struct letter_request *request,
    struct arena *arena, struct err *err)
{
	struct letter_answer answer = ended(LETTER_CLOSED);
	int64_t begun_ms = clock_mono_ms();
	const void *reply;
	size_t reply_len;
	struct buf payload;

	buf_init(&payload, ENVELOPE_PADDED);
	letter_pack(request, &payload);
	if (now_ask(asker->now, REQUEST_LETTER, payload.bytes, payload.len,
		arena, &reply, &reply_len, err) != 0 ||
	    letter_answer_unpack(reply, reply_len, &answer, err) != 0)
		answer = ended(LETTER_CLOSED);
	buf_free(&payload);
	mark_wait(begun_ms);
	return answer;
}

static bool
read_form(const struct letter_form *form, struct letter_request *request,
    struct letter_answer *answer)
{
	int this_year = clock_local_day(clock_now_ms(), NULL, NULL).year;

	answer->code_fault = letter_code_parse(form->code, &request->code);
	answer->birth_fault =
	    birth_parse(form->birth, this_year, &request->birth);
	return answer->code_fault == LETTER_CODE_FINE &&
	       answer->birth_fault == BIRTH_FINE;
}

static struct letter_answer
admit_and_ask(const struct asker *asker, const struct letter_form *form,
    const struct letter_request *request, const struct visitor *visitor,
    struct arena *arena, struct err *err)
{
	struct limit_list identity = {0};
	struct ask_answer admitted;
	struct letter_answer answer;

	asker_count_pair(
	    asker, request->code.text, request->birth.text, &identity);
	admitted = asker_admit(
	    asker, CAPTCHA_ACTIVATE, &form->captcha, visitor, &identity, err);
	switch (admitted.end) {
	case ASK_ACCEPTED:
		return ask_worker(asker, request, arena, err);
	case ASK_CAPTCHA:
		return ended(LETTER_CAPTCHA);
	case ASK_LIMITED:
		answer = ended(LETTER_LIMITED);
		answer.retry_after_s = admitted.retry_after_s;
		return answer;
	case ASK_FAULTS:
	case ASK_CLOSED:
		break;
	}
	return ended(LETTER_CLOSED);
}

struct letter_answer
letter_ask(const struct asker *asker, const struct letter_form *form,
    const struct visitor *visitor, struct arena *arena, struct err *err)
{
	struct letter_answer answer = ended(LETTER_FAULTS);
	struct letter_request request = {0};

	if (read_form(form, &request, &answer)) {
		memcpy(request.language, visitor->language,
		    sizeof request.language);
		memcpy(request.ref, visitor->ref, sizeof request.ref);
		answer =
		    admit_and_ask(asker, form, &request, visitor, arena, err);
	}
	sodium_memzero(&request, sizeof request);
	return answer;
}

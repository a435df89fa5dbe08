#include "lib/flow/change.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/flow/mark.h"
#include "lib/flow/signin.h"
#include "lib/people/password_faults.h"
#include "lib/store/now.h"

static struct change_answer
ended(enum change_end end)
{
	return (struct change_answer){.end = end, .policy = -1};
}

/* What can be said without asking anybody. */
static bool
is_complete(const struct change_form *form, const char *name,
    struct change_answer *answer)
{
	answer->no_name = name == NULL;
	answer->no_current = form->current[0] == '\0';
	answer->mismatch = strcmp(form->password, form->confirmation) != 0;
	answer->faults = password_measure(form->password);
	return !answer->no_name && !answer->no_current && !answer->mismatch &&
	       answer->faults == 0;
}

static struct change_answer
ask_worker(const struct asker *asker, const struct change_request *request,
    struct arena *arena, struct err *err)
{
	struct change_answer answer = ended(CHANGE_CLOSED);
	int64_t begun_ms = clock_mono_ms();
	const void *reply;
	size_t reply_len;
	struct buf payload;

	buf_init(&payload, ENVELOPE_PADDED_LARGE);
	change_pack(request, &payload);
	if (now_ask(asker->now, REQUEST_CHANGE, payload.bytes, payload.len,
		arena, &reply, &reply_len, err) != 0 ||
	    change_answer_unpack(reply, reply_len, &answer, err) != 0)
		answer = ended(CHANGE_CLOSED);
	buf_free(&payload);
	mark_wait(begun_ms);
	return answer;
}

struct change_answer
change_ask(const struct asker *asker, const struct change_form *form,
    const struct visitor *visitor, struct arena *arena, struct err *err)
{
	struct change_answer answer = ended(CHANGE_FAULTS);
	struct change_request request = {.name = signin_name(arena, form->name),
	    .current = signin_password(form->current),
	    .password = form->password};
	struct limit_list identity = {0};
	struct ask_answer admitted;

	if (!is_complete(form, request.name, &answer))
		return answer;
	signin_limits(asker, request.name, &identity);
	admitted = asker_admit(
	    asker, CAPTCHA_CHANGE, &form->captcha, visitor, &identity, err);
	switch (admitted.end) {
	case ASK_ACCEPTED:
		break;
	case ASK_CAPTCHA:
		return ended(CHANGE_CAPTCHA);
	case ASK_LIMITED:
		answer = ended(CHANGE_LIMITED);
		answer.retry_after_s = admitted.retry_after_s;
		return answer;
	case ASK_FAULTS:
	case ASK_CLOSED:
		return ended(CHANGE_CLOSED);
	}
	memcpy(request.language, visitor->language, sizeof request.language);
	memcpy(request.ref, visitor->ref, sizeof request.ref);
	return ask_worker(asker, &request, arena, err);
}

#include "lib/flow/desk_signin.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/asker.h"
#include "lib/flow/mark.h"
#include "lib/flow/signin.h"
#include "lib/people/letter_code.h"

static struct desk_signin_answer
ended(enum desk_signin_end end)
{
	return (struct desk_signin_answer){.end = end, .login = ""};
}

static bool
is_code(enum request_kind kind, const char *typed)
{
	struct letter_code code;

	return kind == REQUEST_DESK_SIGNIN
		   ? totp_is_code(typed)
		   : letter_code_parse(typed, &code) == LETTER_CODE_FINE;
}

/* What can be said without asking anybody. */
static bool
is_complete(enum request_kind kind, const struct desk_signin_form *form,
    const char *name, struct desk_signin_answer *answer)
{
	answer->no_name = name == NULL;
	answer->no_current = form->current[0] == '\0';
	answer->no_code = form->code[0] == '\0' && !form->is_optional;
	answer->bad_code = form->code[0] != '\0' && !is_code(kind, form->code);
	return !answer->no_name && !answer->no_current && !answer->no_code &&
	       !answer->bad_code;
}

static struct desk_signin_answer
ask_worker(const struct asker *asker, enum request_kind kind,
    const struct desk_signin_request *request, struct arena *arena,
    struct err *err)
{
	struct desk_signin_answer answer;
	int64_t begun_ms = clock_mono_ms();
	const void *reply;
	struct buf payload;
	size_t len;

	buf_init(&payload, ENVELOPE_PADDED_LARGE);
	desk_signin_pack(request, &payload);
	if (desk_visit_ask(asker, kind, &payload, arena, &reply, &len, err) !=
		0 ||
	    desk_signin_answer_unpack(reply, len, arena, &answer, err) != 0)
		answer = ended(DESK_SIGNIN_CLOSED);
	mark_wait(begun_ms);
	return answer;
}

struct desk_signin_answer
desk_signin_ask(const struct asker *asker, enum request_kind kind,
    const struct desk_signin_form *form, const struct visitor *visitor,
    struct arena *arena, struct err *err)
{
	struct desk_signin_answer answer = ended(DESK_SIGNIN_FAULTS);
	struct desk_signin_request request = {
	    .name = signin_name(arena, form->name),
	    .current = signin_password(form->current),
	    .code = form->code};
	struct limit_list identity = {0};
	struct ask_answer counted;

	if (!is_complete(kind, form, request.name, &answer))
		return answer;
	signin_limits(asker, request.name, &identity);
	counted = asker_count_with(asker, visitor, &identity, err);
	if (counted.end == ASK_LIMITED) {
		answer = ended(DESK_SIGNIN_LIMITED);
		answer.retry_after_s = counted.retry_after_s;
		return answer;
	}
	if (counted.end != ASK_ACCEPTED)
		return ended(DESK_SIGNIN_CLOSED);
	memcpy(request.language, visitor->language, sizeof request.language);
	memcpy(request.ref, visitor->ref, sizeof request.ref);
	return ask_worker(asker, kind, &request, arena, err);
}

int
desk_signout_ask(const struct asker *asker, const struct desk_visit *visit,
    struct arena *arena, struct err *err)
{
	const void *reply;
	struct buf payload;
	size_t len;

	buf_init(&payload, ENVELOPE_PADDED);
	desk_visit_pack(visit, &payload);
	return desk_visit_ask(
	    asker, REQUEST_DESK_SIGNOUT, &payload, arena, &reply, &len, err);
}

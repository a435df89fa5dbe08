#include "lib/flow/recover.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/store/store_conf.h"

/* Which of the doors it came through. */
struct door {
	enum request_kind kind;
	enum captcha_purpose purpose;
	bool pause;
};

/* Known to anyone or not. The pause is one of the pair. */
static void
count_identity(const struct asker *asker, const struct recover_request *request,
    bool pause, struct limit_list *list)
{
	static const struct conf_rates once = {
	    .list = {{1, RECOVER_PAUSE_S}}, .count = 1};
	struct arena arena = {0};
	const char *pair = arena_printf(
	    &arena, "%s|%s", request->number.text, request->birth.text);

	if (pause)
		limiter_add_value(
		    list, asker->limiter_key, "r", &once, pair, strlen(pair));
	asker_count_pair(
	    asker, request->number.text, request->birth.text, list);
	arena_reset(&arena);
}

static bool
read_form(const struct recover_form *form, struct recover_request *request,
    struct recover_answer *answer)
{
	int this_year = clock_local_day(clock_now_ms(), NULL, NULL).year;

	answer->number_fault = number_parse(form->number, &request->number);
	answer->birth_fault =
	    birth_parse(form->birth, this_year, &request->birth);
	return answer->number_fault == NUMBER_FINE &&
	       answer->birth_fault == BIRTH_FINE;
}

static struct recover_answer
ask(const struct asker *asker, const struct door *door,
    const struct recover_form *form, const struct visitor *visitor,
    struct err *err)
{
	struct recover_answer answer = {0};
	struct recover_request request = {0};
	struct limit_list identity = {0};
	struct buf payload;

	if (!read_form(form, &request, &answer)) {
		answer.ask.end = ASK_FAULTS;
		sodium_memzero(&request, sizeof request);
		return answer;
	}
	memcpy(request.language, visitor->language, sizeof request.language);
	memcpy(request.ref, visitor->ref, sizeof request.ref);
	count_identity(asker, &request, door->pause, &identity);

	buf_init(&payload, ENVELOPE_PADDED);
	recover_pack(&request, &payload);
	answer.ask = asker_submit(asker,
	    &(struct submission){.kind = door->kind,
		.purpose = door->purpose,
		.captcha = &form->captcha,
		.visitor = visitor,
		.identity = &identity,
		.payload = payload.bytes,
		.len = payload.len},
	    err);
	buf_free(&payload);
	sodium_memzero(&request, sizeof request);
	return answer;
}

struct recover_answer
recover_ask(const struct asker *asker, const struct recover_form *form,
    const struct visitor *visitor, struct err *err)
{
	static const struct door door = {
	    REQUEST_RECOVER, CAPTCHA_RECOVER, false};

	return ask(asker, &door, form, visitor, err);
}

struct recover_answer
recover_ask_activation(const struct asker *asker,
    const struct recover_form *form, const struct visitor *visitor,
    struct err *err)
{
	static const struct door door = {
	    REQUEST_ACTIVATE, CAPTCHA_ACTIVATE, false};

	return ask(asker, &door, form, visitor, err);
}

struct recover_answer
recover_ask_again(const struct asker *asker, const struct recover_form *form,
    const struct visitor *visitor, struct err *err)
{
	static const struct door door = {REQUEST_RESEND, CAPTCHA_RESEND, true};

	return ask(asker, &door, form, visitor, err);
}

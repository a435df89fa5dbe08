#include "lib/flow/remind.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/people/names.h"
#include "lib/store/store_conf.h"

/* The number with the names as they compare, so that another way of writing
 * them is no fresh budget; and the number alone. */
static void
count_identity(const struct asker *asker, const struct remind_request *request,
    struct limit_list *list)
{
	struct arena arena = {0};
	const char *names =
	    arena_printf(&arena, "%s|%s", names_key(&arena, request->family),
		names_key(&arena, request->given));

	asker_count_pair(asker, request->number.text, names, list);
	arena_reset(&arena);
}

static enum remind_fault
read_name(const char *typed, char name[REMIND_NAME])
{
	struct arena arena = {0};
	const char *trimmed = text_trim(&arena, typed);
	enum remind_fault fault = REMIND_FINE;

	if (trimmed[0] == '\0')
		fault = REMIND_EMPTY;
	else if (!text_format(name, REMIND_NAME, "%s", trimmed))
		fault = REMIND_LONG;
	arena_reset(&arena);
	return fault;
}

static bool
read_form(const struct remind_form *form, struct remind_request *request,
    struct remind_answer *answer)
{
	int this_year = clock_local_day(clock_now_ms(), NULL, NULL).year;

	answer->number_fault = number_parse(form->number, &request->number);
	answer->family_fault = read_name(form->family, request->family);
	answer->given_fault = read_name(form->given, request->given);
	if (answer->number_fault == NUMBER_FINE &&
	    request->number.kind == NUMBER_INE)
		answer->birth_fault =
		    birth_parse(form->birth, this_year, &request->birth);
	return answer->number_fault == NUMBER_FINE &&
	       answer->family_fault == REMIND_FINE &&
	       answer->given_fault == REMIND_FINE &&
	       answer->birth_fault == BIRTH_FINE;
}

struct remind_answer
remind_ask(const struct asker *asker, const struct remind_form *form,
    const struct visitor *visitor, struct err *err)
{
	struct remind_answer answer = {0};
	struct remind_request request = {0};
	struct limit_list identity = {0};
	struct buf payload;

	if (!read_form(form, &request, &answer)) {
		answer.ask.end = ASK_FAULTS;
		sodium_memzero(&request, sizeof request);
		return answer;
	}
	memcpy(request.language, visitor->language, sizeof request.language);
	memcpy(request.ref, visitor->ref, sizeof request.ref);
	count_identity(asker, &request, &identity);

	buf_init(&payload, ENVELOPE_PADDED);
	remind_pack(&request, &payload);
	answer.ask = asker_submit(asker,
	    &(struct submission){.kind = REQUEST_REMIND,
		.purpose = CAPTCHA_REMIND,
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

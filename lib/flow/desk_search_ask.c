#include "lib/flow/desk_search.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/flow/asker.h"
#include "lib/store/envelope.h"

static void
judge(const char *typed, const char *birth, struct desk_search_request *request,
    struct desk_search_answer *answer)
{
	int hour, minute;
	int year = clock_local_day(clock_now_ms(), &hour, &minute).year;
	size_t len = strlen(typed);

	answer->too_short = len > 0 && text_length(typed) < DESK_TYPED_MIN;
	answer->too_long = len > DESK_TYPED_MAX;
	if (birth[0] != '\0')
		answer->birth_fault = birth_parse(birth, year, &request->birth);
	request->typed = typed;
	if (answer->too_short || answer->too_long ||
	    answer->birth_fault != BIRTH_FINE)
		request->typed = "";
}

struct desk_search_answer
desk_search_ask(const struct asker *asker, const struct desk_visit *visit,
    const char *typed, const char *birth, struct arena *arena, struct err *err)
{
	struct desk_search_request request = {.visit = *visit};
	struct desk_search_answer said = {0}, answer;
	const void *reply;
	struct buf payload;
	size_t len;

	judge(
	    text_trim(arena, typed), text_trim(arena, birth), &request, &said);
	buf_init(&payload, ENVELOPE_PADDED);
	desk_search_pack(&request, &payload);
	if (desk_visit_ask(asker, REQUEST_DESK_SEARCH, &payload, arena, &reply,
		&len, err) != 0 ||
	    desk_search_answer_unpack(reply, len, arena, &answer, err) != 0) {
		answer = (struct desk_search_answer){0};
		answer.host.door = DESK_DOOR_CLOSED;
	}
	answer.too_short = said.too_short;
	answer.too_long = said.too_long;
	answer.birth_fault = said.birth_fault;
	return answer;
}

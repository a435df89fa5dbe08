#include "lib/flow/desk_deed.h"

#include "lib/base/buf.h"
#include "lib/flow/asker.h"
#include "lib/store/envelope.h"

/* Nobody knows whether it was done: the page of the person tells. */
static struct desk_deed_answer
unsure(void)
{
	struct desk_deed_answer answer = {.end = DESK_DEED_JUDGED,
	    .act = DESK_UNSURE,
	    .login = "",
	    .display = "",
	    .rescue = ""};

	answer.host.door = DESK_DOOR_OPEN;
	return answer;
}

struct desk_deed_answer
desk_deed_ask(const struct asker *asker,
    const struct desk_deed_request *request, struct arena *arena,
    struct err *err)
{
	struct desk_deed_answer answer;
	const void *reply;
	struct buf payload;
	size_t len;

	buf_init(&payload, ENVELOPE_PADDED);
	desk_deed_pack(request, &payload);
	if (desk_visit_ask(asker, REQUEST_DESK_DEED, &payload, arena, &reply,
		&len, err) != 0 ||
	    desk_deed_answer_unpack(reply, len, arena, &answer, err) != 0)
		return unsure();
	return answer;
}

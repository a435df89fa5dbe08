#include "lib/flow/desk_look.h"

#include "lib/base/buf.h"
#include "lib/flow/asker.h"
#include "lib/store/envelope.h"

struct desk_look_answer
desk_look_ask(const struct asker *asker, const struct desk_visit *visit,
    const char *uuid, struct arena *arena, struct err *err)
{
	struct desk_look_request request = {.visit = *visit, .uuid = uuid};
	struct desk_look_answer answer;
	const void *reply;
	struct buf payload;
	size_t len;

	buf_init(&payload, ENVELOPE_PADDED);
	desk_look_pack(&request, &payload);
	if (desk_visit_ask(asker, REQUEST_DESK_LOOK, &payload, arena, &reply,
		&len, err) != 0 ||
	    desk_look_answer_unpack(reply, len, arena, &answer, err) != 0) {
		answer = (struct desk_look_answer){0};
		answer.host.door = DESK_DOOR_CLOSED;
	}
	return answer;
}

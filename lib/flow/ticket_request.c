#include "lib/flow/ticket.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"

void
ticket_pack(const struct ticket_request *request, struct buf *out)
{
	pack_text(out, request->token);
	pack_u8(out, request->act ? 1 : 0);
	visitor_pack(request->language, request->ref, out);
}

int
ticket_unpack(const void *bytes, size_t len, struct arena *arena,
    struct ticket_request *request, struct err *err)
{
	struct unpack in;

	unpack_init(&in, bytes, len);
	request->token = unpack_text(&in, arena);
	request->act = unpack_u8(&in) == 1;
	visitor_unpack(&in, request->language, request->ref);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INPUT, "ticket: damaged request");
	return 0;
}

void
ticket_answer_pack(const struct ticket_answer *answer, struct buf *out)
{
	pack_u8(out, (uint8_t)answer->end);
	pack_u8(out, answer->waits ? 1 : 0);
	pack_text(out, answer->address);
}

int
ticket_answer_unpack(const void *bytes, size_t len, struct arena *arena,
    struct ticket_answer *answer, struct err *err)
{
	struct unpack in;
	uint8_t end;

	unpack_init(&in, bytes, len);
	end = unpack_u8(&in);
	answer->waits = unpack_u8(&in) == 1;
	answer->address = unpack_text(&in, arena);
	if (!unpack_ok(&in) || end > TICKET_CLOSED)
		return err_set(err, ERR_INTERNAL, "ticket: damaged answer");
	answer->end = (enum ticket_end)end;
	return 0;
}

#include "lib/flow/remind.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"

void
remind_pack(const struct remind_request *request, struct buf *out)
{
	pack_u8(out, (uint8_t)request->number.kind);
	pack_text(out, request->number.text);
	pack_text(out, request->birth.text);
	pack_text(out, request->family);
	pack_text(out, request->given);
	pack_text(out, request->language);
	pack_text(out, request->ref);
}

static void
read_text(struct unpack *in, struct arena *arena, char *out, size_t room)
{
	if (!text_format(out, room, "%s", unpack_text(in, arena)))
		in->bad = true;
}

int
remind_unpack(const void *bytes, size_t len, struct arena *arena,
    struct remind_request *request, struct err *err)
{
	struct unpack in;
	uint8_t kind;

	unpack_init(&in, bytes, len);
	kind = unpack_u8(&in);
	read_text(
	    &in, arena, request->number.text, sizeof request->number.text);
	read_text(&in, arena, request->birth.text, sizeof request->birth.text);
	read_text(&in, arena, request->family, sizeof request->family);
	read_text(&in, arena, request->given, sizeof request->given);
	read_text(&in, arena, request->language, sizeof request->language);
	read_text(&in, arena, request->ref, sizeof request->ref);
	if (!unpack_ok(&in) || kind > NUMBER_CODE)
		return err_set(err, ERR_INPUT, "remind: damaged request");
	request->number.kind = (enum number_kind)kind;
	return 0;
}

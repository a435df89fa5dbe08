#include "lib/flow/recover.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"

void
recover_pack(const struct recover_request *request, struct buf *out)
{
	pack_u8(out, (uint8_t)request->number.kind);
	pack_text(out, request->number.text);
	pack_text(out, request->birth.text);
	visitor_pack(request->language, request->ref, out);
}

int
recover_unpack(const void *bytes, size_t len, struct recover_request *request,
    struct err *err)
{
	struct unpack in;
	uint8_t kind;

	unpack_init(&in, bytes, len);
	kind = unpack_u8(&in);
	unpack_text_into(
	    &in, request->number.text, sizeof request->number.text);
	unpack_text_into(&in, request->birth.text, sizeof request->birth.text);
	visitor_unpack(&in, request->language, request->ref);
	if (!unpack_ok(&in) || kind > NUMBER_CODE)
		return err_set(err, ERR_INPUT, "recover: damaged request");
	request->number.kind = (enum number_kind)kind;
	return 0;
}

#include "lib/flow/recover.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"

void
recover_pack(const struct recover_request *request, struct buf *out)
{
	pack_u8(out, (uint8_t)request->number.kind);
	pack_text(out, request->number.text);
	pack_text(out, request->birth.text);
	pack_text(out, request->language);
	pack_text(out, request->ref);
}

int
recover_unpack(const void *bytes, size_t len, struct arena *arena,
    struct recover_request *request, struct err *err)
{
	const char *number, *birth, *language, *ref;
	struct unpack in;
	uint8_t kind;

	unpack_init(&in, bytes, len);
	kind = unpack_u8(&in);
	number = unpack_text(&in, arena);
	birth = unpack_text(&in, arena);
	language = unpack_text(&in, arena);
	ref = unpack_text(&in, arena);
	if (!unpack_ok(&in) || kind > NUMBER_CODE)
		return err_set(err, ERR_INPUT, "recover: damaged request");
	request->number.kind = (enum number_kind)kind;
	if (!text_format(request->number.text, sizeof request->number.text,
		"%s", number) ||
	    !text_format(
		request->birth.text, sizeof request->birth.text, "%s", birth) ||
	    !text_format(
		request->language, sizeof request->language, "%s", language) ||
	    !text_format(request->ref, sizeof request->ref, "%s", ref))
		return err_set(err, ERR_INPUT, "recover: field too long");
	return 0;
}

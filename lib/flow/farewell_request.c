#include "lib/flow/farewell.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"

void
farewell_pack(const struct farewell_request *request, struct buf *out)
{
	pack_text(out, request->uuid);
	pack_text(out, request->until);
	pack_text(out, request->language);
	pack_text(out, request->ref);
}

int
farewell_unpack(const void *bytes, size_t len, struct arena *arena,
    struct farewell_request *request, struct err *err)
{
	const char *language, *ref;
	struct unpack in;

	unpack_init(&in, bytes, len);
	request->uuid = unpack_text(&in, arena);
	request->until = unpack_text(&in, arena);
	language = unpack_text(&in, arena);
	ref = unpack_text(&in, arena);
	if (!unpack_ok(&in) ||
	    !text_format(
		request->language, sizeof request->language, "%s", language) ||
	    !text_format(request->ref, sizeof request->ref, "%s", ref))
		return err_set(err, ERR_INPUT, "farewell: damaged request");
	return 0;
}

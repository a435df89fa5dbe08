#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"
#include "lib/flow/expel.h"

void
expel_pack(const struct expel_request *request, struct buf *out)
{
	pack_u8(out, (uint8_t)request->why);
	pack_text(out, request->uuid);
	pack_text(out, request->ref);
}

int
expel_unpack(const void *bytes, size_t len, struct arena *arena,
    struct expel_request *request, struct err *err)
{
	struct unpack in;
	const char *ref;
	uint8_t why;

	unpack_init(&in, bytes, len);
	why = unpack_u8(&in);
	request->uuid = unpack_text(&in, arena);
	ref = unpack_text(&in, arena);
	if (!unpack_ok(&in) || why < EXPEL_CLOSED || why > EXPEL_OPENED ||
	    !text_format(request->ref, sizeof request->ref, "%s", ref))
		return err_set(err, ERR_INPUT, "expel: damaged request");
	request->why = (enum expel_why)why;
	return 0;
}

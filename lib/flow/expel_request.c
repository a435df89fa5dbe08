#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"
#include "lib/flow/expel.h"

void
expel_pack(const struct expel_request *request, struct buf *out)
{
	pack_text(out, request->uuid);
	pack_text(out, request->ref);
}

int
expel_unpack(const void *bytes, size_t len, struct arena *arena,
    struct expel_request *request, struct err *err)
{
	struct unpack in;
	const char *ref;

	unpack_init(&in, bytes, len);
	request->uuid = unpack_text(&in, arena);
	ref = unpack_text(&in, arena);
	if (!unpack_ok(&in) ||
	    !text_format(request->ref, sizeof request->ref, "%s", ref))
		return err_set(err, ERR_INPUT, "expel: damaged request");
	return 0;
}

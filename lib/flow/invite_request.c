#include "lib/flow/invite.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"

void
invite_pack(const struct invite_request *request, struct buf *out)
{
	pack_text(out, request->login);
	visitor_pack(request->language, request->ref, out);
}

int
invite_unpack(const void *bytes, size_t len, struct arena *arena,
    struct invite_request *request, struct err *err)
{
	struct unpack in;

	unpack_init(&in, bytes, len);
	request->login = unpack_text(&in, arena);
	visitor_unpack(&in, request->language, request->ref);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INPUT, "invite: damaged request");
	return 0;
}

#include "lib/flow/invite.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"

void
invite_pack(const struct invite_request *request, struct buf *out)
{
	pack_text(out, request->login);
	pack_text(out, request->language);
	pack_text(out, request->ref);
}

int
invite_unpack(const void *bytes, size_t len, struct arena *arena,
    struct invite_request *request, struct err *err)
{
	const char *language, *ref;
	struct unpack in;

	unpack_init(&in, bytes, len);
	request->login = unpack_text(&in, arena);
	language = unpack_text(&in, arena);
	ref = unpack_text(&in, arena);
	if (!unpack_ok(&in) ||
	    !text_format(
		request->language, sizeof request->language, "%s", language) ||
	    !text_format(request->ref, sizeof request->ref, "%s", ref))
		return err_set(err, ERR_INPUT, "invite: damaged request");
	return 0;
}

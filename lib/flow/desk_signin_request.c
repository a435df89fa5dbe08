/* Wire forms of desk_signin.h. */
#include "lib/flow/desk_signin.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/pack.h"

void
desk_signin_pack(const struct desk_signin_request *request, struct buf *out)
{
	pack_text(out, request->name);
	pack_text(out, request->current);
	pack_text(out, request->code);
	visitor_pack(request->language, request->ref, out);
}

int
desk_signin_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_signin_request *request, struct err *err)
{
	struct unpack in;

	unpack_init(&in, bytes, len);
	request->name = unpack_text(&in, arena);
	request->current = unpack_raw_text(&in, arena);
	request->code = unpack_text(&in, arena);
	visitor_unpack(&in, request->language, request->ref);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INPUT, "desk: damaged sign-in");
	return 0;
}

void
desk_signin_answer_pack(
    const struct desk_signin_answer *answer, struct buf *out)
{
	pack_u8(out, (uint8_t)answer->end);
	pack_text(out, answer->cookie);
	pack_text(out, answer->secret);
	pack_text(out, answer->login);
}

int
desk_signin_answer_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_signin_answer *answer, struct err *err)
{
	struct unpack in;
	uint8_t end;

	memset(answer, 0, sizeof *answer);
	unpack_init(&in, bytes, len);
	end = unpack_u8(&in);
	unpack_text_into(&in, answer->cookie, sizeof answer->cookie);
	unpack_text_into(&in, answer->secret, sizeof answer->secret);
	answer->login = unpack_text(&in, arena);
	if (!unpack_ok(&in) || end > DESK_SIGNIN_CLOSED)
		return err_set(err, ERR_INTERNAL, "desk: damaged answer");
	answer->end = (enum desk_signin_end)end;
	return 0;
}

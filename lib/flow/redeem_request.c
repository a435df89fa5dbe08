#include "lib/flow/redeem.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/flow/setting.h"

void
redeem_pack(const struct redeem_request *request, struct buf *out)
{
	pack_text(out, request->token);
	pack_text(out, request->password);
	visitor_pack(request->language, request->ref, out);
	pack_text(out, request->charter);
	pack_text(out, request->mail);
}

int
redeem_unpack(const void *bytes, size_t len, struct arena *arena,
    struct redeem_request *request, struct err *err)
{
	struct unpack in;

	unpack_init(&in, bytes, len);
	request->token = unpack_text(&in, arena);
	request->password = unpack_raw_text(&in, arena);
	visitor_unpack(&in, request->language, request->ref);
	request->charter = unpack_text(&in, arena);
	request->mail = unpack_text(&in, arena);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INPUT, "redeem: damaged request");
	return 0;
}

void
redeem_answer_pack(const struct redeem_answer *answer, struct buf *out)
{
	pack_u8(out, (uint8_t)answer->end);
	setting_pack_verdict(answer->faults, answer->policy, out);
	pack_u8(out, answer->activation ? 1 : 0);
	pack_text(out, answer->login);
	pack_u8(out, answer->no_charter ? 1 : 0);
}

int
redeem_answer_unpack(const void *bytes, size_t len, struct arena *arena,
    struct redeem_answer *answer, struct err *err)
{
	struct unpack in;
	uint8_t end;

	unpack_init(&in, bytes, len);
	end = unpack_u8(&in);
	setting_unpack_verdict(&in, &answer->faults, &answer->policy);
	answer->activation = unpack_u8(&in) == 1;
	answer->login = unpack_text(&in, arena);
	answer->no_charter = unpack_u8(&in) == 1;
	if (!unpack_ok(&in) || end > REDEEM_CLOSED)
		return err_set(err, ERR_INTERNAL, "redeem: damaged answer");
	answer->end = (enum redeem_end)end;
	return 0;
}

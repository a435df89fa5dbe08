#include "lib/flow/change.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/flow/setting.h"

void
change_pack(const struct change_request *request, struct buf *out)
{
	pack_text(out, request->name);
	pack_text(out, request->current);
	pack_text(out, request->password);
	visitor_pack(request->language, request->ref, out);
}

int
change_unpack(const void *bytes, size_t len, struct arena *arena,
    struct change_request *request, struct err *err)
{
	struct unpack in;

	unpack_init(&in, bytes, len);
	request->name = unpack_text(&in, arena);
	request->current = unpack_raw_text(&in, arena);
	request->password = unpack_raw_text(&in, arena);
	visitor_unpack(&in, request->language, request->ref);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INPUT, "change: damaged request");
	return 0;
}

void
change_answer_pack(const struct change_answer *answer, struct buf *out)
{
	pack_u8(out, (uint8_t)answer->end);
	setting_pack_verdict(answer->faults, answer->policy, out);
}

int
change_answer_unpack(const void *bytes, size_t len,
    struct change_answer *answer, struct err *err)
{
	struct unpack in;
	uint8_t end;

	unpack_init(&in, bytes, len);
	end = unpack_u8(&in);
	setting_unpack_verdict(&in, &answer->faults, &answer->policy);
	if (!unpack_ok(&in) || end > CHANGE_CLOSED)
		return err_set(err, ERR_INTERNAL, "change: damaged answer");
	answer->end = (enum change_end)end;
	return 0;
}

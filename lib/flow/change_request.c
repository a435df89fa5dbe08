#include "lib/flow/change.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/people/password.h"

enum { FAULTS_ALL = 2 * PASSWORD_ENCODING - 1 };

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

/* policy is -1 .. 9 on the wire as 0 .. 10. */
void
change_answer_pack(const struct change_answer *answer, struct buf *out)
{
	pack_u8(out, (uint8_t)answer->end);
	pack_u64(out, answer->faults);
	pack_u8(out, (uint8_t)(answer->policy + 1));
}

int
change_answer_unpack(const void *bytes, size_t len,
    struct change_answer *answer, struct err *err)
{
	struct unpack in;
	uint8_t end;

	unpack_init(&in, bytes, len);
	end = unpack_u8(&in);
	answer->faults = (unsigned)unpack_u64(&in) & FAULTS_ALL;
	answer->policy = unpack_u8(&in) - 1;
	if (!unpack_ok(&in) || end > CHANGE_CLOSED)
		return err_set(err, ERR_INTERNAL, "change: damaged answer");
	answer->end = (enum change_end)end;
	return 0;
}

#include "lib/flow/letter.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"

void
letter_pack(const struct letter_request *request, struct buf *out)
{
	pack_text(out, request->code.text);
	pack_text(out, request->birth.text);
	visitor_pack(request->language, request->ref, out);
}

int
letter_unpack(const void *bytes, size_t len, struct letter_request *request,
    struct err *err)
{
	struct unpack in;

	unpack_init(&in, bytes, len);
	unpack_text_into(&in, request->code.text, sizeof request->code.text);
	unpack_text_into(&in, request->birth.text, sizeof request->birth.text);
	visitor_unpack(&in, request->language, request->ref);
	return unpack_ok(&in)
		   ? 0
		   : err_set(err, ERR_INPUT, "letter: damaged request");
}

void
letter_answer_pack(const struct letter_answer *answer, struct buf *out)
{
	pack_u8(out, (uint8_t)answer->end);
	pack_text(out, answer->token);
}

int
letter_answer_unpack(const void *bytes, size_t len,
    struct letter_answer *answer, struct err *err)
{
	struct unpack in;
	uint8_t end;

	unpack_init(&in, bytes, len);
	end = unpack_u8(&in);
	unpack_text_into(&in, answer->token, sizeof answer->token);
	if (!unpack_ok(&in) || end > LETTER_CLOSED)
		return err_set(err, ERR_INTERNAL, "letter: damaged answer");
	answer->end = (enum letter_end)end;
	return 0;
}

#include "lib/flow/rescue.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"
#include "lib/people/address.h"
#include "lib/people/people_conf.h"

enum rescue_fault
rescue_judge(struct arena *arena, const struct site_conf *site,
    const char *typed, const char **address)
{
	if (text_trim(arena, typed)[0] == '\0')
		return RESCUE_EMPTY;
	*address = address_parse(arena, typed);
	if (*address == NULL)
		return RESCUE_FORM;
	if (address_is_in(
		*address, (const char *const *)site->own_domains.list))
		return RESCUE_OWN;
	return RESCUE_FINE;
}

void
rescue_pack(const struct rescue_request *request, struct buf *out)
{
	pack_text(out, request->name);
	pack_text(out, request->current);
	pack_text(out, request->address);
	visitor_pack(request->language, request->ref, out);
}

int
rescue_unpack(const void *bytes, size_t len, struct arena *arena,
    struct rescue_request *request, struct err *err)
{
	struct unpack in;

	unpack_init(&in, bytes, len);
	request->name = unpack_text(&in, arena);
	request->current = unpack_raw_text(&in, arena);
	request->address = unpack_text(&in, arena);
	visitor_unpack(&in, request->language, request->ref);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INPUT, "rescue: damaged request");
	return 0;
}

void
rescue_answer_pack(const struct rescue_answer *answer, struct buf *out)
{
	pack_u8(out, (uint8_t)answer->end);
}

int
rescue_answer_unpack(const void *bytes, size_t len,
    struct rescue_answer *answer, struct err *err)
{
	struct unpack in;
	uint8_t end;

	unpack_init(&in, bytes, len);
	end = unpack_u8(&in);
	if (!unpack_ok(&in) || end > RESCUE_CLOSED)
		return err_set(err, ERR_INTERNAL, "rescue: damaged answer");
	answer->end = (enum rescue_end)end;
	return 0;
}

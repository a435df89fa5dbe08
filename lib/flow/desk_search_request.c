/* Wire forms of desk_search.h. */
#include "lib/flow/desk_search.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/pack.h"

void
desk_search_pack(const struct desk_search_request *request, struct buf *out)
{
	desk_visit_pack(&request->visit, out);
	pack_text(out, request->typed);
	pack_text(out, request->birth.text);
}

int
desk_search_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_search_request *request, struct err *err)
{
	struct unpack in;

	unpack_init(&in, bytes, len);
	desk_visit_unpack(&in, arena, &request->visit);
	request->typed = unpack_text(&in, arena);
	unpack_text_into(&in, request->birth.text, sizeof request->birth.text);
	if (!unpack_ok(&in) || strlen(request->typed) > DESK_TYPED_MAX)
		return err_set(err, ERR_INPUT, "desk: damaged search");
	return 0;
}

void
desk_search_answer_pack(
    const struct desk_search_answer *answer, struct buf *out)
{
	desk_host_pack(&answer->host, out);
	pack_u8(out, answer->more);
	pack_u8(out, (uint8_t)answer->count);
	for (size_t i = 0; i < answer->count; i++) {
		const struct desk_search_row *row = &answer->list[i];

		pack_text(out, row->uuid);
		pack_text(out, row->login);
		pack_text(out, row->display);
		desk_list_pack(row->kinds, out);
	}
}

int
desk_search_answer_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_search_answer *answer, struct err *err)
{
	struct unpack in;
	uint8_t more;

	memset(answer, 0, sizeof *answer);
	unpack_init(&in, bytes, len);
	desk_host_unpack(&in, arena, &answer->host);
	more = unpack_u8(&in);
	answer->count = unpack_u8(&in);
	if (answer->count > DESK_FOUND_MAX || more > 1) {
		in.bad = true;
		answer->count = 0;
	}
	answer->more = more != 0;
	for (size_t i = 0; i < answer->count; i++) {
		struct desk_search_row *row = &answer->list[i];

		unpack_text_into(&in, row->uuid, sizeof row->uuid);
		row->login = unpack_text(&in, arena);
		row->display = unpack_text(&in, arena);
		row->kinds = desk_list_unpack(&in, arena);
	}
	if (!unpack_ok(&in)) {
		answer->count = 0;
		return err_set(err, ERR_INTERNAL, "desk: damaged answer");
	}
	return 0;
}

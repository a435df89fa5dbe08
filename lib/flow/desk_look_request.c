/* Wire forms of desk_look.h. */
#include "lib/flow/desk_look.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/pack.h"

void
desk_look_pack(const struct desk_look_request *request, struct buf *out)
{
	desk_visit_pack(&request->visit, out);
	pack_text(out, request->uuid);
}

int
desk_look_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_look_request *request, struct err *err)
{
	struct unpack in;

	unpack_init(&in, bytes, len);
	desk_visit_unpack(&in, arena, &request->visit);
	request->uuid = unpack_text(&in, arena);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INPUT, "desk: damaged look");
	return 0;
}

/* --- the answer ----------------------------------------------------------- */

/* In the order of both directions. */
#define TIMES(answer)                                                          \
	{                                                                      \
		&(answer)->activated_ms, &(answer)->changed_ms,                \
		    &(answer)->invited_ms, &(answer)->letter_end_ms,           \
		    &(answer)->disowned_ms, &(answer)->code_end_ms,            \
		    &(answer)->reissued_ms, &(answer)->pending_ms              \
	}
#define FLAGS(answer)                                                          \
	{                                                                      \
		&(answer)->is_there, &(answer)->has_password,                  \
		    &(answer)->has_birth, &(answer)->has_numen,                \
		    &(answer)->has_ine, &(answer)->has_code                    \
	}

static void
pack_traces(const struct desk_look_answer *answer, struct buf *out)
{
	pack_u8(out, (uint8_t)answer->trace_count);
	for (size_t i = 0; i < answer->trace_count; i++) {
		pack_u64(out, (uint64_t)answer->traces[i].at_ms);
		pack_u8(out, (uint8_t)answer->traces[i].what);
	}
}

void
desk_look_answer_pack(const struct desk_look_answer *answer, struct buf *out)
{
	const int64_t *const times[] = TIMES(answer);
	const bool *const flags[] = FLAGS(answer);

	desk_host_pack(&answer->host, out);
	for (size_t i = 0; i < COUNT_OF(flags); i++)
		pack_u8(out, *flags[i]);
	for (size_t i = 0; i < COUNT_OF(times); i++)
		pack_u64(out, (uint64_t)*times[i]);
	pack_text(out, answer->uuid);
	pack_text(out, answer->login);
	pack_text(out, answer->display);
	desk_list_pack(answer->kinds, out);
	desk_list_pack(answer->establishments, out);
	pack_u8(out, (uint8_t)answer->state);
	pack_text(out, answer->rescue);
	pack_text(out, answer->pending);
	for (size_t i = 0; i < DESK_KINDS; i++)
		pack_u8(out, (uint8_t)answer->may[i]);
	pack_text(out, answer->seen);
	pack_traces(answer, out);
}

static void
unpack_traces(struct unpack *in, struct desk_look_answer *answer)
{
	uint8_t what;

	answer->trace_count = unpack_u8(in);
	if (answer->trace_count > DESK_TRACES_MAX) {
		in->bad = true;
		answer->trace_count = 0;
	}
	for (size_t i = 0; i < answer->trace_count; i++) {
		answer->traces[i].at_ms = (int64_t)(unpack_u64(in) & INT64_MAX);
		what = unpack_u8(in);
		in->bad = in->bad || what >= DESK_HAPPENINGS;
		answer->traces[i].what =
		    in->bad ? DESK_NOT_TOLD : (enum desk_happening)what;
	}
}

static void
unpack_facts(
    struct unpack *in, struct arena *arena, struct desk_look_answer *answer)
{
	uint8_t number;

	unpack_text_into(in, answer->uuid, sizeof answer->uuid);
	answer->login = unpack_text(in, arena);
	answer->display = unpack_text(in, arena);
	answer->kinds = desk_list_unpack(in, arena);
	answer->establishments = desk_list_unpack(in, arena);
	number = unpack_u8(in);
	in->bad = in->bad || number > STATE_UNKNOWN;
	answer->state = in->bad ? STATE_UNKNOWN : (enum state)number;
	answer->rescue = unpack_text(in, arena);
	answer->pending = unpack_text(in, arena);
	for (size_t i = 0; i < DESK_KINDS; i++) {
		number = unpack_u8(in);
		in->bad = in->bad || number >= DESK_ENDS;
		answer->may[i] = in->bad ? DESK_FAILED : (enum desk_end)number;
	}
	unpack_text_into(in, answer->seen, sizeof answer->seen);
}

int
desk_look_answer_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_look_answer *answer, struct err *err)
{
	int64_t *const times[] = TIMES(answer);
	bool *const flags[] = FLAGS(answer);
	struct unpack in;

	memset(answer, 0, sizeof *answer);
	unpack_init(&in, bytes, len);
	desk_host_unpack(&in, arena, &answer->host);
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		uint8_t flag = unpack_u8(&in);

		in.bad = in.bad || flag > 1;
		*flags[i] = flag != 0;
	}
	for (size_t i = 0; i < COUNT_OF(times); i++)
		*times[i] = (int64_t)(unpack_u64(&in) & INT64_MAX);
	unpack_facts(&in, arena, answer);
	unpack_traces(&in, answer);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INTERNAL, "desk: damaged answer");
	return 0;
}

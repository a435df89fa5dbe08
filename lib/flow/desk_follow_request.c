#include "lib/flow/desk_follow.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"

void
desk_follow_pack(const struct desk_follow *follow, struct buf *out)
{
	pack_u8(out, (uint8_t)follow->kind);
	pack_u8(out, (uint8_t)follow->document);
	pack_text(out, follow->uuid);
	pack_text(out, follow->value);
	pack_text(out, follow->replaced != NULL ? follow->replaced : "");
	pack_text(out, follow->actor);
	pack_text(out, follow->language);
	pack_text(out, follow->ref);
	pack_u64(out, (uint64_t)follow->at_ms);
	pack_u64(out, (uint64_t)follow->counts_ms);
	pack_u64(out, (uint64_t)follow->until_ms);
}

static int64_t
unpack_ms(struct unpack *in)
{
	uint64_t ms = unpack_u64(in);

	in->bad = in->bad || ms > INT64_MAX;
	return in->bad ? 0 : (int64_t)ms;
}

int
desk_follow_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_follow *follow, struct err *err)
{
	uint8_t kind, document;
	struct unpack in;

	unpack_init(&in, bytes, len);
	kind = unpack_u8(&in);
	document = unpack_u8(&in);
	follow->uuid = unpack_text(&in, arena);
	follow->value = unpack_text(&in, arena);
	follow->replaced = unpack_text(&in, arena);
	follow->actor = unpack_text(&in, arena);
	follow->language = unpack_text(&in, arena);
	follow->ref = unpack_text(&in, arena);
	follow->at_ms = unpack_ms(&in);
	follow->counts_ms = unpack_ms(&in);
	follow->until_ms = unpack_ms(&in);
	if (!unpack_ok(&in) || kind < DESK_CODE || kind > DESK_KINDS ||
	    document >= DESK_DOCUMENTS)
		return err_set(err, ERR_INPUT, "follow: damaged request");
	follow->kind = (enum desk_kind)kind;
	follow->document = (enum desk_document)document;
	return 0;
}

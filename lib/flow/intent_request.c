#include "lib/flow/intent.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"

void
intent_pack(const struct intent *intent, struct buf *out)
{
	pack_text(out, intent->token_name);
	pack_text(out, intent->claimant);
	pack_text(out, intent->uuid);
	pack_text(out, intent->pwd_before);
	pack_text(out, intent->csn_before);
	pack_u8(out, intent->activation ? 1 : 0);
	visitor_pack(intent->language, intent->ref, out);
	pack_text(out, intent->charter);
	pack_text(out, intent->mail);
}

int
intent_unpack(const void *bytes, size_t len, struct arena *arena,
    struct intent *intent, struct err *err)
{
	struct unpack in;

	unpack_init(&in, bytes, len);
	unpack_text_into(&in, intent->token_name, sizeof intent->token_name);
	unpack_text_into(&in, intent->claimant, sizeof intent->claimant);
	intent->uuid = unpack_text(&in, arena);
	intent->pwd_before = unpack_text(&in, arena);
	intent->csn_before = unpack_text(&in, arena);
	intent->activation = unpack_u8(&in) == 1;
	visitor_unpack(&in, intent->language, intent->ref);
	intent->charter = unpack_text(&in, arena);
	intent->mail = unpack_text(&in, arena);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INPUT, "intent: damaged request");
	return 0;
}

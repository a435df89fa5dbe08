#include "lib/flow/intent.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"

void
intent_pack(const struct intent *intent, struct buf *out)
{
	pack_text(out, intent->token_name);
	pack_text(out, intent->claimant);
	pack_text(out, intent->uuid);
	pack_text(out, intent->pwd_before);
	pack_text(out, intent->csn_before);
	pack_u8(out, intent->activation ? 1 : 0);
	pack_text(out, intent->language);
	pack_text(out, intent->ref);
	pack_text(out, intent->charter);
	pack_text(out, intent->mail);
}

int
intent_unpack(const void *bytes, size_t len, struct arena *arena,
    struct intent *intent, struct err *err)
{
	const char *name, *claimant, *language, *ref;
	struct unpack in;

	unpack_init(&in, bytes, len);
	name = unpack_text(&in, arena);
	claimant = unpack_text(&in, arena);
	intent->uuid = unpack_text(&in, arena);
	intent->pwd_before = unpack_text(&in, arena);
	intent->csn_before = unpack_text(&in, arena);
	intent->activation = unpack_u8(&in) == 1;
	language = unpack_text(&in, arena);
	ref = unpack_text(&in, arena);
	intent->charter = unpack_text(&in, arena);
	intent->mail = unpack_text(&in, arena);
	if (!unpack_ok(&in) ||
	    !text_format(
		intent->token_name, sizeof intent->token_name, "%s", name) ||
	    !text_format(
		intent->claimant, sizeof intent->claimant, "%s", claimant) ||
	    !text_format(
		intent->language, sizeof intent->language, "%s", language) ||
	    !text_format(intent->ref, sizeof intent->ref, "%s", ref))
		return err_set(err, ERR_INPUT, "intent: damaged request");
	return 0;
}

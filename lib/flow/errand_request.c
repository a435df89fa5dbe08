#include "lib/flow/errand.h"

#include "lib/base/err.h"
#include "lib/base/pack.h"

bool
errand_is_hook(enum errand_what what)
{
	return what == ERRAND_FORGET || what == ERRAND_RUN ||
	       what == ERRAND_RUN_CLOSED || what == ERRAND_RUN_OPENED;
}

void
errand_pack(const struct errand *errand, struct buf *out)
{
	pack_u8(out, (uint8_t)errand->what);
	pack_text(out, errand->uuid);
	pack_text(out, errand->address);
	pack_text(out, errand->language);
	pack_text(out, errand->ref);
}

int
errand_unpack(const void *bytes, size_t len, struct arena *arena,
    struct errand *errand, struct err *err)
{
	struct unpack in;
	uint8_t what;

	unpack_init(&in, bytes, len);
	what = unpack_u8(&in);
	errand->uuid = unpack_text(&in, arena);
	errand->address = unpack_text(&in, arena);
	errand->language = unpack_text(&in, arena);
	errand->ref = unpack_text(&in, arena);
	if (!unpack_ok(&in) || what < ERRAND_VERIFY || what > ERRAND_RUN_OPENED)
		return err_set(err, ERR_INPUT, "errand: damaged request");
	errand->what = (enum errand_what)what;
	return 0;
}

#include "lib/flow/visitor.h"

#include "lib/base/pack.h"

void
visitor_pack(const char *language, const char *ref, struct buf *out)
{
	pack_text(out, language);
	pack_text(out, ref);
}

void
visitor_unpack(
    struct unpack *in, char language[FLOW_LANGUAGE], char ref[FLOW_REF + 1])
{
	unpack_text_into(in, language, FLOW_LANGUAGE);
	unpack_text_into(in, ref, FLOW_REF + 1);
}

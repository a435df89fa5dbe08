#include "lib/flow/desk_visit.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/flow/asker.h"
#include "lib/store/now.h"

struct desk_visit
desk_visit_of(const char *cookie, const struct visitor *visitor)
{
	struct desk_visit visit = {.cookie = cookie};

	memcpy(visit.language, visitor->language, sizeof visit.language);
	memcpy(visit.ref, visitor->ref, sizeof visit.ref);
	return visit;
}

int
desk_visit_ask(const struct asker *asker, enum request_kind kind,
    struct buf *payload, struct arena *arena, const void **reply, size_t *len,
    struct err *err)
{
	int rc;

	if (buf_ok(payload))
		rc = now_ask(asker->now, kind, payload->bytes, payload->len,
		    arena, reply, len, err);
	else
		rc = err_set(err, ERR_INPUT, "desk: too much was typed");
	buf_free(payload);
	return rc;
}

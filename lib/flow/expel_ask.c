#include "lib/flow/expel.h"

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/store/queue.h"

enum { AHEAD_MS = 24 * 3600 * 1000 }; /* of the invitations that wait there */

int
expel_ask(struct kv *kv, const struct envelope_sealer *sealer,
    const struct expel_request *request, int64_t now_ms, struct err *err)
{
	struct envelope envelope = {.kind = REQUEST_EXPEL, .asked_ms = now_ms};
	char id[ENVELOPE_ID_TEXT];
	struct buf payload, sealed;
	int rc = -1;

	randombytes_buf(envelope.id, sizeof envelope.id);
	envelope_id_text(envelope.id, id);
	buf_init(&payload, ENVELOPE_PADDED);
	buf_init(&sealed, ENVELOPE_MAX);
	expel_pack(request, &payload);
	envelope.payload = payload.bytes;
	envelope.len = payload.len;
	if (envelope_seal(sealer, &envelope, &sealed, err) == 0)
		rc = queue_put(kv, QUEUE_BULK, id, sealed.bytes, sealed.len,
		    -AHEAD_MS, err);
	buf_free(&payload);
	buf_free(&sealed);
	return rc;
}

#include "lib/flow/invite.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/store/queue.h"

/* The same invitation of the same batch is the same request. */
static void
name_invitation(
    const char *batch, const char *login, unsigned char id[ENVELOPE_ID])
{
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, ENVELOPE_ID);
	(void)crypto_generichash_update(
	    &state, (const unsigned char *)batch, strlen(batch) + 1);
	(void)crypto_generichash_update(
	    &state, (const unsigned char *)login, strlen(login));
	(void)crypto_generichash_final(&state, id, ENVELOPE_ID);
}

int
invite_ask(struct kv *kv, const struct envelope_sealer *sealer,
    const struct invite_request *request, const char *batch, int64_t now_ms,
    struct err *err)
{
	struct envelope envelope = {.kind = REQUEST_INVITE, .asked_ms = now_ms};
	char id[ENVELOPE_ID_TEXT];
	struct buf payload, sealed;
	int rc = -1;

	name_invitation(batch, request->login, envelope.id);
	envelope_id_text(envelope.id, id);
	buf_init(&payload, ENVELOPE_PADDED);
	buf_init(&sealed, ENVELOPE_MAX);
	invite_pack(request, &payload);
	envelope.payload = payload.bytes;
	envelope.len = payload.len;
	if (envelope_seal(sealer, &envelope, &sealed, err) == 0)
		rc = queue_put(
		    kv, QUEUE_BULK, id, sealed.bytes, sealed.len, 0, err);
	buf_free(&payload);
	buf_free(&sealed);
	return rc;
}

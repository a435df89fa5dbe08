#include "lib/flow/expel.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/store/queue.h"

enum {
	DAY_MS = 24 * 3600 * 1000,
	AHEAD_MS = DAY_MS, /* of the invitations that wait there */
};

/* The same closing, planned or applied again after a crash, is one request. */
static void
name_closing(const struct expel_request *request, int64_t now_ms,
    unsigned char id[ENVELOPE_ID])
{
	static const unsigned char salt[16] = {0};
	static const unsigned char personal[16] = "rentree.expel";
	int64_t day = now_ms / DAY_MS;
	crypto_generichash_blake2b_state state;

	(void)crypto_generichash_blake2b_init_salt_personal(
	    &state, NULL, 0, ENVELOPE_ID, salt, personal);
	(void)crypto_generichash_blake2b_update(
	    &state, (const unsigned char *)&day, sizeof day);
	(void)crypto_generichash_blake2b_update(&state,
	    (const unsigned char *)request->uuid, strlen(request->uuid));
	(void)crypto_generichash_blake2b_final(&state, id, ENVELOPE_ID);
}

int
expel_ask(struct kv *kv, const struct envelope_sealer *sealer,
    const struct expel_request *request, int64_t now_ms, struct err *err)
{
	struct envelope envelope = {.kind = REQUEST_EXPEL, .asked_ms = now_ms};
	char id[ENVELOPE_ID_TEXT];
	struct buf payload, sealed;
	int rc = -1;

	if (request->why == EXPEL_PLANNED)
		name_closing(request, now_ms, envelope.id);
	else
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
	if (rc == 0)
		FAULT_POINT("expel.asked");
	buf_free(&payload);
	buf_free(&sealed);
	return rc;
}

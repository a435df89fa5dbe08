#include "lib/flow/farewell.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/store/queue.h"

/* One warning of one end of one account is one request. */
static void
name_farewell(const struct farewell_request *request, int days,
    unsigned char id[ENVELOPE_ID])
{
	static const unsigned char salt[16] = {0};
	static const unsigned char personal[16] = "rentree.farewell";
	unsigned char day = (unsigned char)days;
	crypto_generichash_blake2b_state state;

	(void)crypto_generichash_blake2b_init_salt_personal(
	    &state, &day, 1, ENVELOPE_ID, salt, personal);
	(void)crypto_generichash_blake2b_update(&state,
	    (const unsigned char *)request->uuid, strlen(request->uuid) + 1);
	(void)crypto_generichash_blake2b_update(&state,
	    (const unsigned char *)request->until, strlen(request->until));
	(void)crypto_generichash_blake2b_final(&state, id, ENVELOPE_ID);
}

int
farewell_ask(struct kv *kv, const struct envelope_sealer *sealer,
    const struct farewell_request *request, int days, int64_t now_ms,
    struct err *err)
{
	struct envelope envelope = {
	    .kind = REQUEST_FAREWELL, .asked_ms = now_ms};
	char id[ENVELOPE_ID_TEXT];
	struct buf payload, sealed;
	int rc = -1;

	name_farewell(request, days, envelope.id);
	envelope_id_text(envelope.id, id);
	buf_init(&payload, ENVELOPE_PADDED);
	buf_init(&sealed, ENVELOPE_MAX);
	farewell_pack(request, &payload);
	envelope.payload = payload.bytes;
	envelope.len = payload.len;
	if (envelope_seal(sealer, &envelope, &sealed, err) == 0)
		rc = queue_put(
		    kv, QUEUE_BULK, id, sealed.bytes, sealed.len, 0, err);
	buf_free(&payload);
	buf_free(&sealed);
	return rc;
}

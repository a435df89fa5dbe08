#include "lib/flow/desk_follow.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/store/queue.h"

static void
make_id(const char *cause, unsigned char id[ENVELOPE_ID])
{
	static const unsigned char salt[16] = {0};
	static const unsigned char personal[16] = "rentree.follow";

	if (cause == NULL)
		randombytes_buf(id, ENVELOPE_ID);
	else
		crypto_generichash_blake2b_salt_personal(id, ENVELOPE_ID,
		    (const unsigned char *)cause, strlen(cause), NULL, 0, salt,
		    personal);
}

int
desk_follow_put(const struct desk_tools *tools,
    const struct desk_follow *follow, const char *cause, long delay_ms,
    char id[ENVELOPE_ID_TEXT], struct err *err)
{
	struct envelope envelope = {.kind = tools->is_operator
						? REQUEST_FOLLOW_OPERATOR
						: REQUEST_FOLLOW,
	    .asked_ms = clock_now_ms()};
	struct buf payload, sealed;
	int rc;

	make_id(cause, envelope.id);
	envelope_id_text(envelope.id, id);
	buf_init(&payload, ENVELOPE_PADDED);
	buf_init(&sealed, ENVELOPE_MAX);
	desk_follow_pack(follow, &payload);
	envelope.payload = payload.bytes;
	envelope.len = payload.len;
	rc = envelope_seal(tools->sealer, &envelope, &sealed, err);
	if (rc == 0)
		rc = queue_put(tools->kv, QUEUE_MAIL, id, sealed.bytes,
		    sealed.len, delay_ms, err);
	buf_free(&payload);
	buf_free(&sealed);
	return rc;
}

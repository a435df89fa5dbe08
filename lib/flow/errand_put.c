#include "lib/flow/errand.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/flow/hands.h"
#include "lib/store/queue.h"

static void
make_id(const struct errand *errand, const char *cause,
    unsigned char id[ENVELOPE_ID])
{
	static const unsigned char salt[16] = {0};
	static const unsigned char personal[16] = "rentree.errand";
	unsigned char what = (unsigned char)errand->what;

	if (cause == NULL)
		randombytes_buf(id, ENVELOPE_ID);
	else
		crypto_generichash_blake2b_salt_personal(id, ENVELOPE_ID,
		    (const unsigned char *)cause, strlen(cause), &what, 1, salt,
		    personal);
}

enum { AHEAD_MS = 24 * 3600 * 1000 }; /* of the invitations that wait there */

/* A hook may hang for as long as it is given, and again all day. Enough of them
 * would hold every thread of the lane people wait for. */
static enum queue_lane
lane_of(enum errand_what what)
{
	return errand_is_hook(what) ? QUEUE_BULK : QUEUE_MAIL;
}

int
errand_put(struct hands *hands, const struct errand *errand, const char *cause,
    struct err *err)
{
	struct envelope envelope = {
	    .kind = REQUEST_ERRAND, .asked_ms = clock_now_ms()};
	enum queue_lane lane = lane_of(errand->what);
	char id[ENVELOPE_ID_TEXT];
	struct buf payload, sealed;
	int rc;

	make_id(errand, cause, envelope.id);
	envelope_id_text(envelope.id, id);
	buf_init(&payload, ENVELOPE_PADDED);
	buf_init(&sealed, ENVELOPE_MAX);
	errand_pack(errand, &payload);
	envelope.payload = payload.bytes;
	envelope.len = payload.len;
	rc = envelope_seal(&hands->shop->sealer, &envelope, &sealed, err);
	if (rc == 0)
		rc = queue_put(hands->kv, lane, id, sealed.bytes, sealed.len,
		    lane == QUEUE_BULK ? -AHEAD_MS : 0, err);
	buf_free(&payload);
	buf_free(&sealed);
	return rc;
}

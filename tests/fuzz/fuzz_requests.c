/* The wire forms of requests. The first byte says which; what unpacks is
 * packed again and must unpack to the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/flow/desk_follow.h"
#include "lib/flow/expel.h"
#include "lib/flow/farewell.h"
#include "lib/flow/intent.h"
#include "lib/flow/invite.h"
#include "lib/flow/recover.h"
#include "lib/flow/redeem.h"
#include "lib/flow/remind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
repack(uint8_t which, const uint8_t *data, size_t size, struct arena *arena,
    struct buf *out)
{
	struct recover_request recover = {0};
	struct remind_request remind = {0};
	struct redeem_request redeem = {0};
	struct redeem_answer answer = {0};
	struct invite_request invite = {0};
	struct farewell_request farewell = {0};
	struct expel_request expel = {0};
	struct desk_follow follow = {0};
	struct intent intent = {0};
	struct err err = {0};
	int rc;

	switch (which % 9) {
	case 0:
		rc = recover_unpack(data, size, &recover, &err);
		if (rc == 0)
			recover_pack(&recover, out);
		break;
	case 1:
		rc = redeem_unpack(data, size, arena, &redeem, &err);
		if (rc == 0)
			redeem_pack(&redeem, out);
		break;
	case 2:
		rc = redeem_answer_unpack(data, size, arena, &answer, &err);
		if (rc == 0)
			redeem_answer_pack(&answer, out);
		break;
	case 3:
		rc = intent_unpack(data, size, arena, &intent, &err);
		if (rc == 0)
			intent_pack(&intent, out);
		break;
	case 7:
		rc = desk_follow_unpack(data, size, arena, &follow, &err);
		if (rc == 0)
			desk_follow_pack(&follow, out);
		break;
	case 6:
		rc = farewell_unpack(data, size, arena, &farewell, &err);
		if (rc == 0)
			farewell_pack(&farewell, out);
		break;
	case 8:
		rc = expel_unpack(data, size, arena, &expel, &err);
		if (rc == 0)
			expel_pack(&expel, out);
		break;
	case 5:
		rc = remind_unpack(data, size, &remind, &err);
		if (rc == 0)
			remind_pack(&remind, out);
		break;
	default:
		rc = invite_unpack(data, size, arena, &invite, &err);
		if (rc == 0)
			invite_pack(&invite, out);
		break;
	}
	if (rc != 0 && err.kind == ERR_NONE)
		abort();
	return rc == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct buf once, twice;

	if (size == 0)
		return 0;
	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	if (repack(data[0], data + 1, size - 1, &arena, &once) &&
	    (!repack(data[0], (const uint8_t *)once.bytes, once.len, &arena,
		 &twice) ||
		once.len != twice.len ||
		memcmp(once.bytes, twice.bytes, once.len) != 0))
		abort();
	buf_free(&once);
	buf_free(&twice);
	arena_reset(&arena);
	return 0;
}

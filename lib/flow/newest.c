#include "lib/flow/newest.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/flow/hands.h"
#include "lib/store/kv.h"

/* Milliseconds stay exact in Redis' doubles until the year 287396. */
enum lookup
newest_is(struct hands *hands, enum token_purpose purpose, const char *uuid,
    int64_t asked_ms, bool remember, struct err *err)
{
	struct kv_reply replies[3] = {0};
	char key[KV_KEY], asked[24], oldest[24];

	kv_key(hands->kv, key, "asked:%d", (int)purpose);
	{
		struct kv_arg look[] = {
		    kv_text("ZSCORE"), kv_text(key), kv_text(uuid)};
		struct kv_arg trim[] = {kv_text("ZREMRANGEBYSCORE"),
		    kv_text(key), kv_text("-inf"),
		    kv_number(oldest, clock_now_ms() - NEWEST_KEEP_MS)};
		struct kv_arg raise[] = {kv_text("ZADD"), kv_text(key),
		    kv_text("GT"), kv_number(asked, asked_ms), kv_text(uuid)};
		struct kv_batch_item items[] = {{look, COUNT_OF(look)},
		    {trim, COUNT_OF(trim)}, {raise, COUNT_OF(raise)}};

		if (kv_batch(hands->kv, items, remember ? 3 : 2, true,
			&hands->arena, replies, err) != 0)
			return LOOKUP_FAILED;
	}
	if (remember)
		FAULT_POINT("newest.raised");
	return replies[0].type == KV_BYTES &&
		       strtoll(replies[0].bytes, NULL, 10) > asked_ms
		   ? LOOKUP_ABSENT
		   : LOOKUP_FOUND;
}

int
newest_asked(struct hands *hands, enum token_purpose purpose, const char *uuid,
    int64_t *asked_ms, struct err *err)
{
	struct kv_reply reply;
	char key[KV_KEY];

	*asked_ms = 0;
	kv_key(hands->kv, key, "asked:%d", (int)purpose);
	if (kv_words(hands->kv, &hands->arena, &reply, err, "ZSCORE", key, uuid,
		NULL) != 0)
		return -1;
	if (reply.type == KV_BYTES)
		*asked_ms = strtoll(reply.bytes, NULL, 10);
	return 0;
}

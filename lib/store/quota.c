#include "lib/store/quota.h"

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/store/kv.h"

static enum lookup
read_answer(const struct kv_reply *reply, struct quota_verdict *verdict,
    struct err *err)
{
	if (reply->type != KV_LIST || reply->count < 2 ||
	    reply->items[0].type != KV_INTEGER ||
	    reply->items[1].type != KV_INTEGER ||
	    (reply->count > 2 && reply->items[2].type != KV_INTEGER)) {
		err_set(err, ERR_INTERNAL, "rentree_quota: strange answer");
		return LOOKUP_FAILED;
	}
	verdict->used = (long)reply->items[1].integer;
	if (reply->count > 2)
		verdict->wait_ms = reply->items[2].integer;
	return reply->items[0].integer == 1 ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

enum lookup
quota_count(struct kv *kv, const struct quota *quota,
    struct quota_verdict *verdict, struct err *err)
{
	char base[KV_KEY], max[24], period[24];
	enum lookup result = LOOKUP_FAILED;
	struct arena arena = {0};
	struct kv_reply reply = {0};

	*verdict = (struct quota_verdict){0};
	kv_key(kv, base, "%s", "");
	(void)kv_number(max, quota->max);
	(void)kv_number(period, quota->period_ms);
	if (kv_words(kv, &arena, &reply, err, "FCALL", "rentree_quota", "0",
		base, quota->name, max, period, quota->id, NULL) == 0)
		result = read_answer(&reply, verdict, err);
	arena_reset(&arena);
	FAULT_POINT("quota.counted");
	return result;
}

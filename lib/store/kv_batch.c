#include "lib/store/kv_internal.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"

enum { WORDS = 4 };

/*
 * A function rather than MULTI/EXEC: Redis refuses to queue a write when it is
 * at maxmemory, and a full Redis must drain. Every command stands as the
 * number of its arguments, and then these.
 */
static int
run_as_one(struct kv *kv, const struct kv_batch_item *items, size_t count,
    struct arena *arena, struct kv_reply *reply, struct err *err)
{
	struct kv_arg args[KV_ARGS_MAX] = {
	    kv_text("FCALL"), kv_text("rentree_batch"), kv_text("0")};
	char numbers[KV_ARGS_MAX][24];
	size_t used = WORDS - 1;

	for (size_t i = 0; i < count; i++) {
		if (items[i].count >= KV_ARGS_MAX - used)
			return err_set(
			    err, ERR_INTERNAL, "a batch of too many words");
		args[used] = kv_number(numbers[used], (int64_t)items[i].count);
		used++;
		memcpy(
		    args + used, items[i].args, items[i].count * sizeof(*args));
		used += items[i].count;
	}
	return kv_command(kv, args, used, arena, reply, err);
}

int
kv_batch(struct kv *kv, const struct kv_batch_item *items, size_t count,
    bool atomic, struct arena *arena, struct kv_reply *replies, struct err *err)
{
	int64_t since_us = metrics_now_us();
	struct kv_reply all;
	int rc;

	if (!atomic) {
		if (kv->listening)
			return err_set(err, ERR_INTERNAL,
			    "a listening connection takes no commands");
		rc = kv_connect(kv, err);
		if (rc == 0)
			rc = kv_exchange(kv, items, count, arena, replies, err);
		meter_tell(&kv->meter, since_us, rc < 0);
		return rc;
	}
	if (run_as_one(kv, items, count, arena, &all, err) < 0)
		return -1;
	if (all.type != KV_LIST || all.count != count)
		return err_set(
		    err, ERR_INTERNAL, "rentree_batch: strange answer");
	if (count > 0)
		memcpy(replies, all.items, count * sizeof(*replies));
	return 0;
}

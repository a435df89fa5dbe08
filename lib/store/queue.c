#include "lib/store/queue.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/text.h"
#include "lib/store/kv.h"
#include "lib/store/limiter_internal.h"

enum { WORDS = 4, ARGUMENTS_MAX = 8 };

static const char *const lanes[] = {
    [QUEUE_MAIL] = "mail", [QUEUE_BULK] = "bulk"};

/* --- calling lib/store/rentree.lua --------------------------------------- */

struct call {
	const char *function;
	struct kv_arg args[ARGUMENTS_MAX];
	size_t count;
};

static int
call(struct kv *kv, const struct call *made, struct arena *arena,
    struct kv_reply *reply, struct err *err)
{
	char base[KV_KEY];
	struct kv_arg words[WORDS + ARGUMENTS_MAX] = {
	    kv_text("FCALL"), kv_text(made->function), kv_text("0")};

	kv_key(kv, base, "%s", "");
	words[WORDS - 1] = kv_text(base);
	memcpy(words + WORDS, made->args, made->count * sizeof(*made->args));
	if (kv_command(kv, words, WORDS + made->count, arena, reply, err) < 0)
		return err_in(err, "%s", made->function);
	return 0;
}

static int
be_strange(const char *function, struct err *err)
{
	return err_set(err, ERR_INTERNAL, "%s: strange answer", function);
}

/* A call that answers 1 (done) or 0 (nothing to do). */
static enum lookup
call_flag(struct kv *kv, const struct call *made, struct err *err)
{
	struct arena arena = {0};
	struct kv_reply reply = {0};
	enum lookup result = LOOKUP_FAILED;

	if (call(kv, made, &arena, &reply, err) == 0) {
		if (reply.type == KV_INTEGER)
			result =
			    reply.integer == 1 ? LOOKUP_FOUND : LOOKUP_ABSENT;
		else
			be_strange(made->function, err);
	}
	arena_reset(&arena);
	return result;
}

/* --- admit --------------------------------------------------------------- */

enum { ADMIT_WORDS = 11 };

static enum admit_result
read_admit(const struct admission *admission, const struct kv_reply *reply,
    struct limit_verdict *verdict, struct err *err)
{
	if (reply->type != KV_LIST || reply->count < 1 ||
	    reply->items[0].type != KV_INTEGER ||
	    reply->items[0].integer < ADMIT_DONE ||
	    reply->items[0].integer > ADMIT_FULL) {
		be_strange("rentree_admit", err);
		return ADMIT_FAILED;
	}
	if (reply->items[0].integer == ADMIT_LIMITED &&
	    limiter_read(admission->limits, reply->items + 1, reply->count - 1,
		verdict, err) < 0)
		return ADMIT_FAILED;
	return (enum admit_result)reply->items[0].integer; /* in range */
}

enum admit_result
queue_admit(struct kv *kv, const struct admission *admission,
    struct limit_verdict *verdict, struct err *err)
{
	char base[KV_KEY], life[24], addresses[24], cap[24];
	char numbers[2 * LIMITER_CHECKS_MAX][24];
	struct kv_arg args[ADMIT_WORDS + 3 * LIMITER_CHECKS_MAX] = {
	    kv_text("FCALL"), kv_text("rentree_admit"), kv_text("0"), {0},
	    kv_text(admission->captcha_key),
	    kv_number(life, admission->captcha_ttl_s),
	    kv_text(admission->captcha_right ? "1" : "0"),
	    kv_number(addresses, (int64_t)admission->address_checks),
	    kv_number(cap, QUEUE_CAP), kv_text(admission->id),
	    {admission->envelope, admission->len}};
	enum admit_result result = ADMIT_FAILED;
	struct arena arena = {0};
	struct kv_reply reply;
	size_t used = ADMIT_WORDS;

	*verdict = (struct limit_verdict){0};
	kv_key(kv, base, "%s", "");
	args[WORDS - 1] = kv_text(base);
	used += limiter_write(admission->limits, args + used, numbers);
	if (kv_command(kv, args, used, &arena, &reply, err) < 0)
		err_in(err, "rentree_admit");
	else
		result = read_admit(admission, &reply, verdict, err);
	FAULT_POINT("queue.admitted");
	arena_reset(&arena);
	return result;
}

int
queue_put(struct kv *kv, enum queue_lane lane, const char *id,
    const void *envelope, size_t len, long delay_ms, struct err *err)
{
	char delay[24];
	enum lookup put = call_flag(kv,
	    &(struct call){"rentree_put",
		{kv_text(lanes[lane]), kv_text(id), {envelope, len},
		    kv_number(delay, delay_ms)},
		4},
	    err);

	FAULT_POINT("queue.put");
	return put == LOOKUP_FAILED ? -1 : 0;
}

/* --- taking -------------------------------------------------------------- */

static int
read_item(
    const struct kv_reply *reply, struct queue_item *item, struct err *err)
{
	if (reply->type != KV_LIST || reply->count != 3 ||
	    reply->items[0].type != KV_BYTES ||
	    !text_format(
		item->id, sizeof(item->id), "%s", reply->items[0].bytes) ||
	    reply->items[1].type != KV_INTEGER ||
	    reply->items[2].type != KV_BYTES)
		return be_strange("rentree_take", err);
	item->attempt = (uint32_t)reply->items[1].integer; /* counted up */
	item->envelope = reply->items[2].bytes;
	item->len = reply->items[2].len;
	return 0;
}

enum lookup
queue_take(struct kv *kv, enum queue_lane lane, long jitter_ms,
    struct arena *arena, struct queue_item *item, struct err *err)
{
	char lease[24], jitter[24], seed[24], losses[24];
	struct kv_reply reply;

	if (call(kv,
		&(struct call){"rentree_take",
		    {kv_text(lanes[lane]), kv_number(lease, QUEUE_LEASE_MS),
			kv_number(jitter, jitter_ms),
			kv_number(seed, randombytes_random() >> 1),
			kv_number(losses, QUEUE_LOSSES_MAX)},
		    5},
		arena, &reply, err) < 0)
		return LOOKUP_FAILED;
	if (reply.type == KV_NIL)
		return LOOKUP_ABSENT;
	FAULT_POINT("queue.taken");
	return read_item(&reply, item, err) < 0 ? LOOKUP_FAILED : LOOKUP_FOUND;
}

enum lookup
queue_later(struct kv *kv, const struct queue_item *item, long delay_ms,
    struct err *err)
{
	char attempt[24], delay[24];
	enum lookup held = call_flag(kv,
	    &(struct call){"rentree_later",
		{kv_text(item->id), kv_number(attempt, item->attempt),
		    kv_number(delay, delay_ms)},
		3},
	    err);

	FAULT_POINT("queue.later");
	return held;
}

enum lookup
queue_finish(struct kv *kv, const struct queue_item *item, struct err *err)
{
	char attempt[24];
	enum lookup held = call_flag(kv,
	    &(struct call){"rentree_finish",
		{kv_text(item->id), kv_number(attempt, item->attempt)}, 2},
	    err);

	FAULT_POINT("queue.finished");
	return held;
}

enum lookup
queue_hurry(
    struct kv *kv, enum queue_lane lane, const char *id, struct err *err)
{
	enum lookup hurried = call_flag(kv,
	    &(struct call){
		"rentree_hurry", {kv_text(lanes[lane]), kv_text(id)}, 2},
	    err);

	FAULT_POINT("queue.hurried");
	return hurried;
}

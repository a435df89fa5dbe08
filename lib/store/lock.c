#include "lib/store/lock.h"

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/text.h"
#include "lib/store/kv.h"

enum { TRY_MS = 40, OWNER_BYTES = (LOCK_OWNER - 1) / 2 };

/* Functions rather than SET: a full Redis must drain. */
static enum lookup
call(struct kv *kv, const char *function, const struct lock *lock,
    struct err *err)
{
	struct arena arena = {0};
	struct kv_reply reply = {0};
	enum lookup result = LOOKUP_FAILED;
	char base[KV_KEY], life[24];
	int rc;

	kv_key(kv, base, "%s", "");
	(void)kv_number(life, LOCK_MS);
	rc = kv_words(kv, &arena, &reply, err, "FCALL", function, "0", base,
	    lock->uuid, lock->owner, life, NULL);
	if (rc == 0 && reply.type == KV_INTEGER)
		result = reply.integer == 1 ? LOOKUP_FOUND : LOOKUP_ABSENT;
	else if (rc == 0)
		err_set(err, ERR_INTERNAL, "%s: strange answer", function);
	arena_reset(&arena);
	return result;
}

enum lookup
lock_take(struct kv *kv, const char *uuid, long wait_ms, struct lock *lock,
    struct err *err)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;
	unsigned char owner[OWNER_BYTES];
	enum lookup taken;

	if (!text_format(lock->uuid, sizeof(lock->uuid), "%s", uuid)) {
		err_set(err, ERR_INTERNAL, "an entryUUID of more than 36");
		return LOOKUP_FAILED;
	}
	randombytes_buf(owner, sizeof(owner));
	sodium_bin2hex(lock->owner, sizeof(lock->owner), owner, sizeof(owner));
	for (;;) {
		taken = call(kv, "rentree_lock", lock, err);
		if (taken == LOOKUP_FOUND)
			FAULT_POINT("lock.taken");
		if (taken != LOOKUP_ABSENT || clock_mono_ms() >= until_ms)
			return taken;
		clock_sleep_ms(TRY_MS / 2 + (long)randombytes_uniform(TRY_MS));
	}
}

void
lock_give(struct kv *kv, const struct lock *lock)
{
	struct err ignored;

	(void)call(kv, "rentree_unlock", lock, &ignored);
	FAULT_POINT("lock.given");
}

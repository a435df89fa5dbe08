#include "lib/store/queue.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/text.h"
#include "lib/store/kv.h"

enum { STATE_FIELDS = 7, ENTRY_FIELDS = 7 };

static bool
are_integers(const struct kv_reply *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].type != KV_INTEGER)
			return false;
	return true;
}

int
queue_state(struct kv *kv, struct queue_state *state, struct err *err)
{
	struct arena arena = {0};
	struct kv_reply reply;
	char base[KV_KEY];
	int rc;

	kv_key(kv, base, "%s", "");
	rc = kv_words(
	    kv, &arena, &reply, err, "FCALL", "rentree_state", "0", base, NULL);
	if (rc == 0 && (reply.type != KV_LIST || reply.count != STATE_FIELDS ||
			   !are_integers(reply.items, STATE_FIELDS)))
		rc =
		    err_set(err, ERR_INTERNAL, "rentree_state: strange answer");
	if (rc == 0)
		*state = (struct queue_state){
		    .mail_waiting = reply.items[0].integer,
		    .bulk_waiting = reply.items[1].integer,
		    .held = reply.items[2].integer,
		    .dead = reply.items[3].integer,
		    .oldest_ms = reply.items[4].integer,
		    .mail_oldest_ms = reply.items[5].integer,
		    .bulk_oldest_ms = reply.items[6].integer,
		};
	arena_reset(&arena);
	return rc;
}

int
queue_pace(struct kv *kv, long *per_minute, struct err *err)
{
	struct arena arena = {0};
	struct kv_reply reply;
	char base[KV_KEY];
	int rc;

	kv_key(kv, base, "%s", "");
	rc = kv_words(
	    kv, &arena, &reply, err, "FCALL", "rentree_pace", "0", base, NULL);
	if (rc == 0 && reply.type != KV_INTEGER)
		rc = err_set(err, ERR_INTERNAL, "rentree_pace: strange answer");
	if (rc == 0)
		*per_minute = (long)reply.integer;
	arena_reset(&arena);
	return rc;
}

/* id, dead, lane, attempts, losses, age, due in */
static bool
read_entry(const struct kv_reply *reply, struct queue_entry *entry)
{
	const struct kv_reply *items = reply->items;

	if (reply->type != KV_LIST || reply->count != ENTRY_FIELDS ||
	    items[0].type != KV_BYTES || items[1].type != KV_INTEGER ||
	    items[2].type != KV_BYTES || !are_integers(items + 3, 4) ||
	    !text_format(entry->id, sizeof(entry->id), "%s", items[0].bytes))
		return false;
	entry->dead = items[1].integer != 0;
	entry->lane =
	    strcmp(items[2].bytes, "bulk") == 0 ? QUEUE_BULK : QUEUE_MAIL;
	entry->attempt = (uint32_t)items[3].integer; /* counted up from 0 */
	entry->losses = (uint32_t)items[4].integer;
	entry->age_ms = items[5].integer;
	entry->due_in_ms = items[6].integer;
	return true;
}

int
queue_list(struct kv *kv, bool only_dead, size_t max, struct arena *arena,
    struct queue_entry **entries, size_t *count, struct err *err)
{
	struct kv_reply reply;
	char base[KV_KEY], most[24];

	*count = 0;
	*entries = NULL;
	if (max == 0)
		return 0;
	kv_key(kv, base, "%s", "");
	(void)kv_number(most, (int64_t)max);
	if (kv_words(kv, arena, &reply, err, "FCALL", "rentree_list", "0", base,
		only_dead ? "1" : "0", most, NULL) < 0)
		return -1;
	if (reply.type == KV_LIST)
		*entries = arena_array(arena, reply.count, sizeof(**entries));
	for (size_t i = 0; reply.type == KV_LIST && i < reply.count; i++)
		if (read_entry(&reply.items[i], &(*entries)[i]))
			++*count;
	if (reply.type != KV_LIST || *count != reply.count)
		return err_set(
		    err, ERR_INTERNAL, "rentree_list: strange answer");
	return 0;
}

static enum lookup
ask_for(struct kv *kv, const char *function, const char *id, struct err *err)
{
	struct arena arena = {0};
	struct kv_reply reply;
	enum lookup result = LOOKUP_FAILED;
	char base[KV_KEY];
	int rc;

	kv_key(kv, base, "%s", "");
	rc = kv_words(
	    kv, &arena, &reply, err, "FCALL", function, "0", base, id, NULL);
	if (rc == 0 && reply.type == KV_INTEGER)
		result = reply.integer == 1 ? LOOKUP_FOUND : LOOKUP_ABSENT;
	else if (rc == 0)
		err_set(err, ERR_INTERNAL, "%s: strange answer", function);
	arena_reset(&arena);
	return result;
}

enum lookup
queue_retry(struct kv *kv, const char *id, struct err *err)
{
	return ask_for(kv, "rentree_retry", id, err);
}

enum lookup
queue_drop(struct kv *kv, const char *id, struct err *err)
{
	enum lookup dropped = ask_for(kv, "rentree_drop", id, err);

	FAULT_POINT("queue.dropped");
	return dropped;
}

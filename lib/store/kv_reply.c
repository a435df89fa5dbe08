#include "lib/store/kv_internal.h"

#include <hiredis/hiredis.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

enum { SHOWN = 160 };

/* What has no code of its own but ERR. The second and third: a command inside
 * a function is not for this login, as Redis 7.0 and 7.2 say it. */
static const char missing_function[] = "ERR Function not found";
static const char denied_inside[] = "The user executing the script can't";
static const char denied_inside_72[] = "ACL failure in script";

static bool
is_unavailable(const char *text)
{
	static const char *const words[] = {"LOADING", "MASTERDOWN", "READONLY",
	    "OOM", "MISCONF", "NOAUTH", "WRONGPASS", "NOPERM", "BUSY",
	    "NOREPLICAS", missing_function};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (text_has_prefix(text, words[i]))
			return true;
	return strstr(text, denied_inside) != NULL ||
	       strstr(text, denied_inside_72) != NULL;
}

bool
kv_is_missing_function(const struct err *err)
{
	return err->kind == ERR_UNAVAILABLE &&
	       strstr(err->text, missing_function) != NULL;
}

const char *
kv_class(const struct err *err)
{
	static const struct {
		const char *said, *word;
	} classes[] = {
	    {missing_function, "unprepared"}, {"NOAUTH", "refused"},
	    {"WRONGPASS", "refused"}, {"NOPERM", "refused"},
	    {denied_inside, "refused"}, {denied_inside_72, "refused"},
	    {"OOM", "full"}, {"MISCONF", "full"}, {"LOADING", "busy"},
	    {"BUSY", "busy"}, {"are busy", "busy"}, /* kv_pool.c */
	    {"READONLY", "no-master"}, {"MASTERDOWN", "no-master"},
	    {"NOREPLICAS", "no-master"},
	    {"not the master", "no-master"}, /* kv_connect.c */
	};

	for (size_t i = 0; i < COUNT_OF(classes); i++)
		if (strstr(err->text, classes[i].said) != NULL)
			return classes[i].word;
	return "unreachable";
}

/* What Redis repeats of our arguments stays out of the sentence. */
static int
fail_with(const char *text, struct err *err)
{
	const char *repeated = strstr(text, ", with args");
	size_t len =
	    repeated != NULL ? (size_t)(repeated - text) : strlen(text);

	return err_set(err,
	    is_unavailable(text) ? ERR_UNAVAILABLE : ERR_INTERNAL,
	    "Redis says: %.*s%s", len < SHOWN ? (int)len : SHOWN, text,
	    text_has_prefix(text, missing_function)
		? " (the worker loads them when it starts)"
		: "");
}

static int copy_reply(const struct redisReply *raw, int depth,
    struct arena *arena, struct kv_reply *reply, struct err *err);

/* hiredis 0.14 ends the depth of this itself; 1.0 and later do not. */
static int
copy_list(const struct redisReply *raw, int depth, struct arena *arena,
    struct kv_reply *reply, struct err *err)
{
	if (depth >= KV_DEPTH_MAX)
		return err_set(
		    err, ERR_UNAVAILABLE, "an answer of Redis is too deep");
	reply->type = KV_LIST;
	reply->count = raw->elements;
	reply->items = arena_array(arena, raw->elements, sizeof(*reply->items));
	for (size_t i = 0; i < raw->elements; i++)
		if (copy_reply(raw->element[i], depth + 1, arena,
			&reply->items[i], err) < 0)
			return -1;
	return 0;
}

static int
copy_reply(const struct redisReply *raw, int depth, struct arena *arena,
    struct kv_reply *reply, struct err *err)
{
	*reply = (struct kv_reply){.type = KV_NIL};
	switch (raw->type) {
	case REDIS_REPLY_NIL:
		return 0;
	case REDIS_REPLY_INTEGER:
		reply->type = KV_INTEGER;
		reply->integer = raw->integer;
		return 0;
	case REDIS_REPLY_STATUS:
	case REDIS_REPLY_STRING:
		reply->type =
		    raw->type == REDIS_REPLY_STATUS ? KV_STATUS : KV_BYTES;
		reply->len = (size_t)raw->len; /* 0.14: an int, never < 0 */
		reply->bytes = arena_dup_n(arena, raw->str, reply->len);
		return 0;
	case REDIS_REPLY_ARRAY:
		return copy_list(raw, depth, arena, reply, err);
	case REDIS_REPLY_ERROR:
		return fail_with(raw->str, err);
	default:
		return err_set(err, ERR_INTERNAL,
		    "Redis answered with something of type %d", raw->type);
	}
}

int
kv_accept(struct kv *kv, struct redisReply *raw, struct arena *arena,
    struct kv_reply *reply, struct err *err)
{
	int rc = 0;

	if (raw->type == REDIS_REPLY_ERROR)
		rc = fail_with(raw->str, err);
	else if (reply != NULL)
		rc = copy_reply(raw, 0, arena, reply, err);
	/* After a failover this one is a replica: look for the master. */
	if (rc < 0 && raw->type == REDIS_REPLY_ERROR &&
	    (text_has_prefix(raw->str, "READONLY") ||
		text_has_prefix(raw->str, "MASTERDOWN")))
		kv_drop(kv);
	freeReplyObject(raw);
	return rc;
}

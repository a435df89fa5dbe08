#include "lib/flow/desk_session.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/flow/flow_conf.h"
#include "lib/flow/hands.h"
#include "lib/store/kv.h"
#include "lib/store/record.h"

/* Two workers' clocks may be this far apart. */
enum { SKEW_MS = 30000 };

struct factor_keys
desk_factor_keys(const struct hands *hands)
{
	return (struct factor_keys){
	    .operator_key = hands->shop->opener.operator_key,
	    .worker_key = hands->shop->factor_key};
}

static int64_t
idle_ms(const struct hands *hands)
{
	return hands->shop->desk->session_idle_s * 1000LL;
}

/* Writes the record; one that is not there any more comes back only when it is
 * new: who signs out while another page loads is signed out. */
static enum lookup
keep(struct hands *hands, const struct desk_session *session, bool is_new,
    struct err *err)
{
	struct arena *arena = &hands->arena;
	struct kv_reply reply = {0};
	char key[KV_KEY], ttl[24];
	struct buf record;
	int rc;

	kv_key(hands->kv, key, "desk:%s", session->name);
	buf_init(&record, RECORD_MAX);
	desk_session_write(hands->shop->session_key, key, session, &record);
	{
		const struct kv_arg set[] = {kv_text("SET"), kv_text(key),
		    {record.bytes, record.len}, kv_text("PX"),
		    kv_number(ttl, idle_ms(hands)),
		    kv_text(is_new ? "NX" : "XX")};

		rc = kv_command(
		    hands->kv, set, COUNT_OF(set), arena, &reply, err);
	}
	buf_free(&record);
	if (rc != 0)
		return LOOKUP_FAILED;
	return reply.type == KV_STATUS ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

int
desk_session_begin(struct hands *hands, const struct factor *factor,
    char cookie[TOKEN_TEXT], struct err *err)
{
	struct desk_session session = {.pwd_changed = factor->pwd_changed};
	struct token token;
	enum lookup kept;

	token_make(&token);
	token_name(&token, session.name);
	token_format(&token, cookie);
	sodium_memzero(&token, sizeof token);
	memcpy(session.uuid, factor->uuid, sizeof session.uuid);
	memcpy(session.serial, factor->serial, FACTOR_SERIAL);
	session.begun_ms = session.seen_ms = clock_now_ms();
	kept = keep(hands, &session, true, err);
	if (kept == LOOKUP_FOUND)
		return 0;
	sodium_memzero(cookie, TOKEN_TEXT);
	return kept == LOOKUP_ABSENT
		   ? err_set(err, ERR_TEMPORARY, "desk: a session had a twin")
		   : -1;
}

/* The record that a cookie names. */
static enum lookup
load(struct hands *hands, const char *cookie, struct desk_session *session,
    struct err *err)
{
	struct kv_reply reply = {0};
	char name[TOKEN_NAME], key[KV_KEY];
	struct token token;

	if (!token_parse(cookie, &token))
		return LOOKUP_ABSENT;
	token_name(&token, name);
	sodium_memzero(&token, sizeof token);
	kv_key(hands->kv, key, "desk:%s", name);
	if (kv_words(hands->kv, &hands->arena, &reply, err, "GET", key, NULL) !=
	    0)
		return LOOKUP_FAILED;
	if (reply.type != KV_BYTES)
		return LOOKUP_ABSENT;
	if (!desk_session_read(hands->shop->session_key, key, reply.bytes,
		reply.len, &hands->arena, session)) {
		log_event(LOG_LEVEL_ERROR, "desk.forged-session", "ref",
		    hands->ref, "reason", "a record in Redis is not ours",
		    NULL);
		return LOOKUP_ABSENT;
	}
	memcpy(session->name, name, sizeof name);
	return LOOKUP_FOUND;
}

static enum lookup
drop(struct hands *hands, const char *name, struct err *err)
{
	struct kv_reply reply = {0};
	char key[KV_KEY];

	kv_key(hands->kv, key, "desk:%s", name);
	if (kv_words(hands->kv, &hands->arena, &reply, err, "DEL", key, NULL) !=
	    0)
		return LOOKUP_FAILED;
	return reply.integer > 0 ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

/* Is the session still what its operator has in the directory? */
static enum lookup
ask_directory(struct hands *hands, const struct desk_session *session,
    struct desk_operator *who, struct factor *factor, struct err *err)
{
	const struct desk_tools tools = desk_tools_of(hands);
	const struct factor_keys keys = desk_factor_keys(hands);
	const char *uuid = arena_dup(&hands->arena, session->uuid);

	switch (desk_operator_open(&tools, uuid, who, err)) {
	case DESK_DONE:
		break;
	case DESK_DENIED:
		return LOOKUP_ABSENT;
	default:
		return LOOKUP_FAILED;
	}
	if (factor_load(hands->directory, &keys, who->dn, uuid, &hands->arena,
		factor, err) != 0)
		return LOOKUP_FAILED;
	/* Of the time when it was optional. */
	if (hands->shop->desk->second_factor == 0 &&
	    factor->state != FACTOR_ENROLLED)
		return LOOKUP_ABSENT;
	if (sodium_memcmp(factor->serial, session->serial, FACTOR_SERIAL) !=
		0 ||
	    strcmp(factor->pwd_changed, session->pwd_changed) != 0)
		return LOOKUP_ABSENT;
	return LOOKUP_FOUND;
}

enum lookup
desk_session_open(struct hands *hands, const char *cookie,
    struct desk_operator *who, struct factor *factor, struct err *err)
{
	int64_t now_ms = clock_now_ms();
	struct desk_session session;
	enum lookup got = load(hands, cookie, &session, err);

	if (got != LOOKUP_FOUND)
		return got;
	if (!desk_session_is_live(&session, idle_ms(hands), now_ms + SKEW_MS) &&
	    !desk_session_is_live(&session, idle_ms(hands), now_ms))
		got = LOOKUP_ABSENT;
	else
		got = ask_directory(hands, &session, who, factor, err);
	if (got == LOOKUP_ABSENT) {
		(void)!drop(hands, session.name, err);
		return LOOKUP_ABSENT;
	}
	if (got == LOOKUP_FAILED)
		return got;
	if (now_ms > session.seen_ms)
		session.seen_ms = now_ms;
	return keep(hands, &session, false, err);
}

enum lookup
desk_session_end(struct hands *hands, const char *cookie, struct err *err)
{
	char name[TOKEN_NAME];
	struct token token;

	if (!token_parse(cookie, &token))
		return LOOKUP_ABSENT;
	token_name(&token, name);
	sodium_memzero(&token, sizeof token);
	return drop(hands, name, err);
}

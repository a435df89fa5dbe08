#include "lib/store/token.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/store/kv.h"
#include "lib/store/record.h"

enum { NUMBER = 24, WORDS = 4, ARGUMENTS_MAX = 5 };

void
token_make(struct token *token)
{
	randombytes_buf(token->bytes, sizeof(token->bytes));
}

void
token_format(const struct token *token, char text[TOKEN_TEXT])
{
	sodium_bin2base64(text, TOKEN_TEXT, token->bytes, TOKEN_BYTES,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool
token_parse(const char *text, struct token *token)
{
	return text_unb64(text, token->bytes, TOKEN_BYTES);
}

void
token_name(const struct token *token, char name[TOKEN_NAME])
{
	static const unsigned char salt[16] = {0};
	static const unsigned char personal[16] = "rentree.token";
	unsigned char hash[32];

	crypto_generichash_blake2b_salt_personal(hash, sizeof(hash),
	    token->bytes, TOKEN_BYTES, NULL, 0, salt, personal);
	sodium_bin2base64(name, TOKEN_NAME, hash, sizeof(hash),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* --- calling lib/store/rentree_token.lua --------------------------------- */

/* The arguments after the prefix. */
struct call {
	const char *function;
	struct kv_arg args[ARGUMENTS_MAX];
	size_t count;
};

static int
call(struct kv *kv, const struct call *made, struct arena *arena,
    struct kv_reply *reply, struct err *err)
{
	struct kv_arg words[WORDS + ARGUMENTS_MAX];
	char base[KV_KEY];

	kv_key(kv, base, "%s", "");
	words[0] = kv_text("FCALL");
	words[1] = kv_text(made->function);
	words[2] = kv_text("0");
	words[3] = kv_text(base);
	memcpy(words + WORDS, made->args, made->count * sizeof(*made->args));
	if (kv_command(kv, words, WORDS + made->count, arena, reply, err) < 0)
		return err_in(err, "%s", made->function);
	return 0;
}

/* A call that answers 1 (done) or 0 (nothing to do). */
static enum lookup
call_flag(struct kv *kv, const struct call *made, struct err *err)
{
	struct arena arena = {0};
	struct kv_reply reply = {0};
	enum lookup result = LOOKUP_FAILED;

	if (call(kv, made, &arena, &reply, err) == 0) {
		if (reply.type != KV_INTEGER)
			err_set(err, ERR_INTERNAL, "%s: strange answer",
			    made->function);
		else
			result =
			    reply.integer == 1 ? LOOKUP_FOUND : LOOKUP_ABSENT;
	}
	arena_reset(&arena);
	return result;
}

static int
call_plain(struct kv *kv, const struct call *made, struct err *err)
{
	return call_flag(kv, made, err) == LOOKUP_FAILED ? -1 : 0;
}

/* issue and sent want the same things. */
static int
call_with_record(struct kv *kv, const char *function,
    const unsigned char key[SECRET_KEY], const char *name,
    const struct token_record *record, struct err *err)
{
	char tok[KV_KEY], account[KV_KEY], expires[NUMBER], asked[NUMBER];
	struct buf rec;
	int rc;

	if (!text_format(account, sizeof(account), "%s:%d", record->uuid,
		(int)record->purpose))
		return err_set(
		    err, ERR_INTERNAL, "%s: strange entryUUID", function);
	kv_key(kv, tok, "tok:%s", name);
	buf_init(&rec, RECORD_MAX);
	record_write_token(key, tok, record, &rec);
	if (buf_ok(&rec))
		rc = call_plain(kv,
		    &(struct call){function,
			{kv_text(name), kv_text(account), {rec.bytes, rec.len},
			    kv_number(expires, record->expires_ms),
			    kv_number(asked, record->asked_ms)},
			5},
		    err);
	else
		rc = err_set(
		    err, ERR_INTERNAL, "%s: the record is too long", function);
	buf_free(&rec);
	return rc;
}

int
token_issue(struct kv *kv, const unsigned char key[SECRET_KEY],
    const char *name, const struct token_record *record, struct err *err)
{
	int rc =
	    call_with_record(kv, "rentree_token_issue", key, name, record, err);

	FAULT_POINT("token.issued");
	return rc;
}

int
token_sent(struct kv *kv, const unsigned char key[SECRET_KEY], const char *name,
    const struct token_record *record, struct err *err)
{
	int rc =
	    call_with_record(kv, "rentree_token_sent", key, name, record, err);

	FAULT_POINT("token.sent");
	return rc;
}

/* --- looking ------------------------------------------------------------- */

static bool
is_state(const struct kv_reply *reply, const char *state)
{
	return reply->type == KV_BYTES && strcmp(reply->bytes, state) == 0;
}

static enum token_state
judge(const struct kv_reply *found, int64_t expires_ms, int64_t at_ms)
{
	int64_t now_ms = found[3].integer;

	if (is_state(&found[1], "spent"))
		return TOKEN_SPENT;
	if (is_state(&found[1], "claimed") && at_ms > now_ms - TOKEN_CLAIM_MS)
		return TOKEN_CLAIMED;
	if (expires_ms <= now_ms)
		return TOKEN_DEAD;
	return is_state(&found[1], "live") || is_state(&found[1], "claimed")
		   ? TOKEN_LIVE
		   : TOKEN_DEAD;
}

/* found: rec, st, at and the time, as the function answers them. */
static void
look_at(const struct kv_reply *found, const unsigned char key[SECRET_KEY],
    const char *tok, struct arena *arena, struct token_look *look)
{
	long at_ms = 0;

	if (found[0].type != KV_BYTES)
		return;
	if (!record_read_token(
		key, tok, found[0].bytes, found[0].len, arena, &look->record)) {
		log_event(LOG_LEVEL_ERROR, "record.forged", "key", tok, NULL);
		return;
	}
	if (found[2].type == KV_BYTES &&
	    !text_to_long(found[2].bytes, 0, INT64_MAX, &at_ms))
		return;
	look->state = judge(found, look->record.expires_ms, at_ms);
	if (look->state == TOKEN_SPENT)
		look->spent_ms = at_ms;
}

int
token_peek(struct kv *kv, const unsigned char key[SECRET_KEY], const char *name,
    struct arena *arena, struct token_look *look, struct err *err)
{
	struct kv_reply reply = {0};
	char tok[KV_KEY];

	*look = (struct token_look){.state = TOKEN_DEAD};
	kv_key(kv, tok, "tok:%s", name);
	if (call(kv, &(struct call){"rentree_token_peek", {kv_text(name)}, 1},
		arena, &reply, err) < 0)
		return -1;
	if (reply.type != KV_LIST || reply.count != 4 ||
	    reply.items[3].type != KV_INTEGER)
		return err_set(
		    err, ERR_INTERNAL, "rentree_token_peek: strange answer");
	look_at(reply.items, key, tok, arena, look);
	return 0;
}

/* --- spending ------------------------------------------------------------ */

enum lookup
token_claim(struct kv *kv, const char *name, const char *claimant,
    const struct token_intent *intent, struct err *err)
{
	char delay[NUMBER];
	enum lookup claimed;

	claimed = call_flag(kv,
	    &(struct call){"rentree_token_claim",
		{kv_text(name), kv_text(claimant), kv_text(intent->id),
		    {intent->envelope, intent->len},
		    kv_number(delay, intent->delay_ms)},
		5},
	    err);
	FAULT_POINT("token.claimed");
	return claimed;
}

int
token_release(
    struct kv *kv, const char *name, const char *claimant, struct err *err)
{
	int rc = call_plain(kv,
	    &(struct call){
		"rentree_token_release", {kv_text(name), kv_text(claimant)}, 2},
	    err);

	FAULT_POINT("token.released");
	return rc;
}

int
token_spend(struct kv *kv, const char *name, struct err *err)
{
	int rc = call_plain(
	    kv, &(struct call){"rentree_token_spend", {kv_text(name)}, 1}, err);

	FAULT_POINT("token.spent");
	return rc;
}

int
token_revoke_all(struct kv *kv, const char *uuid, const char *except,
    int64_t until_ms, struct err *err)
{
	char until[NUMBER];
	int rc = call_plain(kv,
	    &(struct call){"rentree_token_revoke_all",
		{kv_text(uuid), kv_text(except != NULL ? except : ""),
		    until_ms == TOKEN_ALL ? kv_text("+inf")
					  : kv_number(until, until_ms)},
		3},
	    err);

	FAULT_POINT("token.revoked");
	return rc;
}

enum lookup
token_is_over(
    struct kv *kv, const char *uuid, int64_t asked_ms, struct err *err)
{
	enum lookup result = LOOKUP_FAILED;
	struct kv_reply reply = {0};
	struct arena arena = {0};
	char key[KV_KEY];
	long until_ms = 0;

	kv_key(kv, key, "acct:%s:until", uuid);
	if (kv_words(kv, &arena, &reply, err, "GET", key, NULL) == 0) {
		if (reply.type == KV_BYTES &&
		    !text_to_long(reply.bytes, 0, INT64_MAX, &until_ms))
			(void)err_set(err, ERR_INTERNAL, "%s: not a time", key);
		else
			result = reply.type == KV_BYTES && asked_ms <= until_ms
				     ? LOOKUP_FOUND
				     : LOOKUP_ABSENT;
	}
	arena_reset(&arena);
	return result;
}

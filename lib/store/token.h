/*
 * token - proof, good for one use, that a person opened the link we mailed.
 *
 * 32 random bytes, base64url in the link. Redis keeps only a hash of them, and
 * a record the worker believes because it carries a MAC under a worker key,
 * bound to the key's name: purpose, entryUUID, login, the password's change
 * time at issue, when it was asked, expiry. Redis can lose or replay a state,
 * never invent a record; one that does not verify is unknown, and logged.
 *
 *     tok:<hash>            hash: rec, st (live claimed spent dead), by, at,
 *                           exp, sent
 *     acct:<uuid>:<purpose> sorted set of hashes, score = when it was asked
 *     acct:<uuid>:until     what was asked until then is ended
 *
 * One live link per account and purpose. A record is written before the mail
 * leaves and is live at once, so a link works whenever its mail can be read;
 * token_sent() starts its lifetime anew and ends all links of that account and
 * purpose that were not asked later - or this one, when a later one has been
 * sent. Asked at the same moment means two attempts of one request: the one
 * whose mail is sent ends the other. What was ended or spent stays so, even
 * when its mail is accepted afterwards. Ended tokens stay as tombstones for
 * TOKEN_TOMBSTONE_S.
 *
 * Opening the link must not spend it (mail scanners open links).
 * Not protected: a reader of the person's mailbox.
 */
#ifndef LIB_STORE_TOKEN_H
#define LIB_STORE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/base/secret.h"

struct arena;
struct err;
struct kv;

enum {
	TOKEN_BYTES = 32,
	TOKEN_TEXT = 44, /* base64url, unpadded, and NUL */
	TOKEN_NAME = 44, /* base64url of the hash, and NUL */
	TOKEN_TOMBSTONE_S = 25 * 3600,
	TOKEN_CLAIM_MS = 60000,      /* a claim nobody settled ends then */
	TOKEN_AFTERGLOW_MS = 600000, /* "spent within 10 minutes" */
};

enum token_purpose {
	TOKEN_RECOVER = 1,
	TOKEN_ACTIVATE = 2,
	TOKEN_VERIFY = 3, /* a rescue address */
	TOKEN_DISOWN = 4, /* "ce n'est pas moi" */
	TOKEN_LETTER = 5, /* a form opened with the code of a letter */
	TOKEN_PURPOSES = 6,
};

struct token {
	unsigned char bytes[TOKEN_BYTES];
};

void token_make(struct token *token);
void token_format(const struct token *token, char text[TOKEN_TEXT]);
bool token_parse(const char *text, struct token *token) MUST_CHECK;
/* The hash that names it in Redis: BLAKE2b-256 with personalisation. */
void token_name(const struct token *token, char name[TOKEN_NAME]);

struct token_record {
	enum token_purpose purpose;
	const char *uuid; /* entryUUID */
	const char *login;
	const char *pwd_changed; /* pwdChangedTime at issue, "" = never set */
	const char *extra;       /* purpose's own: an address to verify, … */
	const char *language;    /* of the mail */
	int64_t asked_ms;
	int64_t expires_ms;
};

/* key: the worker's record key (32 bytes). An issue that was made before has
 * no effect; every function here may be called again after a failure. */
int token_issue(struct kv *kv, const unsigned char key[SECRET_KEY],
    const char *name, const struct token_record *record,
    struct err *err) MUST_CHECK;
/* Its mail was accepted: see above. record with the new expiry. */
int token_sent(struct kv *kv, const unsigned char key[SECRET_KEY],
    const char *name, const struct token_record *record,
    struct err *err) MUST_CHECK;

enum token_state {
	TOKEN_LIVE,
	TOKEN_CLAIMED, /* somebody is spending it now */
	TOKEN_SPENT,   /* spent_ms says when */
	TOKEN_DEAD,    /* unknown, expired, revoked or superseded: not told */
};

struct token_look {
	enum token_state state;
	struct token_record record; /* strings in arena; valid unless DEAD */
	int64_t spent_ms;
};

int token_peek(struct kv *kv, const unsigned char key[SECRET_KEY],
    const char *name, struct arena *arena, struct token_look *look,
    struct err *err) MUST_CHECK;

/*
 * Claims a live token for claimant (a request id) and queues the intent in the
 * same step, due in delay_ms: from here on a crash is settled by the intent.
 * LOOKUP_ABSENT: it was not live any more. The same claimant may claim again
 * (its answer was lost) and is LOOKUP_FOUND again; so claimants are never
 * shared. Whether the record is ours is token_peek()'s to say, beforehand.
 */
struct token_intent {
	const char *id;
	const void *envelope;
	size_t len;
	long delay_ms;
};
enum lookup token_claim(struct kv *kv, const char *name, const char *claimant,
    const struct token_intent *intent, struct err *err) MUST_CHECK;

/* Back to live, when still claimed by claimant. */
int token_release(struct kv *kv, const char *name, const char *claimant,
    struct err *err) MUST_CHECK;
/* Spent, whoever claimed it; idempotent (keeps the first time). */
int token_spend(struct kv *kv, const char *name, struct err *err) MUST_CHECK;
/* Ends every token of the account that was asked until then (TOKEN_ALL:
 * whenever), but those to disown (which give nobody access); except (may be
 * NULL) stays what it is. Whoever acts late gives the moment of its cause: what
 * was asked since is not its business. The moment is remembered for
 * TOKEN_TOMBSTONE_S: one that was asked until then and is issued only now (a
 * retry) is born dead. TOKEN_ALL ends what there is, and remembers nothing. */
#define TOKEN_ALL INT64_MAX
int token_revoke_all(struct kv *kv, const char *uuid, const char *except,
    int64_t until_ms, struct err *err) MUST_CHECK;

/* FOUND: what was asked then for this account has been ended so; no use to
 * issue a token for it. */
enum lookup token_is_over(struct kv *kv, const char *uuid, int64_t asked_ms,
    struct err *err) MUST_CHECK;

#endif

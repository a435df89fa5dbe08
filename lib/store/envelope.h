/*
 * envelope - a request on its way from the page to the worker, sealed.
 *
 *     1|<kid>|<id>|<sealed>
 *
 * kid is 1 to 16 letters, digits, '.', '_' or '-'; id is 32 lower-case
 * hexadecimal digits; sealed is raw bytes.
 *
 * The content is serialised (pack.h), padded to ENVELOPE_PADDED bytes so that
 * its length tells nothing, and sealed with crypto_box_seal() to the worker's
 * public key: the web process cannot read back what it queued. kid names the
 * sealing key for rotation; id stands in front so that the queue can tell
 * requests apart without opening one, and again inside, where it is believed.
 *
 * Authority: anyone may ask ENVELOPE_ANYONE kinds. What only the operator may
 * ask carries a MAC under operator.key, what only the worker writes to itself
 * (intents) one under a worker key: keyed BLAKE2b over the whole content. The
 * web process has neither key.
 *
 * A content that does not open, is damaged, has another id inside or lacks its
 * MAC is ERR_INPUT, always in the same words: the caller counts and drops it,
 * and likewise one from the future (envelope_is_from_future). Lifetimes are
 * the caller's (they differ by kind).
 */
#ifndef LIB_STORE_ENVELOPE_H
#define LIB_STORE_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/base/secret.h"

struct arena;
struct buf;
struct err;

enum {
	ENVELOPE_PADDED = 1024,
	/* redeem and change carry two passwords of up to 1,024 bytes */
	ENVELOPE_PADDED_LARGE = 4096,
	ENVELOPE_MAX = ENVELOPE_PADDED_LARGE + 128,
	ENVELOPE_ID = 16,
	ENVELOPE_ID_TEXT = 33,
	ENVELOPE_REPLY_TO = 64,
	ENVELOPE_SKEW_MS = 60000,
};

/* The numbers are the wire format: never reuse one. */
enum request_kind {
	REQUEST_RECOVER = 1,
	REQUEST_REMIND = 2,
	REQUEST_ACTIVATE = 3,
	REQUEST_RESEND = 4,
	REQUEST_INVITE = 16,   /* operator */
	REQUEST_FAREWELL = 17, /* operator: the account is about to close */
	/* The same as 34, when the operator did it. */
	REQUEST_FOLLOW_OPERATOR = 18,
	REQUEST_EXPEL = 19,  /* operator: the account was closed */
	REQUEST_INTENT = 32, /* worker to itself, after a password change */
	REQUEST_ERRAND = 33, /* worker to itself: a mail it owes somebody */
	REQUEST_FOLLOW = 34, /* … what follows an act at the desk */
	REQUEST_PEEK = 48,   /* interactive from here */
	REQUEST_REDEEM = 49,
	REQUEST_CHANGE = 50,
	REQUEST_DISOWN = 51,  /* "ce n'est pas moi" */
	REQUEST_ADDRESS = 52, /* a rescue address is typed */
	REQUEST_CONFIRM = 53, /* … and verified */
	REQUEST_LETTER = 54,  /* the code of a printed letter */
	REQUEST_DESK_SIGNIN = 64,
	REQUEST_DESK_ENROL = 65, /* a telephone for the second factor */
	REQUEST_DESK_SIGNOUT = 66,
	REQUEST_DESK_SEARCH = 67,
	REQUEST_DESK_LOOK = 68, /* one person's page */
	REQUEST_DESK_DEED = 69, /* something is done for them */
};

enum envelope_authority { ENVELOPE_ANYONE, ENVELOPE_OPERATOR, ENVELOPE_WORKER };

const char *request_kind_name(enum request_kind kind);
enum envelope_authority request_kind_authority(enum request_kind kind);
/* Somebody waits for the answer: the envelope says where it goes. */
bool request_kind_is_interactive(enum request_kind kind);

struct envelope {
	enum request_kind kind;
	unsigned char id[ENVELOPE_ID];
	int64_t asked_ms;
	/* Interactive only: where the answer goes, and under which key. */
	char reply_to[ENVELOPE_REPLY_TO];
	unsigned char reply_key[SECRET_KEY];
	const void *payload;
	size_t len;
};

/* Whoever writes: the worker's public key and, if it has one, a MAC key. */
struct envelope_sealer {
	char kid[17];
	unsigned char public_key[SECRET_KEY];
	const unsigned char *mac_key; /* NULL for the web process */
};

enum { ENVELOPE_KEYS_MAX = 4 };

/* The worker: all live key pairs, and both MAC keys. */
struct envelope_opener {
	struct {
		char kid[17];
		unsigned char public_key[SECRET_KEY];
		const struct secret *secret_key;
	} pairs[ENVELOPE_KEYS_MAX];
	size_t count;
	const unsigned char *operator_key;
	const unsigned char *worker_key;
};

/* Appends to out, a buf with a ceiling of at least ENVELOPE_MAX. ERR_INTERNAL
 * when the payload is too large, the MAC key of the kind's authority is
 * missing, or reply_to is set for a durable kind or not set for an
 * interactive one. Redeem, change, address and
 * the desk's signin and enrol are padded to ENVELOPE_PADDED_LARGE. */
int envelope_seal(const struct envelope_sealer *sealer,
    const struct envelope *envelope, struct buf *out,
    struct err *err) MUST_CHECK;

/* The payload lives in arena (wiped with it). */
int envelope_open(const struct envelope_opener *opener, const void *bytes,
    size_t len, struct arena *arena, struct envelope *envelope,
    struct err *err) MUST_CHECK;

/* Asked more than ENVELOPE_SKEW_MS after now: somebody's clock is wrong. */
bool envelope_is_from_future(const struct envelope *envelope, int64_t now_ms);

/* The id in front, without opening; false when the shape is not ours. */
bool envelope_id(
    const void *bytes, size_t len, char id[ENVELOPE_ID_TEXT]) MUST_CHECK;

void envelope_id_text(
    const unsigned char id[ENVELOPE_ID], char text[ENVELOPE_ID_TEXT]);

#endif

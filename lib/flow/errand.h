/*
 * errand - what the worker owes somebody after it has answered: a mail, a hook.
 *
 * Interactive flows answer at once; what belongs to the answer is queued like
 * any other request, so that an outage delays it and loses none. Hooks wait in
 * the bulk lane, before the invitations: one that hangs holds up no mail that
 * somebody waits for.
 * The envelope carries the worker's own MAC: nobody else can make one.
 */
#ifndef LIB_FLOW_ERRAND_H
#define LIB_FLOW_ERRAND_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct buf;
struct envelope;
struct err;
struct hands;
struct request_end;

enum {
	ERRAND_LIFE_MS = 24 * 3600 * 1000,
	ERRAND_VERIFY_S = 24 * 3600, /* life of a link that verifies */
};

/* The numbers are the wire format. */
enum errand_what {
	ERRAND_VERIFY = 1,  /* to address: the link that verifies it */
	ERRAND_ASKED = 2,   /* to all known ones: another was asked for */
	ERRAND_RECOVER = 3, /* to the rescue address: a fresh recovery link */
	ERRAND_FORGET = 4,  /* SOGo's cache (hooks.h) */
	ERRAND_RUN = 5,     /* the operator's program (hooks.h) */
	ERRAND_RUN_CLOSED = 6, /* the same, of an account that was closed */
	ERRAND_RUN_OPENED = 7, /* … that was opened again */
};

struct errand {
	enum errand_what what;
	const char *uuid;
	const char *address; /* of the first two; else "" */
	const char *language;
	const char *ref;
};

/* Does it follow a change, of the state too, and not the account's state? */
bool errand_is_hook(enum errand_what what);

/* Wire form (errand_request.c). */
void errand_pack(const struct errand *errand, struct buf *out);
int errand_unpack(const void *bytes, size_t len, struct arena *arena,
    struct errand *errand, struct err *err) MUST_CHECK;

/* cause names what it follows: one errand of a kind per cause, however often
 * it is put. NULL = a cause of its own. */
int errand_put(struct hands *hands, const struct errand *errand,
    const char *cause, struct err *err) MUST_CHECK;

struct request_end errand_do(
    struct hands *hands, const struct envelope *envelope, struct err *err);

#endif

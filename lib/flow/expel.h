/*
 * expel - the operator closed an account: what is open with it ends, too. Or
 * opened it again: what remembers that it was closed forgets it.
 *
 * The directory refuses the next login at once, but others remember the last
 * good one: SOGo answers from memcached and Dovecot from its auth cache for
 * minutes, new logins included, and an open IMAP connection stays until it is
 * closed. So the worker does what it does after a change of the password
 * (hooks.h), and the program hears "account-suspended" or "account-resumed".
 *
 * Only the operator may ask (a MAC under operator.key), in the bulk lane before
 * everything that waits there. An operator's command asks after the account was
 * written; asked again it is done again, which does no harm. The batch asks
 * before (what was never queued would be lost with it): that request waits
 * until the directory has the account closed, for as long as it lives, and is
 * one for an account and a day, however often a plan is applied. (Nobody is
 * closed by the batch twice within a day: leaving.h.)
 */
#ifndef LIB_FLOW_EXPEL_H
#define LIB_FLOW_EXPEL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/flow/visitor.h"
#include "lib/store/envelope.h"

struct arena;
struct buf;
struct err;
struct hands;
struct kv;
struct request_end;

enum { EXPEL_LIFE_MS = 24 * 3600 * 1000 };

/* The numbers are wire format. */
enum expel_why {
	EXPEL_CLOSED = 1,  /* it is closed */
	EXPEL_PLANNED = 2, /* the batch is about to close it */
	EXPEL_OPENED = 3,  /* it is open again */
};

struct expel_request {
	enum expel_why why;
	const char *uuid;
	char ref[FLOW_REF + 1];
};

void expel_pack(const struct expel_request *request, struct buf *out);
int expel_unpack(const void *bytes, size_t len, struct arena *arena,
    struct expel_request *request, struct err *err) MUST_CHECK;

int expel_ask(struct kv *kv, const struct envelope_sealer *sealer,
    const struct expel_request *request, int64_t now_ms,
    struct err *err) MUST_CHECK;

struct request_end expel_do(
    struct hands *hands, const struct envelope *envelope, struct err *err);

#endif

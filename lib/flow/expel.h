/*
 * expel - the operator closed an account: what is open with it ends, too.
 *
 * The directory refuses the next login at once, but others remember the last
 * good one: SOGo answers from memcached and Dovecot from its auth cache for
 * minutes, new logins included, and an open IMAP connection stays until it is
 * closed. So the worker does what it does after a change of the password
 * (hooks.h), and the program hears "account-suspended".
 *
 * Only the operator may ask (a MAC under operator.key), in the bulk lane before
 * everything that waits there. Asked after the account was written; asked again
 * it is done again, which does no harm.
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

struct expel_request {
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

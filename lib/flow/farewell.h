/*
 * farewell - the batch tells somebody that their account is about to close.
 *
 * Only the operator may ask (a MAC under operator.key), in the bulk lane. The
 * request is named by the account, the end and the number of days: each
 * warning goes once, however often it is asked for while it waits and for a
 * day after. It goes to the institution's mailboxes and to the rescue address.
 *
 * It may come before the change it belongs to: an account that does not close
 * at that moment is looked at again for a while, and then gets no mail.
 */
#ifndef LIB_FLOW_FAREWELL_H
#define LIB_FLOW_FAREWELL_H

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

enum { FAREWELL_LIFE_MS = 7 * 24 * 3600 * 1000 };

struct farewell_request {
	const char *uuid;
	const char *until; /* rentreeStateEnd: GeneralizedTime */
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void farewell_pack(const struct farewell_request *request, struct buf *out);
int farewell_unpack(const void *bytes, size_t len, struct arena *arena,
    struct farewell_request *request, struct err *err) MUST_CHECK;

/* days: 30, 10 or 1; part of the name only. */
int farewell_ask(struct kv *kv, const struct envelope_sealer *sealer,
    const struct farewell_request *request, int days, int64_t now_ms,
    struct err *err) MUST_CHECK;

struct request_end farewell_do(
    struct hands *hands, const struct envelope *envelope, struct err *err);

#endif

/*
 * invite - the operator (or the batch) sends somebody the link to activate
 * their account.
 *
 * Only the operator may ask: the request carries a MAC under operator.key. It
 * travels in the bulk lane, behind every recovery. The worker mails a link of
 * activation_lifetime to the rescue address and writes rentreeInvited; an
 * account that has been activated meanwhile gets nothing.
 */
#ifndef LIB_FLOW_INVITE_H
#define LIB_FLOW_INVITE_H

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

enum { INVITE_LIFE_MS = 7 * 24 * 3600 * 1000 };

struct invite_request {
	const char *login;
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void invite_pack(const struct invite_request *request, struct buf *out);
int invite_unpack(const void *bytes, size_t len, struct arena *arena,
    struct invite_request *request, struct err *err) MUST_CHECK;

/*
 * Queues it in the bulk lane. batch ("2026-…", a plan's hash, or random) and
 * login make the id: the same invitation of the same batch is one request.
 */
int invite_ask(struct kv *kv, const struct envelope_sealer *sealer,
    const struct invite_request *request, const char *batch, int64_t now_ms,
    struct err *err) MUST_CHECK;

struct request_end invite_do(
    struct hands *hands, const struct envelope *envelope, struct err *err);

#endif

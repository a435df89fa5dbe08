/*
 * desk_follow - what must follow an act at the desk, whatever else happens.
 *
 * Queued before the directory is touched, due in DESK_FOLLOW_DELAY_MS, or at
 * once when the act is known to be done. Whoever runs it looks at the account:
 * does it hold what the act was to write? Then the links that were mailed
 * before end (a new number, a new rescue address), and the person is told at
 * the rescue address and at the institution's mailbox, with "it was not me".
 * If not, it looks once more a little later, and ends. Every step is
 * idempotent, so it may run twice.
 *
 * It holds no number and no code: their digest. It carries the worker's own
 * MAC, or the operator's: the web process can make none.
 */
#ifndef LIB_FLOW_DESK_FOLLOW_H
#define LIB_FLOW_DESK_FOLLOW_H

#include <stdint.h>

#include "lib/base/base.h"
#include "lib/flow/desk_act.h"
#include "lib/store/envelope.h"

struct buf;
struct envelope;
struct request_end;

enum {
	DESK_FOLLOW_DELAY_MS = 15000,
	DESK_FOLLOW_LIFE_MS = 7 * 24 * 3600 * 1000,
};

struct desk_follow {
	enum desk_kind kind; /* or DESK_ALARM */
	enum desk_document document;
	const char *uuid;     /* of the account */
	const char *value;    /* what it must hold: a digest, an address */
	const char *replaced; /* DESK_RESCUE: the address it took the place of;
			       * NULL, or "" over the wire = none */
	const char *actor;    /* "desk:jdupont", "operator:root" */
	const char *language;
	const char *ref;
	int64_t at_ms;     /* when it was to happen */
	int64_t counts_ms; /* DESK_RESCUE: from when on; 0 = at once */
	int64_t until_ms;  /* of a code */
};

/* More than [desk] reissues_per_hour: support_mail is told. No account. */
#define DESK_ALARM ((enum desk_kind)DESK_KINDS)

/* Wire form (desk_follow_request.c). */
void desk_follow_pack(const struct desk_follow *follow, struct buf *out);
int desk_follow_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_follow *follow, struct err *err) MUST_CHECK;

/* Queues it, due in delay_ms. cause: one request of a cause; NULL = a cause of
 * its own. */
int desk_follow_put(const struct desk_tools *tools,
    const struct desk_follow *follow, const char *cause, long delay_ms,
    char id[ENVELOPE_ID_TEXT], struct err *err) MUST_CHECK;

/* REQUEST_FOLLOW, REQUEST_FOLLOW_OPERATOR. */
struct request_end desk_follow_do(
    struct hands *hands, const struct envelope *envelope, struct err *err);

#endif

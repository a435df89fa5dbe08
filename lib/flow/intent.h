/*
 * intent - what must happen after a password change, whatever else happens.
 *
 * Queued by redeem and change, in the same step that claims the token, before
 * the directory is touched; due in INTENT_DELAY_MS, or at once when the change
 * is known to be done. Whoever runs it reads the account's pwdChangedTime (or,
 * where the directory keeps none, entryCSN: was anything written since?):
 *   changed  → spend the token, revoke the others that were asked before, look
 *              at the state again (a password change silently opens a locked
 *              account), note activation and charter, call the hooks, mail
 *              the notice, and the link for a rescue address typed with it;
 *   not      → give the token back, and look once more a little later.
 * Every step is idempotent, so it may run twice.
 *
 * It holds no password. It carries the worker's own MAC: nobody else can make
 * one.
 */
#ifndef LIB_FLOW_INTENT_H
#define LIB_FLOW_INTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/flow/visitor.h"
#include "lib/store/token.h"

struct arena;
struct buf;
struct envelope;
struct err;
struct hands;
struct request_end;

/* What change marks for the intent when the directory said yes (post.h). */
#define INTENT_CHANGED "changed"

enum { INTENT_DELAY_MS = 15000, INTENT_LIFE_MS = 7 * 24 * 3600 * 1000 };

struct intent {
	char token_name[TOKEN_NAME]; /* "" when no token was used */
	char claimant[33];
	const char *uuid;
	const char *pwd_before; /* pwdChangedTime read before, "" = never set */
	const char *csn_before; /* entryCSN read before, "" = not told */
	bool activation;
	const char *charter; /* version accepted with it, "" = none */
	const char *mail;    /* rescue address typed with it, "" = none */
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void intent_pack(const struct intent *intent, struct buf *out);
int intent_unpack(const void *bytes, size_t len, struct arena *arena,
    struct intent *intent, struct err *err) MUST_CHECK;

struct request_end intent_do(
    struct hands *hands, const struct envelope *envelope, struct err *err);

/* The account's state after a write: locked again when it should be. Used by
 * redeem at once and by the intent. LOOKUP_FOUND: it had to be locked. */
enum lookup intent_check_state(
    struct hands *hands, const char *uuid, struct err *err) MUST_CHECK;

#endif

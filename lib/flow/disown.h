/*
 * disown - "Ce n'est pas moi": the link that every mail about an account
 * carries for whoever did not ask for it.
 *
 * It lives DISOWN_LIFETIME_S and outlives a change of the password. Using it
 * gives nobody access: it ends all live links of the account, cancels a rescue
 * address that does not count yet, and tells the operator (rentreeDisowned on
 * the entry, audit line "disown.reported", warning in the log). When the mail
 * was about a change, or there was one since, the holder of the rescue address
 * is mailed a fresh recovery link, to take the account back.
 *
 * A reminder of a login without any link carries none of these either: it gives
 * nobody access, so there is nothing to end, and every live link is one more
 * that somebody may find.
 *
 * Not protected: somebody else who reads that mailbox can end links too.
 */
#ifndef LIB_FLOW_DISOWN_H
#define LIB_FLOW_DISOWN_H

#include "lib/base/base.h"

struct buf;
struct envelope;
struct err;
struct hands;
struct person;

enum { DISOWN_LIFETIME_S = 7 * 86400 };

/* What the mail was about: the token's extra. */
#define DISOWN_LINK "link"
#define DISOWN_CHANGED "changed"
#define DISOWN_ADDRESS "address"
#define DISOWN_DESK "desk"

/* A fresh link for a mail in language; NULL when it cannot be recorded. In the
 * hands' arena. */
const char *disown_link(struct hands *hands, const struct person *person,
    const char *about, const char *language, struct err *err) MUST_CHECK;

/* REQUEST_DISOWN; request and answer as in ticket.h. */
int disown_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;

#endif

/*
 * links - one mail to one rescue address, with a link for each account.
 *
 * The order is the promise: a fresh token per account is recorded before the
 * mail leaves (a link works whenever its mail can be read), and once the relay
 * accepted the mail each token starts its lifetime anew and ends the account's
 * older ones. Then the recipient is marked as served.
 *
 * A retry makes new tokens; whatever an attempt that died left behind ends
 * when the next one is sent.
 */
#ifndef LIB_FLOW_LINKS_H
#define LIB_FLOW_LINKS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/flow/post.h"
#include "lib/store/token.h"

struct err;
struct hands;
struct person;
struct values;

enum { LINKS_MAX = 5 };

struct links_mail {
	const char *letter; /* template name */
	const char *path;   /* of the link; NULL = "/r/" */
	const char *extra;  /* of the token; NULL = none */
	enum token_purpose purpose;
	long lifetime_s;
	const char *to;
	const struct person *const *persons; /* all with this address */
	size_t count;                        /* 1 .. LINKS_MAX */
	const char *language;
	const char *ref;
	const char *request_id;
	const char *tag;
	int64_t asked_ms;
	uint32_t attempt;
	/* What else the letter tells; NULL = nothing. */
	void (*add)(struct values *values, const void *context);
	/* As in struct post. */
	void (*tell)(const void *context);
	const void *context;
};

enum post_end links_send(struct hands *hands, const struct links_mail *mail,
    long *delay_ms, struct err *err) MUST_CHECK;

#endif

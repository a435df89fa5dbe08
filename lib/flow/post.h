/*
 * post - a mail of a request leaves: once per recipient, within the pace and
 * the hourly budget.
 *
 * A flag per request and recipient is written after the relay accepted the
 * mail, so a request that is tried again does not write twice to the same box
 * (a crash between the two may: same Message-ID, and one live link in the
 * end). Invitations (bulk lane) get at most half of pace and budget.
 */
#ifndef LIB_FLOW_POST_H
#define LIB_FLOW_POST_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/base.h"

struct err;
struct hands;
struct values;
struct visitor;

enum post_end {
	POST_SENT,
	POST_BEFORE, /* an earlier attempt sent it already */
	POST_LATER,  /* delay_ms says when to try again */
	POST_NEVER,  /* the relay refuses this recipient or mail for good */
};

struct post {
	const char *letter; /* template name */
	const char *to;
	const char *to_name; /* may be NULL */
	const char *language;
	const char *request_id; /* text */
	const char *tag;        /* names the recipient within the request */
	const struct values *values;
	/* What is told of a mail that is out (trace.h), by post_mark_sent():
	 * before the flag, so that a worker killed in between tells it once
	 * more, with the mail, rather than never. NULL = nothing. */
	void (*tell)(const void *context);
	const void *context;
};

/* Everything every mail may mention: site, support, webmail, reference. */
struct values *post_values(struct hands *hands, const char *ref);

/* An address of our own for a mail, in arena: path, then text, and the mail's
 * language where it is not the site's first. */
const char *post_link(struct hands *hands, const char *path, const char *text,
    const char *language);

/* "24/11/2026 10:42", local time, in the hands' arena. */
const char *post_moment(struct hands *hands, int64_t ms);

/* May it go now? POST_SENT: go ahead with post_send(). Asked before anything
 * is made for the mail, so that waiting for pace leaves nothing behind. */
enum post_end post_may_go(struct hands *hands, const struct post *post,
    uint32_t attempt, long *delay_ms, struct err *err) MUST_CHECK;
/* Renders and hands over. Never POST_BEFORE. */
enum post_end post_send(struct hands *hands, const struct post *post,
    uint32_t attempt, long *delay_ms, struct err *err) MUST_CHECK;
/* Tells, and sets the flag. Called last, when all that belongs to the mail is
 * recorded. */
int post_mark_sent(
    struct hands *hands, const struct post *post, struct err *err) MUST_CHECK;

/* FOUND the first time it is asked for this request and word: what must be
 * counted once, whatever the number of attempts. */
enum lookup post_first_time(struct hands *hands, const char *request_id,
    const char *word, struct err *err) MUST_CHECK;

/* The same flags, looked at only: was this word marked for this request? What
 * must be done at least once is done, and then marked. */
enum lookup post_is_marked(struct hands *hands, const char *request_id,
    const char *word, struct err *err) MUST_CHECK;

#endif

/*
 * notice - a mail that tells what happened to an account, with the link for
 * "it was not me" (disown.h) in the value "disown".
 */
#ifndef LIB_FLOW_NOTICE_H
#define LIB_FLOW_NOTICE_H

#include "lib/flow/hands.h"
#include "lib/flow/post.h"

struct person;
struct values;

/* No further mail is begun after that, so that one slow relay and many
 * addresses stay within a lease. */
enum { NOTICES_MS = 20000 };

struct notice {
	const struct person *person;
	const char *about;     /* DISOWN_… */
	struct values *values; /* of the post: "disown" is added */
	struct post post;
};

/* Finished also when the relay refuses it for good: a notice is owed to the
 * address, not to us. */
struct request_end notice_send(
    struct hands *hands, const struct notice *notice, struct err *err);

/* One notice for each known address: rescue (NULL = none), and the person's
 * mailboxes. The first that cannot go now stops the rest for this attempt; who
 * was written to is told from the tags "<word>-rescue", "<word>-0", ….
 * tell sends one, by notice_send(). */
typedef struct request_end notice_tell(
    void *context, const char *to, const char *tag, struct err *err);

struct notice_round {
	const struct person *person;
	const char *rescue, *word;
	notice_tell *tell;
	void *context;
};

struct request_end notice_everywhere(
    struct hands *hands, const struct notice_round *round, struct err *err);

#endif

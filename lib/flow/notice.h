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

#endif

/*
 * directory_pipe - many requests to the directory under way at a time.
 *
 * A server that syncs every write to its disk is idle while it talks to a
 * client that waits for each answer. A pipe has a few connections of the
 * identity of the directory it is made from, and up to depth requests under
 * way on each: whoever uses it asks while directory_pipe_has_room(), then takes
 * answers, in the order in which they come. What must happen in an order (a
 * name before its account) is asked one after the other's answer.
 *
 * Memory is bounded by connections x depth. A request that the server refuses
 * is an answer like any other and disturbs none. A connection that is lost, or
 * silent for timeout_ms while it owes answers, breaks the pipe: every further
 * call fails with ERR_UNAVAILABLE, and nobody knows of the requests under way
 * whether they were done. The user asks again later, with requests that find
 * out.
 *
 * Nothing given to a call must outlive it but tag. Threads: one.
 */
#ifndef LIB_STORE_DIRECTORY_PIPE_H
#define LIB_STORE_DIRECTORY_PIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"
#include "lib/base/err.h"
#include "lib/store/directory.h"

/* Beyond 16 requests on 4 connections nothing is gained: the one writer of
 * slapd's database is never idle. */
enum { PIPE_CONNECTIONS = 4, PIPE_DEPTH = 16 };

struct directory_pipe;

/* Connects when first used, to the first URI, as model does. */
struct directory_pipe *directory_pipe_new(
    const struct directory *model, size_t connections, size_t depth);
/* Lets go of what is under way. */
void directory_pipe_free(struct directory_pipe *pipe);

bool directory_pipe_has_room(const struct directory_pipe *pipe);

/* A new entry, as directory_add(). */
int directory_pipe_add(struct directory_pipe *pipe, const char *dn,
    const struct change *attributes, size_t count, void *tag,
    struct err *err) MUST_CHECK;
/* One Modify, as directory_change(). */
int directory_pipe_change(struct directory_pipe *pipe, const char *dn,
    const struct change *changes, size_t count, const char *assertion,
    void *tag, struct err *err) MUST_CHECK;
/* Does the entry at dn fit filter, and has it attribute (may be NULL)? */
int directory_pipe_match(struct directory_pipe *pipe, const char *dn,
    const char *filter, const char *attribute, void *tag,
    struct err *err) MUST_CHECK;
/* Is there an entry below base that fits filter? */
int directory_pipe_any(struct directory_pipe *pipe, const char *base,
    const char *filter, void *tag, struct err *err) MUST_CHECK;

struct directory_answer {
	void *tag;
	/* FOUND: done; it fits. ABSENT: add: it exists already; change: no
	 * such entry; match, any: nothing fits. FAILED: err. */
	enum lookup result;
	bool has_attribute; /* of a match */
	struct err err;
};

/* FOUND: *answer. ABSENT: nothing is under way. FAILED: the pipe is broken. */
enum lookup directory_pipe_next(struct directory_pipe *pipe,
    struct directory_answer *answer, struct err *err) MUST_CHECK;

#endif

/*
 * deadline - ends a blocking call of a library that forgets its own timeout.
 *
 * libldap with GnuTLS never leaves a TLS handshake with a silent peer, and
 * spins when it has a network timeout (seen with 2.5.13). A keeper thread
 * knows the descriptors in such a call and shuts them down (shutdown(2), never
 * close) when their time is over: the call then fails at once.
 *
 * One keeper per process, made before the first use; the table is bounded by
 * DEADLINE_MAX calls at a time (beyond that deadline_begin() fails and the
 * call must not be made). SIGPIPE must be ignored by the process.
 */
#ifndef LIB_STORE_DEADLINE_H
#define LIB_STORE_DEADLINE_H

#include "lib/base/base.h"

enum { DEADLINE_MAX = 256 };

struct deadline;

struct deadline *deadline_new(void);
void deadline_free(struct deadline *deadline);

/* Watches fd for timeout_ms; a ticket, or -1 when the table is full. */
int deadline_begin(
    struct deadline *deadline, int fd, long timeout_ms) MUST_CHECK;
/* Ends the watch. 1 when the time was over and the descriptor shut down. */
int deadline_end(struct deadline *deadline, int ticket);

#endif

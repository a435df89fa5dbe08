/*
 * resolve - a host name's addresses, within a time.
 *
 * getaddrinfo(3) keeps its own time (resolv.conf: half a minute and more when
 * no name server answers) and cannot be ended. So it runs in a thread of its
 * own, and who asks waits for that only so long. A look-up that was given up
 * goes on; the next one for the same name waits for the same thread, one for
 * another name fails while it lasts. So there is at most one such thread for
 * each struct resolve, and its end is getaddrinfo's.
 *
 * A numeric address needs no thread and no time. A struct resolve belongs to
 * one thread at a time. Nothing is cached; but an answer that came after who
 * asked had given up serves the next who asks for that name, for a while. Or
 * names would never be found where every look-up takes longer than our
 * deadlines: 5 s when the first name server of resolv.conf is dead.
 */
#ifndef LIB_BASE_RESOLVE_H
#define LIB_BASE_RESOLVE_H

#include "lib/base/base.h"

struct addrinfo;
struct err;

enum { RESOLVE_HOST = 256, RESOLVE_SERVICE = 32, RESOLVE_LATE_MS = 30000 };

struct resolve;

struct resolve *resolve_new(void);
/* Does not wait for a look-up that goes on. */
void resolve_free(struct resolve *resolve);

/* TCP addresses; the caller frees list with freeaddrinfo(3). ERR_UNAVAILABLE:
 * not in time, or there are none. */
int resolve_name(struct resolve *resolve, const char *host, const char *service,
    long timeout_ms, struct addrinfo **list, struct err *err) MUST_CHECK;

#endif

/*
 * dial - a TCP or unix connection that comes about within a time, its name
 * looked up included (resolve.h).
 *
 * Of a name's addresses each gets its share of the time that is left. What is
 * returned is a blocking socket, close-on-exec, without Nagle's delay and with
 * keep-alive (a peer that vanished is noticed after a minute and a half).
 */
#ifndef LIB_BASE_DIAL_H
#define LIB_BASE_DIAL_H

#include "lib/base/base.h"

struct err;
struct resolve;

/* The descriptor, or -1 with ERR_UNAVAILABLE. */
int dial_tcp(struct resolve *resolve, const char *host, const char *service,
    long timeout_ms, struct err *err) MUST_CHECK;
int dial_unix(const char *path, long timeout_ms, struct err *err) MUST_CHECK;

#endif

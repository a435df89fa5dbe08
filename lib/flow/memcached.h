/*
 * memcached - deletes keys, and nothing else (text protocol, "delete").
 *
 * One connection for one list of keys; all of it ends by timeout_ms. A key
 * that is not there is fine. Keys with white space or over 250 bytes cannot
 * exist in memcached and are passed over.
 */
#ifndef LIB_FLOW_MEMCACHED_H
#define LIB_FLOW_MEMCACHED_H

#include <stddef.h>

#include "lib/base/base.h"

struct err;
struct resolve;

enum { MEMCACHED_KEYS_MAX = 100, MEMCACHED_KEY_BYTES = 250 };

/* where: "host:port", looked up by names. */
int memcached_delete(struct resolve *names, const char *where,
    const char *const *keys, size_t count, long timeout_ms,
    struct err *err) MUST_CHECK;

#endif

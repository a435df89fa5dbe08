/*
 * mark - answers that follow a bind leave at fixed moments.
 *
 * How long a bind took tells whether the account exists, is locked or has a
 * password. So these answers leave MARK_MS after the request came, or at the
 * next multiple of it, and never in between.
 *
 * Not hidden: that an answer needed another mark, because the worker was busy
 * or a server slow. Every end does the same work for that reason (signin.h).
 */
#ifndef LIB_FLOW_MARK_H
#define LIB_FLOW_MARK_H

#include <stdint.h>

enum { MARK_MS = 1500 };

/* From now_ms to the next mark of what began at begun_ms; 1 .. MARK_MS, on a
 * mark 0. Both monotonic. */
int64_t mark_left_ms(int64_t begun_ms, int64_t now_ms);
/* Sleeps as long. */
void mark_wait(int64_t begun_ms);

#endif

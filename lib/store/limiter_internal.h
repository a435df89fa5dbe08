/*
 * limiter_internal - how a check list travels to the functions of rentree.lua,
 * for the two that send one: limiter.c and queue.c.
 */
#ifndef LIB_STORE_LIMITER_INTERNAL_H
#define LIB_STORE_LIMITER_INTERNAL_H

#include "lib/store/kv.h"
#include "lib/store/limiter.h"

/* Three arguments a check; numbers is the caller's room, two a check. Returns
 * how many arguments there are. */
size_t limiter_write(
    const struct limit_list *list, struct kv_arg *args, char numbers[][24]);
/* A refusal: which check (from 1), and the ms until it would pass. */
int limiter_read(const struct limit_list *list, const struct kv_reply *items,
    size_t count, struct limit_verdict *verdict, struct err *err) MUST_CHECK;

#endif

/*
 * feed_internal - what the files of feed share, and nobody else.
 */
#ifndef LIB_PEOPLE_FEED_INTERNAL_H
#define LIB_PEOPLE_FEED_INTERNAL_H

#include "lib/people/feed.h"

/* The type an export means by typed; NULL when none. */
const char *feed_kind_of(const struct feed_header *header, const char *typed);

#endif

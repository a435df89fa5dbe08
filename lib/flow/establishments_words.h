/*
 * establishments_words - the words of a name or a query, as they compare.
 */
#ifndef LIB_FLOW_ESTABLISHMENTS_WORDS_H
#define LIB_FLOW_ESTABLISHMENTS_WORDS_H

#include <stdbool.h>

struct arena;

/* " lycee l europe leurope ": each word between spaces, an elided one with and
 * without what was before its apostrophe. */
char *establishments_words(struct arena *arena, const char *name);

/* What was typed, NULL-terminated; particles only when there is nothing
 * else. */
char **establishments_query(struct arena *arena, const char *typed);

/* Does every word begin a word of one of the two? */
bool establishments_fit(
    char *const *words, const char *name, const char *place);

#endif

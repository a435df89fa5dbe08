#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "lib/flow/provision_internal.h"

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

bool
words_add(struct words *words, const char *word)
{
	if (words_have(words, word))
		return false;
	if (tsearch(arena_dup(words->arena, word), &words->root, compare) ==
	    NULL)
		abort();
	return true;
}

bool
words_have(const struct words *words, const char *word)
{
	return tfind(word, &words->root, compare) != NULL;
}

static void
leave(void *word)
{
	(void)word; /* the arena's */
}

void
words_free(struct words *words)
{
	tdestroy(words->root, leave);
	words->root = NULL;
}

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

/* A pair is one string: the word, NUL, the value. */
void
words_pair(struct words *words, const char *word, const char *value)
{
	size_t len = strlen(word) + 1, more = strlen(value) + 1;
	char *pair = arena_alloc(words->arena, len + more);

	memcpy(pair, word, len);
	memcpy(pair + len, value, more);
	if (tsearch(pair, &words->root, compare) == NULL)
		abort();
}

const char *
words_value(const struct words *words, const char *word)
{
	char *const *found = tfind(word, &words->root, compare);

	return found != NULL ? *found + strlen(*found) + 1 : NULL;
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

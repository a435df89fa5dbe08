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

/* --- what belongs to a word ----------------------------------------------- */

struct node {
	const char *key; /* first: what compare_nodes() looks at */
	struct index_item *first, *last;
};

static int
compare_nodes(const void *a, const void *b)
{
	const struct node *left = a, *right = b;

	return strcmp(left->key, right->key);
}

static struct node *
find_node(const struct index *index, const char *key)
{
	const struct node wanted = {.key = key};
	struct node *const *found = tfind(&wanted, &index->root, compare_nodes);

	return found != NULL ? *found : NULL;
}

void
index_add(struct index *index, const char *key, void *what)
{
	struct node *node = find_node(index, key);
	struct index_item *item = arena_alloc(index->arena, sizeof *item);

	item->what = what;
	if (node != NULL) {
		node->last->next = item;
		node->last = item;
		return;
	}
	node = arena_alloc(index->arena, sizeof *node);
	node->key = arena_dup(index->arena, key);
	node->first = node->last = item;
	if (tsearch(node, &index->root, compare_nodes) == NULL)
		abort();
}

const struct index_item *
index_find(const struct index *index, const char *key)
{
	const struct node *node = find_node(index, key);

	return node != NULL ? node->first : NULL;
}

void
index_free(struct index *index)
{
	tdestroy(index->root, leave);
	index->root = NULL;
}

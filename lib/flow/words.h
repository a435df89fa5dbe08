/*
 * words - what belongs to a word, and sets of words: hash tables.
 *
 * Words are kept as 128 bits of SipHash under a key of each table's own: a word
 * more is 32 bytes more, at most three quarters full, and nobody who writes a
 * file can make two words meet. The words themselves are not kept.
 *
 * Ownership: what is pointed to stays the caller's. One table, one thread.
 */
#ifndef LIB_FLOW_WORDS_H
#define LIB_FLOW_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* What belongs to a word: the first that was added, then the others, in no
 * order. An index of zeros is empty; arena holds the others. */
struct mark {
	unsigned char bytes[16];
};
struct index_item {
	void *what;
	struct index_item *next;
};
struct index_slot {
	struct mark mark;
	struct index_item first;
};
struct index {
	struct arena *arena;
	struct index_slot *slots;
	size_t count, room; /* room: a power of two */
	unsigned char key[16];
};
void index_add(struct index *index, const char *key, void *what);
/* NULL when there is none; good until the next index_add(). */
const struct index_item *index_find(const struct index *index, const char *key);
void index_free(struct index *index);

/* A set of words. */
struct words {
	struct index index;
};
/* False when it was there already. */
bool words_add(struct words *words, const char *word);
bool words_have(const struct words *words, const char *word);
void words_free(struct words *words);

#endif

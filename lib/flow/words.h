/*
 * words - what belongs to a word, and sets of words: hash tables.
 *
 * Words are kept as SipHash under a key of each table's own, at most three
 * quarters full, and nobody who writes a file can make two words meet. The
 * words themselves are not kept. What belongs to a word must be right: 128
 * bits, 32 bytes a word. That a name is taken may be wrong once in 10^13 and
 * costs a number behind it then: a set has 64 bits, 8 bytes a word.
 *
 * Ownership: what is pointed to stays the caller's. One table, one thread.
 */
#ifndef LIB_FLOW_WORDS_H
#define LIB_FLOW_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	uint64_t *slots;    /* 0 = empty */
	size_t count, room; /* room: a power of two */
	unsigned char key[16];
};
/* False when it was there already. */
bool words_add(struct words *words, const char *word);
bool words_have(const struct words *words, const char *word);
void words_free(struct words *words);

#endif

#include "lib/flow/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"

enum { FIRST_ROOM = 8 };

_Static_assert(sizeof(struct index_slot) == 32, "what a word costs");

static struct mark
mark_of(const struct index *index, const char *word)
{
	struct mark mark;

	(void)crypto_shorthash_siphashx24(
	    mark.bytes, (const unsigned char *)word, strlen(word), index->key);
	mark.bytes[0] |= 1; /* zeros are an empty slot */
	return mark;
}

static size_t
start_of(const struct mark *mark, size_t room)
{
	uint64_t number;

	memcpy(&number, mark->bytes + 8, sizeof number);
	return (size_t)number & (room - 1);
}

static bool
is_empty(const struct index_slot *slot)
{
	return slot->mark.bytes[0] == 0;
}

/* The slot of mark, or the empty one where it would be. */
static struct index_slot *
find_slot(const struct index *index, const struct mark *mark)
{
	size_t at = start_of(mark, index->room);

	while (!is_empty(&index->slots[at]) &&
	       memcmp(index->slots[at].mark.bytes, mark->bytes,
		   sizeof mark->bytes) != 0)
		at = (at + 1) & (index->room - 1);
	return &index->slots[at];
}

static void
grow(struct index *index)
{
	struct index old = *index;

	if (old.room == 0)
		randombytes_buf(index->key, sizeof index->key);
	index->room = old.room == 0 ? FIRST_ROOM : 2 * old.room;
	index->slots = calloc(index->room, sizeof *index->slots);
	if (index->slots == NULL)
		err_no_memory();
	for (size_t i = 0; i < old.room; i++)
		if (!is_empty(&old.slots[i]))
			*find_slot(index, &old.slots[i].mark) = old.slots[i];
	free(old.slots);
}

void
index_add(struct index *index, const char *key, void *what)
{
	struct index_slot *slot;
	struct index_item *item;
	struct mark mark;

	/* Three quarters full is the fullest. */
	if (4 * (index->count + 1) > 3 * index->room)
		grow(index);
	mark = mark_of(index, key);
	slot = find_slot(index, &mark);
	if (is_empty(slot)) {
		*slot = (struct index_slot){mark, {what, NULL}};
		index->count++;
		return;
	}
	item = arena_alloc(index->arena, sizeof *item);
	*item = (struct index_item){what, slot->first.next};
	slot->first.next = item;
}

const struct index_item *
index_find(const struct index *index, const char *key)
{
	const struct index_slot *slot;
	struct mark mark;

	if (index->room == 0)
		return NULL;
	mark = mark_of(index, key);
	slot = find_slot(index, &mark);
	return is_empty(slot) ? NULL : &slot->first;
}

void
index_free(struct index *index)
{
	free(index->slots);
	index->slots = NULL;
	index->room = index->count = 0;
}

/* --- sets ----------------------------------------------------------------- */

_Static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8,
    "what a word of a set costs");

static uint64_t
number_of(const struct words *words, const char *word)
{
	uint64_t number;

	(void)crypto_shorthash((unsigned char *)&number,
	    (const unsigned char *)word, strlen(word), words->key);
	return number != 0 ? number : 1;
}

/* The slot of number, or the empty one where it would be. */
static uint64_t *
place_of(const struct words *words, uint64_t number)
{
	size_t at = (size_t)number & (words->room - 1);

	while (words->slots[at] != 0 && words->slots[at] != number)
		at = (at + 1) & (words->room - 1);
	return &words->slots[at];
}

static void
grow_words(struct words *words)
{
	struct words old = *words;

	if (old.room == 0)
		randombytes_buf(words->key, sizeof words->key);
	words->room = old.room == 0 ? FIRST_ROOM : 2 * old.room;
	words->slots = calloc(words->room, sizeof *words->slots);
	if (words->slots == NULL)
		err_no_memory();
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i] != 0)
			*place_of(words, old.slots[i]) = old.slots[i];
	free(old.slots);
}

bool
words_add(struct words *words, const char *word)
{
	uint64_t number, *place;

	if (4 * (words->count + 1) > 3 * words->room)
		grow_words(words);
	number = number_of(words, word);
	place = place_of(words, number);
	if (*place != 0)
		return false;
	*place = number;
	words->count++;
	return true;
}

bool
words_have(const struct words *words, const char *word)
{
	return words->room != 0 &&
	       *place_of(words, number_of(words, word)) != 0;
}

void
words_free(struct words *words)
{
	free(words->slots);
	words->slots = NULL;
	words->room = words->count = 0;
}

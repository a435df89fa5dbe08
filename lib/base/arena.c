#include "lib/base/arena.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"

enum { BLOCK_SIZE = 8 * 1024, ALIGNMENT = _Alignof(max_align_t) };

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) unsigned char bytes[];
};

static struct arena_block *
new_block(size_t size)
{
	struct arena_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		err_no_memory();
	block = calloc(1, sizeof(*block) + size);
	if (block == NULL)
		err_no_memory();
	block->size = size;
	return block;
}

/* A large piece gets a block of its own behind the head, so that the rest of
 * the head stays in use. */
static struct arena_block *
add_block(struct arena *arena, size_t size)
{
	struct arena_block *block;

	if (arena->head == NULL || size <= BLOCK_SIZE / 4) {
		block = new_block(size > BLOCK_SIZE ? size : BLOCK_SIZE);
		block->next = arena->head;
		arena->head = block;
	} else {
		block = new_block(size);
		block->next = arena->head->next;
		arena->head->next = block;
	}
	return block;
}

void
arena_init(struct arena *arena)
{
	arena->head = NULL;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->head;
	void *piece;

	if (size > SIZE_MAX - ALIGNMENT)
		err_no_memory();
	/* Even nothing gets an address of its own. */
	size = (size + (size == 0) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (block == NULL || size > block->size - block->used)
		block = add_block(arena, size);
	piece = block->bytes + block->used;
	block->used += size;
	return piece;
}

void *
arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		err_no_memory();
	return arena_alloc(arena, count * size);
}

char *
arena_dup(struct arena *arena, const char *text)
{
	return arena_dup_n(arena, text, strlen(text));
}

char *
arena_dup_n(struct arena *arena, const void *bytes, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		err_no_memory();
	copy = arena_alloc(arena, len + 1);
	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

/* What is free behind the last piece of the head. */
static size_t
room_at_head(const struct arena *arena, char **start)
{
	struct arena_block *block = arena->head;

	if (block == NULL)
		return 0;
	*start = (char *)block->bytes + block->used;
	return block->size - block->used;
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args, again;
	char *text = NULL;
	size_t room;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	room = room_at_head(arena, &text);
	len = vsnprintf(text, room, fmt, args);
	if (len < 0)
		err_no_memory();
	if ((size_t)len < room) {
		/* It stands where it will be allocated. */
		text = arena_alloc(arena, (size_t)len + 1);
	} else {
		if (room > 0)
			sodium_memzero(text, room);
		text = arena_alloc(arena, (size_t)len + 1);
		vsnprintf(text, (size_t)len + 1, fmt, again);
	}
	va_end(again);
	va_end(args);
	return text;
}

void
arena_reset(struct arena *arena)
{
	struct arena_block *block;

	while ((block = arena->head) != NULL) {
		arena->head = block->next;
		sodium_memzero(block->bytes, block->used);
		free(block);
	}
}

/* The youngest block of the usual size: it is warm. */
void
arena_reuse(struct arena *arena)
{
	struct arena_block *kept = NULL, *block;

	while ((block = arena->head) != NULL) {
		arena->head = block->next;
		sodium_memzero(block->bytes, block->used);
		if (kept == NULL && block->size == BLOCK_SIZE)
			kept = block;
		else
			free(block);
	}
	if (kept == NULL)
		return;
	kept->next = NULL;
	kept->used = 0;
	arena->head = kept;
}

/*
 * arena - memory that lives exactly as long as one request or one CSV row.
 *
 * What is allocated here is never freed alone: arena_reset() wipes and takes
 * back everything at once, so passwords, tokens and names that passed through
 * a request are gone with it. "In arena" in another header means: valid until
 * the arena is reset.
 *
 * Never returns NULL: out of memory ends the process (sizes that come from
 * outside are limited before they get here). All memory starts zeroed.
 * Threads: one arena belongs to one thread at a time.
 */
#ifndef LIB_BASE_ARENA_H
#define LIB_BASE_ARENA_H

#include <stddef.h>

#include "lib/base/base.h"

struct arena_block;

struct arena {
	struct arena_block *head;
};

/* An arena made of zeros is empty and ready; arena_init() says so aloud. */
void arena_init(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_dup(struct arena *arena, const char *text);
char *arena_dup_n(struct arena *arena, const void *bytes, size_t len);
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Wipes and frees all; the arena is empty and usable again. */
void arena_reset(struct arena *arena);
/* The same, but keeps one block for what comes next: for loops. What it keeps
 * is freed by arena_reset(). */
void arena_reuse(struct arena *arena);

#endif

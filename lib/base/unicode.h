/*
 * unicode - the normal forms we need, through utf8proc (its only door).
 *
 * Input must be valid UTF-8 (text_is_clean); NULL is returned for anything
 * utf8proc refuses. Results live in arena.
 */
#ifndef LIB_BASE_UNICODE_H
#define LIB_BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

char *unicode_nfc(struct arena *arena, const char *text);
char *unicode_nfkc(struct arena *arena, const char *text);
/* NFKD with combining marks (category Mn) removed and letters lower-cased. */
char *unicode_strip_marks(struct arena *arena, const char *text);
/*
 * Next code point of valid UTF-8 at *cursor, which moves on; 0 at the end and
 * for damaged input.
 */
int32_t unicode_next(const char **cursor);
bool unicode_is_letter(int32_t codepoint);
bool unicode_is_space(int32_t codepoint); /* also NBSP, narrow NBSP */
/* Code points of text, for lengths that people are told. */
size_t unicode_count(const char *text);

#endif

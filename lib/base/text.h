/*
 * text - small questions about text that came from outside.
 *
 * Text is checked once, at the edge, with text_is_clean(); after that the
 * house passes plain NUL-terminated strings. Numbers never enter without a
 * range.
 */
#ifndef LIB_BASE_TEXT_H
#define LIB_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

struct arena;

struct view {
	const char *ptr;
	size_t len;
};

/* Valid UTF-8 (RFC 3629), no NUL, no control character (C0, DEL, C1). */
bool text_is_clean(const char *bytes, size_t len);
/* Valid UTF-8 without NUL; control characters may be in it. */
bool text_is_utf8(const char *bytes, size_t len);
/* Bytes of the clean code point that bytes begin with, 0 when they do not. */
size_t text_clean_front(const char *bytes, size_t len);
/* Number of code points of valid UTF-8. */
size_t text_length(const char *text);

/* Whole text is a decimal number in [min, max], no sign, no space. */
bool text_to_long(const char *text, long min, long max, long *value) MUST_CHECK;
/* snprintf that fails instead of cutting. */
bool text_format(char *out, size_t room, const char *fmt, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;

bool text_equal_nocase(const char *a, const char *b); /* ASCII letters only */
bool text_has_prefix(const char *text, const char *prefix);
bool text_has_suffix(const char *text, const char *suffix);
/* Copies of text with ASCII letters changed / outer ASCII white space removed.
 */
char *text_lower(struct arena *arena, const char *text);
char *text_upper(struct arena *arena, const char *text);
char *text_trim(struct arena *arena, const char *text);

/*
 * Splits at any character of separators; empty pieces are dropped.
 * Returns a NULL-terminated array in arena; *count may be NULL.
 */
char **text_split(struct arena *arena, const char *text, const char *separators,
    size_t *count);

/* How far apart two words are (Levenshtein, in bytes), for "did you mean"; of
 * words beyond 64 bytes only how long the longer one is. */
size_t text_distance(const char *a, const char *b);

/* base64url without padding (RFC 4648 section 5). */
char *text_b64(struct arena *arena, const void *bytes, size_t len);
/* False unless text is the whole, canonical encoding of exactly len bytes. */
bool text_unb64(const char *text, void *bytes, size_t len) MUST_CHECK;

#endif

#include "lib/base/unicode.h"

#include <string.h>
#include <utf8proc.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"

/*
 * Code points of text, decomposed. Both steps work in the arena: passwords
 * pass here, and utf8proc_map() would leave them in unwiped memory.
 */
static int32_t *
decompose(struct arena *arena, const char *text, utf8proc_option_t options,
    utf8proc_ssize_t *count)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
	int32_t *points;
	utf8proc_ssize_t room;

	/* Its own check is looser than ours. */
	if (!text_is_utf8(text, strlen(text)))
		return NULL;
	room = utf8proc_decompose(bytes, 0, NULL, 0, options);
	if (room < 0)
		return NULL;
	/* utf8proc_reencode() puts a NUL behind. */
	points = arena_array(arena, (size_t)room + 1, sizeof(*points));
	*count = utf8proc_decompose(bytes, 0, points, room, options);
	return *count == room ? points : NULL;
}

/* Turns the code points into UTF-8 where they are. */
static char *
encode(int32_t *points, utf8proc_ssize_t count, utf8proc_option_t options)
{
	if (utf8proc_reencode(points, count, options) < 0)
		return NULL;
	return (char *)points; /* as utf8proc_reencode() says */
}

static char *
map(struct arena *arena, const char *text, utf8proc_option_t options)
{
	utf8proc_ssize_t count;
	int32_t *points;

	options |= UTF8PROC_NULLTERM | UTF8PROC_STABLE;
	points = decompose(arena, text, options, &count);
	return points != NULL ? encode(points, count, options) : NULL;
}

char *
unicode_nfc(struct arena *arena, const char *text)
{
	return map(arena, text, UTF8PROC_COMPOSE);
}

char *
unicode_nfkc(struct arena *arena, const char *text)
{
	return map(arena, text, UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
}

char *
unicode_strip_marks(struct arena *arena, const char *text)
{
	const utf8proc_option_t options = UTF8PROC_NULLTERM | UTF8PROC_STABLE |
					  UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT;
	utf8proc_ssize_t count, kept = 0;
	int32_t *points;

	points = decompose(arena, text, options, &count);
	if (points == NULL)
		return NULL;
	for (utf8proc_ssize_t i = 0; i < count; i++) {
		if (utf8proc_category(points[i]) != UTF8PROC_CATEGORY_MN)
			points[kept++] = utf8proc_tolower(points[i]);
	}
	return encode(points, kept, options);
}

int32_t
unicode_next(const char **cursor)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)*cursor;
	utf8proc_int32_t codepoint;
	utf8proc_ssize_t size;

	/* A negative length means: stop at the NUL, which never continues. */
	size = utf8proc_iterate(bytes, -1, &codepoint);
	if (size <= 0 || codepoint <= 0)
		return 0;
	*cursor += size;
	return codepoint;
}

bool
unicode_is_letter(int32_t codepoint)
{
	switch (utf8proc_category(codepoint)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
		return true;
	default:
		return false;
	}
}

bool
unicode_is_space(int32_t codepoint)
{
	if ((codepoint >= '\t' && codepoint <= '\r') || codepoint == 0x85)
		return true;
	switch (utf8proc_category(codepoint)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return true;
	default:
		return false;
	}
}

size_t
unicode_count(const char *text)
{
	return text_length(text);
}

#include "lib/base/text.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"

static const char white[] = " \t\n\v\f\r";

bool
text_to_long(const char *text, long min, long max, long *value)
{
	long number = 0;
	const char *c;

	for (c = text; *c >= '0' && *c <= '9'; c++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *c - '0', &number))
			return false;
	}
	if (c == text || *c != '\0' || number < min || number > max)
		return false;
	*value = number;
	return true;
}

bool
text_format(char *out, size_t room, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(out, room, fmt, args);
	va_end(args);
	return len >= 0 && (size_t)len < room;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool
text_equal_nocase(const char *a, const char *b)
{
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

bool
text_has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
text_has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text), tail = strlen(suffix);

	return tail <= len && memcmp(text + len - tail, suffix, tail) == 0;
}

static char *
changed(struct arena *arena, const char *text, char (*change)(char c))
{
	char *copy = arena_dup(arena, text);

	for (char *c = copy; *c != '\0'; c++)
		*c = change(*c);
	return copy;
}

char *
text_lower(struct arena *arena, const char *text)
{
	return changed(arena, text, lower);
}

char *
text_upper(struct arena *arena, const char *text)
{
	return changed(arena, text, upper);
}

char *
text_trim(struct arena *arena, const char *text)
{
	size_t len;

	text += strspn(text, white);
	len = strlen(text);
	while (len > 0 && strchr(white, text[len - 1]) != NULL)
		len--;
	return arena_dup_n(arena, text, len);
}

static size_t
count_pieces(const char *text, const char *separators)
{
	size_t count = 0;

	while (*(text += strspn(text, separators)) != '\0') {
		text += strcspn(text, separators);
		count++;
	}
	return count;
}

char **
text_split(struct arena *arena, const char *text, const char *separators,
    size_t *count)
{
	size_t pieces = count_pieces(text, separators);
	char **list = arena_array(arena, pieces + 1, sizeof(*list));

	for (size_t i = 0; i < pieces; i++) {
		size_t len;

		text += strspn(text, separators);
		len = strcspn(text, separators);
		list[i] = arena_dup_n(arena, text, len);
		text += len;
	}
	if (count != NULL)
		*count = pieces;
	return list;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* One row of the Levenshtein table is enough: row[j] is the distance between
 * the first i bytes of a and the first j of b. */
size_t
text_distance(const char *a, const char *b)
{
	enum { WORD_MAX = 64 };
	size_t row[WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return a_len > b_len ? a_len : b_len;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t swap = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = least(swap, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_len];
}

char *
text_b64(struct arena *arena, const void *bytes, size_t len)
{
	const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	size_t room = sodium_base64_encoded_len(len, variant);

	return sodium_bin2base64(
	    arena_alloc(arena, room), room, bytes, len, variant);
}

bool
text_unb64(const char *text, void *bytes, size_t len)
{
	size_t have;

	if (sodium_base642bin(bytes, len, text, strlen(text), NULL, &have, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	    have == len)
		return true;
	sodium_memzero(bytes, len);
	return false;
}

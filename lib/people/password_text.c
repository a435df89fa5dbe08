#include "lib/people/password_internal.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"
#include "lib/base/unicode.h"
#include "lib/people/names.h"

bool
password_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_foreign(char c)
{
	return (unsigned char)c >= 0x80;
}

bool
password_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       is_foreign(c);
}

/* One byte for a character without ASCII form. Two characters may share one
 * (128 are all there are), which makes a password look weaker, not stronger. */
static char
stand_in(int32_t c)
{
	return (char)(0x80 | ((uint32_t)c * 2654435761U) >> 25);
}

char *
password_plain(struct arena *arena, const char *normal)
{
	char *plain = arena_alloc(arena, PASSWORD_PLAIN_MAX + 1);
	const char *cursor = normal;
	size_t len = 0;

	while (len < PASSWORD_PLAIN_MAX) {
		const char *at = cursor;
		int32_t c = unicode_next(&cursor);
		const char *folded;
		size_t more;

		if (c == 0)
			break;
		if (c < 0x80) {
			plain[len++] = (char)c;
			continue;
		}
		folded = names_fold(
		    arena, arena_dup_n(arena, at, (size_t)(cursor - at)), NULL);
		more = strnlen(folded, PASSWORD_PLAIN_MAX - len);
		memcpy(plain + len, folded, more);
		len += more;
		if (more == 0)
			plain[len++] = stand_in(c);
	}
	return plain;
}

char *
password_lower(struct arena *arena, const char *plain)
{
	return text_lower(arena, plain);
}

char *
password_unleet(struct arena *arena, const char *plain, char one)
{
	static const char from[] = "0345@$";
	static const char to[] = "oeasas";
	char *text = text_lower(arena, plain);

	for (char *c = text; *c != '\0'; c++) {
		const char *sign = strchr(from, *c);

		if (sign != NULL)
			*c = to[sign - from];
		else if (*c == '1' || *c == '!')
			*c = one;
	}
	return text;
}

enum keep { KEEP_LETTERS, KEEP_DIGITS_TOO };

static char *
only(struct arena *arena, const char *plain, enum keep keep)
{
	char *text = arena_dup(arena, plain);
	char *to = text;

	for (const char *from = plain; *from != '\0'; from++)
		if (password_is_letter(*from) ||
		    (keep == KEEP_DIGITS_TOO && password_is_digit(*from)))
			*to++ = *from;
	*to = '\0';
	return text;
}

char *
password_tight(struct arena *arena, const char *plain)
{
	return only(arena, plain, KEEP_DIGITS_TOO);
}

char *
password_letters(struct arena *arena, const char *plain)
{
	return only(arena, plain, KEEP_LETTERS);
}

char *
password_qwerty(struct arena *arena, const char *plain)
{
	/* The keys whose letters differ, French layout above US layout. */
	static const char azerty[] = "azqwmAZQWM,;:!)&\"'(-_";
	static const char qwerty[] = "qwaz;QWAZ:m,./-134568";

	char *text = arena_dup(arena, plain);

	for (char *c = text; *c != '\0'; c++) {
		const char *key = strchr(azerty, *c);

		if (key != NULL)
			*c = qwerty[key - azerty];
	}
	return text;
}

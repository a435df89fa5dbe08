#include "lib/people/birth_internal.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/unicode.h"

bool
birth_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* U+2010 is the hyphen, U+2013 and U+2212 what keyboards make of it. */
static bool
is_separator(int32_t c)
{
	return c == '/' || c == '-' || c == '.' || c == 0x2010 || c == 0x2013 ||
	       c == 0x2212;
}

/* NFKC has left one kind of space. */
static void
skip_spaces(const char **cursor)
{
	*cursor += strspn(*cursor, " ");
}

static bool
take_digits(const char **cursor, struct birth_group *group)
{
	for (group->len = 0; birth_is_digit(**cursor); group->len++) {
		if (group->len == BIRTH_DIGITS)
			return false;
		group->digits[group->len] = *(*cursor)++;
	}
	group->digits[group->len] = '\0';
	return group->len > 0;
}

/* Spaces, at most one separator, spaces. */
static void
skip_between(const char **cursor)
{
	const char *ahead;

	skip_spaces(cursor);
	ahead = *cursor;
	if (is_separator(unicode_next(&ahead)))
		*cursor = ahead;
	skip_spaces(cursor);
}

size_t
birth_split(const char *text, struct birth_group groups[BIRTH_GROUPS])
{
	size_t count = 0;

	while (count < BIRTH_GROUPS) {
		if (!take_digits(&text, &groups[count++]))
			return 0;
		if (*text == '\0')
			return count;
		skip_between(&text);
	}
	return 0;
}

#include "lib/flow/ldif.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"

enum { FOLD = 76 };

/* SAFE-STRING of RFC 2849. */
static bool
is_safe(const char *value)
{
	size_t len = strlen(value);

	if (len == 0)
		return true;
	if (strchr(" :<", value[0]) != NULL || value[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] >= 0x80 || value[i] == '\n' ||
		    value[i] == '\r')
			return false;
	return true;
}

static void
print_folded(FILE *out, const char *line)
{
	size_t len = strlen(line), room = FOLD;

	while (len > room) {
		fprintf(out, "%.*s\n ", (int)room, line);
		line += room;
		len -= room;
		room = FOLD - 1;
	}
	fprintf(out, "%s\n", line);
}

void
ldif_value(FILE *out, struct arena *arena, const char *name, const char *value)
{
	size_t len = strlen(value), room;
	char *text;

	if (is_safe(value)) {
		print_folded(out, arena_printf(arena, "%s: %s", name, value));
		return;
	}
	room = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
	text = arena_alloc(arena, room);
	(void)sodium_bin2base64(text, room, (const unsigned char *)value, len,
	    sodium_base64_VARIANT_ORIGINAL);
	print_folded(out, arena_printf(arena, "%s:: %s", name, text));
}

void
ldif_line(FILE *out, const char *line)
{
	fprintf(out, "%s\n", line);
}

#include "lib/web/accept.h"

#include <string.h>
#include <strings.h>

#include "lib/base/text.h"

#define SPACE " \t"

/* One element of the list. */
struct range {
	struct view name; /* "text/html", "fr-CA", "*" */
	unsigned quality; /* thousandths */
};

/* How far into text a quoted string or one plain byte reaches. */
static size_t
step(const char *text)
{
	size_t len = 1;

	if (text[0] != '"')
		return 1;
	while (text[len] != '\0' && text[len] != '"')
		len += text[len] == '\\' && text[len + 1] != '\0' ? 2 : 1;
	return text[len] == '"' ? len + 1 : len;
}

/* The part of text before the separator; a quoted one does not separate. */
static struct view
part(const char *text, const char *end, char separator)
{
	const char *at = text;

	while (at < end && *at != separator)
		at += step(at);
	return (struct view){text, (size_t)((at < end ? at : end) - text)};
}

static struct view
trimmed(struct view view)
{
	while (view.len > 0 && strchr(SPACE, view.ptr[0]) != NULL) {
		view.ptr++;
		view.len--;
	}
	while (view.len > 0 && strchr(SPACE, view.ptr[view.len - 1]) != NULL)
		view.len--;
	return view;
}

/* "0", "0.5", "1.000": RFC 9110 section 12.4.2. */
static bool
read_quality(struct view text, unsigned *quality)
{
	unsigned value, scale = 100;

	if (text.len == 0 || text.len > 5 || text.ptr[0] < '0' ||
	    text.ptr[0] > '1' || (text.len > 1 && text.ptr[1] != '.'))
		return false;
	value = (unsigned)(text.ptr[0] - '0') * ACCEPT_BEST;
	for (size_t i = 2; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		value += (unsigned)(text.ptr[i] - '0') * scale;
		scale /= 10;
	}
	*quality = value;
	return value <= ACCEPT_BEST;
}

/* False when a weight stands there that is none. */
static bool
read_element(struct view element, struct range *range)
{
	const char *end = element.ptr + element.len, *at = element.ptr;
	struct view piece = part(at, end, ';');

	range->name = trimmed(piece);
	range->quality = ACCEPT_BEST;
	while (piece.ptr + piece.len < end) {
		at = piece.ptr + piece.len + 1;
		piece = part(at, end, ';');
		element = trimmed(piece);
		if (element.len < 2 || (element.ptr[0] | 0x20) != 'q' ||
		    element.ptr[1] != '=')
			continue;
		element.ptr += 2;
		element.len -= 2;
		if (!read_quality(element, &range->quality))
			return false;
	}
	return range->name.len > 0;
}

static bool
next_range(const char **cursor, const char *end, struct range *range)
{
	while (*cursor < end) {
		struct view element = part(*cursor, end, ',');

		*cursor = element.ptr + element.len;
		if (*cursor < end)
			(*cursor)++;
		if (read_element(element, range))
			return true;
	}
	return false;
}

static bool
is_name(struct view name, const char *text, size_t len)
{
	return name.len == len && strncasecmp(name.ptr, text, len) == 0;
}

unsigned
accept_language(const char *header, const char *language)
{
	size_t len = strlen(language);
	unsigned named = 0, any = 0;
	bool is_named = false;
	struct range range;
	const char *end;

	if (header == NULL)
		return ACCEPT_BEST;
	end = header + strlen(header);
	while (next_range(&header, end, &range)) {
		struct view first = range.name;

		first.len = part(first.ptr, first.ptr + first.len, '-').len;
		if (is_name(range.name, "*", 1)) {
			any = range.quality;
		} else if (is_name(first, language, len)) {
			is_named = true;
			if (range.quality > named)
				named = range.quality;
		}
	}
	return is_named ? named : any;
}

struct match {
	unsigned quality;
	unsigned
	    precision; /* 0 = everything, 1 = text and all below, 2 = itself */
};

static struct match
match_of(const char *header, const char *type)
{
	size_t len = strlen(type), major = strcspn(type, "/") + 1;
	const char *end = header + strlen(header);
	struct match match = {0, 0};
	struct range range;

	while (next_range(&header, end, &range)) {
		unsigned precision = 0;

		if (is_name(range.name, type, len))
			precision = 2;
		else if (range.name.len == major + 1 &&
			 range.name.ptr[major] == '*' &&
			 strncasecmp(range.name.ptr, type, major) == 0)
			precision = 1;
		else if (!is_name(range.name, "*/*", 3))
			continue;
		if (precision >= match.precision)
			match = (struct match){range.quality, precision};
	}
	return match;
}

bool
accept_prefers(const char *header, const char *type, const char *other)
{
	struct match wanted, than;

	if (header == NULL)
		return false;
	wanted = match_of(header, type);
	than = match_of(header, other);
	if (wanted.quality != than.quality)
		return wanted.quality > than.quality;
	return wanted.quality > 0 && wanted.precision > than.precision;
}

#include "lib/people/names.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/text.h"
#include "lib/base/unicode.h"
#include "lib/people/names_internal.h"

enum style { STYLE_STRICT, STYLE_LOOSE };

/* Letters that Unicode does not decompose, and what people write instead. */
static const struct {
	int32_t letter;
	const char *ascii;
} openings[] = {
    {0x0153, "oe"}, /* œ */
    {0x00e6, "ae"}, /* æ */
    {0x00df, "ss"}, /* ß */
    {0x00f8, "o"},  /* ø */
    {0x0142, "l"},  /* ł */
    {0x0111, "d"},  /* đ */
    {0x00f0, "d"},  /* ð */
    {0x00fe, "th"}, /* þ */
    {0x0131, "i"},  /* ı */
};

static const char *
opening_of(int32_t letter)
{
	for (size_t i = 0; i < COUNT_OF(openings); i++)
		if (openings[i].letter == letter)
			return openings[i].ascii;
	return NULL;
}

static bool
is_apostrophe(int32_t c)
{
	return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 ||
	       c == 0x02bc;
}

static bool
is_separator(int32_t c)
{
	return unicode_is_space(c) || c == '-' || c == '.' || c == '_' ||
	       (c >= 0x2010 && c <= 0x2015) || c == 0x2212;
}

static bool
is_plain(int32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* U+00B4 serves as an apostrophe, but its compatibility form is a space and a
 * mark: it must go before the normal form is made. */
static char *
straighten(struct arena *arena, const char *name)
{
	char *copy = arena_dup(arena, name);
	char *to = copy;

	for (const char *from = copy; *from != '\0'; from++) {
		if (from[0] == '\xc2' && from[1] == '\xb4') {
			*to++ = '\'';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return copy;
}

/* What one code point becomes; "" when nothing. raw is its own writing. */
static const char *
written(int32_t c, enum style style, const char *raw, bool *foreign)
{
	const char *open = opening_of(c);

	if (is_plain(c))
		return raw;
	if (open != NULL)
		return open;
	/* U+02BC is a letter to Unicode. */
	if (!unicode_is_letter(c) || is_apostrophe(c))
		return "";
	*foreign = true;
	return style == STYLE_LOOSE ? raw : "";
}

struct output {
	char *text;
	size_t len;
	bool gap; /* a separator is due before the next letter */
};

static void
put(struct output *out, const char *piece)
{
	size_t len = strlen(piece);

	if (len == 0)
		return;
	if (out->gap && out->len > 0)
		out->text[out->len++] = '-';
	out->gap = false;
	memcpy(out->text + out->len, piece, len);
	out->len += len;
}

static char *
fold(struct arena *arena, const char *name, enum style style, bool *foreign)
{
	const char *plain = unicode_strip_marks(arena, straighten(arena, name));
	const char *cursor = plain != NULL ? plain : "";
	const char *at = cursor;
	/* Nothing gets longer: what opens into two letters had two bytes. */
	struct output out = {arena_alloc(arena, strlen(cursor) + 1), 0, false};
	int32_t c;

	*foreign = plain == NULL;
	for (; (c = unicode_next(&cursor)) != 0; at = cursor) {
		char raw[5] = ""; /* the longest code point and a NUL */

		memcpy(raw, at, (size_t)(cursor - at));
		if (is_separator(c) ||
		    (style == STYLE_LOOSE && is_apostrophe(c)))
			out.gap = true;
		put(&out, written(c, style, raw, foreign));
	}
	return out.text;
}

char *
names_fold(struct arena *arena, const char *name, bool *foreign)
{
	bool unused;

	return fold(
	    arena, name, STYLE_STRICT, foreign != NULL ? foreign : &unused);
}

char *
names_fold_loose(struct arena *arena, const char *name)
{
	bool unused;

	return fold(arena, name, STYLE_LOOSE, &unused);
}

/* What names_key() does, where no Unicode is needed; NULL: it is. */
static char *
ascii_key(struct arena *arena, const char *name)
{
	char *key = arena_alloc(arena, strlen(name) + 1), *to = key;

	for (; *name != '\0'; name++) {
		char c = *name >= 'A' && *name <= 'Z'
			     ? (char)(*name - 'A' + 'a')
			     : *name;

		if ((unsigned char)c >= 0x80)
			return NULL;
		if (is_plain(c))
			*to++ = *name >= 'a' && *name <= 'z'
				    ? (char)(*name - 'a' + 'A')
				    : *name;
	}
	return key;
}

char *
names_key(struct arena *arena, const char *name)
{
	char *key = ascii_key(arena, name), *to;

	if (key != NULL)
		return key;
	to = key = text_upper(arena, names_fold(arena, name, NULL));
	for (const char *from = key; *from != '\0'; from++)
		if (*from != '-')
			*to++ = *from;
	*to = '\0';
	return key;
}

bool
names_is_particle(const char *piece)
{
	static const char *const particles[] = {
	    "de",
	    "du",
	    "des",
	    "d",
	    "la",
	    "le",
	    "les",
	    "van",
	    "von",
	    "el",
	    "al",
	    "ben",
	    "l",
	    "den",
	    "der",
	    "da",
	    "das",
	    "dos",
	    "di",
	    "del",
	    "della",
	    "ibn",
	};

	for (size_t i = 0; i < COUNT_OF(particles); i++)
		if (strcmp(piece, particles[i]) == 0)
			return true;
	return false;
}

/* "épouse", "(née", "ép.", "ép.Durand" */
static bool
is_marriage_mark(struct arena *arena, const char *word)
{
	static const char *const marks[] = {"epouse", "epse", "ep", "nee"};
	const char *folded = names_fold(arena, word, NULL);

	for (size_t i = 0; i < COUNT_OF(marks); i++)
		if (strcmp(folded, marks[i]) == 0)
			return true;
	return text_has_prefix(folded, "ep-") && strchr(word, '.') != NULL;
}

/* The word at *cursor, which moves behind it; NULL at the end. */
static const char *
next_word(struct arena *arena, const char **cursor, const char **start)
{
	const char *end;
	int32_t c;

	do {
		*start = *cursor;
		c = unicode_next(cursor);
	} while (c != 0 && unicode_is_space(c));
	if (c == 0)
		return NULL;
	do {
		end = *cursor;
		c = unicode_next(cursor);
	} while (c != 0 && !unicode_is_space(c));
	*cursor = end;
	return arena_dup_n(arena, *start, (size_t)(end - *start));
}

char *
names_usage(struct arena *arena, const char *family, bool *cut)
{
	const char *cursor = family;
	const char *start;
	const char *word = next_word(arena, &cursor, &start);

	if (cut != NULL)
		*cut = false;
	/* The first word is a name, whatever it looks like: some are Née. */
	while (word != NULL) {
		word = next_word(arena, &cursor, &start);
		if (word == NULL || !is_marriage_mark(arena, word))
			continue;
		if (cut != NULL)
			*cut = true;
		return text_trim(arena,
		    arena_dup_n(arena, family, (size_t)(start - family)));
	}
	return text_trim(arena, family);
}

char *
names_first_given(struct arena *arena, const char *given_names)
{
	char **names = text_split(arena, given_names, ",;", NULL);

	for (; *names != NULL; names++) {
		char *name = text_trim(arena, *names);

		if (*name != '\0')
			return name;
	}
	return arena_dup(arena, "");
}

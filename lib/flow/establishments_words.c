#include "lib/flow/establishments_words.h"

#include <ctype.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/text.h"
#include "lib/flow/establishments.h"
#include "lib/people/names.h"

/* Typographic apostrophe, U+2019. */
#define APOSTROPHE "\xe2\x80\x99"

/* Punctuation becomes space; apostrophes too, unless they are kept (then
 * names_fold() glues what they part). */
static char *
part(struct arena *arena, const char *text, bool keep_apostrophes)
{
	char *copy = arena_dup(arena, text);

	for (char *at = copy; *at != '\0'; at++) {
		if (!keep_apostrophes && text_has_prefix(at, APOSTROPHE))
			memset(at, ' ', strlen(APOSTROPHE));
		else if (ispunct((unsigned char)*at) &&
			 !(keep_apostrophes && *at == '\''))
			*at = ' ';
	}
	return copy;
}

static const char *
canonical(const char *word)
{
	if (strcmp(word, "st") == 0)
		return "saint";
	return strcmp(word, "ste") == 0 ? "sainte" : word;
}

static char **
split(struct arena *arena, const char *text, bool keep_apostrophes)
{
	const char *parted = part(arena, text, keep_apostrophes);

	return text_split(arena, names_fold(arena, parted, NULL), "-", NULL);
}

static char *
join(struct arena *arena, char *before, char **words)
{
	for (; *words != NULL; words++) {
		const char *word = canonical(*words);

		if (strstr(before, arena_printf(arena, " %s ", word)) == NULL)
			before = arena_printf(arena, "%s%s ", before, word);
	}
	return before;
}

char *
establishments_words(struct arena *arena, const char *name)
{
	char *words = arena_dup(arena, " ");

	words = join(arena, words, split(arena, name, false));
	return join(arena, words, split(arena, name, true));
}

/* As much of the text as is looked at, no code point cut in two. */
static char *
front(struct arena *arena, const char *typed)
{
	size_t len = 0, step;
	size_t all = strlen(typed);

	while ((step = text_clean_front(typed + len, all - len)) > 0 &&
	       len + step <= ESTABLISHMENTS_QUERY)
		len += step;
	return arena_dup_n(arena, typed, len);
}

char **
establishments_query(struct arena *arena, const char *typed)
{
	char **all = split(arena, front(arena, typed), false);
	char **words =
	    arena_array(arena, ESTABLISHMENTS_WORDS + 1, sizeof *words);
	size_t count = 0;

	for (char **word = all; *word != NULL && count < ESTABLISHMENTS_WORDS;
	     word++)
		if (!names_is_particle(*word) && strcmp(*word, "l") != 0)
			words[count++] = arena_dup(arena, canonical(*word));
	if (count == 0 && *all != NULL)
		words[0] = *all;
	return words;
}

static bool
begins_one(const char *word, const char *words)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strchr(at, ' ')) != NULL; at++)
		if (strncmp(at + 1, word, len) == 0)
			return true;
	return false;
}

bool
establishments_fit(char *const *words, const char *name, const char *place)
{
	for (; *words != NULL; words++)
		if (!begins_one(*words, name) && !begins_one(*words, place))
			return false;
	return true;
}

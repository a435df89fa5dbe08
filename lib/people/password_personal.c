#include "lib/people/password_internal.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/text.h"
#include "lib/people/names.h"
#include "lib/people/password.h"

enum {
	OWN_MAX = 64,
	OWN_LEN_MAX = 64,
	/* A word of three letters may be there by chance; four are a choice. */
	CHOSEN_MIN = 4,
	/* Fewer letters than this beside personal words protect nothing. */
	LEFT_MIN = 5,
};

struct own {
	const char **list;
	size_t count;
};

/* Longest first, each once. */
static void
add(struct own *own, const char *word)
{
	size_t len = strlen(word);
	size_t place = 0;

	if (len < PASSWORD_WORD_MIN || len > OWN_LEN_MAX ||
	    own->count == OWN_MAX || names_is_particle(word))
		return;
	while (place < own->count && strlen(own->list[place]) >= len)
		if (strcmp(own->list[place++], word) == 0)
			return;
	memmove(own->list + place + 1, own->list + place,
	    (own->count - place) * sizeof(*own->list));
	own->list[place] = word;
	own->count++;
}

/* "Jean-Marc" is jeanmarc, jean and marc; of a mail address only what stands
 * before '@'; of "jdupont1" also jdupont. */
static void
add_pieces(struct arena *arena, const char *text, struct own *own)
{
	const char *part = arena_dup_n(arena, text, strcspn(text, "@"));
	const char *folded = names_fold(arena, part, NULL);
	char **pieces = text_split(arena, folded, "-", NULL);

	add(own, password_tight(arena, folded));
	for (size_t i = 0; pieces[i] != NULL; i++) {
		add(own, pieces[i]);
		add(own, password_letters(arena, pieces[i]));
	}
}

const char *const *
password_own_words(const struct password_context *context, struct arena *arena)
{
	struct own own = {0};

	own.list = arena_array(arena, OWN_MAX + 1, sizeof(*own.list));
	for (const char *const *word = context->words;
	     word != NULL && *word != NULL; word++)
		add_pieces(arena, *word, &own);
	return own.list;
}

/* Marks where word stands in text, outside of what is marked already. */
static size_t
cover(const char *text, const char *word, char *marks)
{
	size_t len = strlen(word);
	size_t covered = 0;

	for (const char *at = text; (at = strstr(at, word)) != NULL;) {
		if (memchr(marks + (at - text), 1, len) != NULL) {
			at++;
			continue;
		}
		memset(marks + (at - text), 1, len);
		covered += len;
		at += len;
	}
	return covered;
}

/* text: lower-case letters, and digits perhaps. */
static bool
is_made_of(const char *const *own, const char *text, struct arena *arena)
{
	size_t len = strlen(text);
	char *marks = arena_alloc(arena, len + 1);
	size_t left = 0, all = 0;

	for (; *own != NULL; own++) {
		size_t covered = cover(text, *own, marks);

		if (strlen(*own) >= CHOSEN_MIN && 2 * covered > len)
			return true;
		all += covered;
	}
	for (size_t i = 0; i < len; i++)
		left += password_is_letter(text[i]) && marks[i] == 0;
	return all > 0 && left < LEFT_MIN;
}

bool
password_is_personal(
    const char *const *own, const char *plain, struct arena *arena)
{
	const char *lower = password_lower(arena, plain);
	const char *with_i = password_unleet(arena, plain, 'i');
	const char *with_l = password_unleet(arena, plain, 'l');

	return is_made_of(own, password_letters(arena, lower), arena) ||
	       is_made_of(own, password_tight(arena, lower), arena) ||
	       is_made_of(own, password_letters(arena, with_i), arena) ||
	       is_made_of(own, password_letters(arena, with_l), arena);
}

#include "lib/people/feed.h"

#include <string.h>

#include "lib/base/arena.h"

static void
add_kind(struct feed_person *person, const char *kind)
{
	size_t i = 0;

	while (person->kinds[i] != NULL && strcmp(person->kinds[i], kind) != 0)
		i++;
	if (i < FEED_KINDS)
		person->kinds[i] = kind;
}

static bool
has(char *const *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

static void
add_establishments(struct feed_person *person, const struct feed_person *more,
    struct arena *arena)
{
	char **list = arena_array(arena, 2 * FEED_UAI_MAX + 1, sizeof(char *));
	size_t count = 0;

	for (char **uai = person->establishments;
	     *uai != NULL && count < FEED_UAI_MAX; uai++)
		list[count++] = *uai;
	for (char **uai = more->establishments;
	     *uai != NULL && count < FEED_UAI_MAX; uai++)
		if (!has(list, count, *uai))
			list[count++] = *uai;
	person->establishments = list;
}

static void
add_numbers(struct feed_person *person, const struct feed_person *more)
{
	if (!person->has_numen && more->has_numen) {
		person->has_numen = true;
		person->numen = more->numen;
	}
	if (!person->has_ine && more->has_ine) {
		person->has_ine = true;
		person->ine = more->ine;
	}
	if (person->employee[0] == '\0')
		person->employee = more->employee;
}

void
feed_merge(struct feed_person *person, const struct feed_person *more,
    struct arena *arena)
{
	add_kind(person, more->kind);
	add_establishments(person, more, arena);
	add_numbers(person, more);
	if (person->mail == NULL)
		person->mail = more->mail;
	if (person->birth_family[0] == '\0')
		person->birth_family = more->birth_family;
	/* No end is the latest end. */
	if (person->until_ms != 0 &&
	    (more->until_ms == 0 || more->until_ms > person->until_ms))
		person->until_ms = more->until_ms;
}

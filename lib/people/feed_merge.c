#include "lib/people/feed.h"

#include <string.h>

#include "lib/base/arena.h"

static const char *
copy(struct arena *arena, const char *text)
{
	return text != NULL ? arena_dup(arena, text) : NULL;
}

struct feed_person *
feed_copy(const struct feed_person *person, struct arena *arena)
{
	struct feed_person *kept = arena_alloc(arena, sizeof *kept);
	size_t count = 0;

	*kept = *person; /* kinds are ours */
	kept->employee = copy(arena, person->employee);
	kept->family = copy(arena, person->family);
	kept->birth_family = copy(arena, person->birth_family);
	kept->given_names = copy(arena, person->given_names);
	kept->given = copy(arena, person->given);
	kept->mail = copy(arena, person->mail);
	kept->order = copy(arena, person->order);
	while (person->establishments[count] != NULL)
		count++;
	kept->establishments = arena_array(arena, count + 1, sizeof(char *));
	for (size_t i = 0; i < count; i++)
		kept->establishments[i] =
		    arena_dup(arena, person->establishments[i]);
	return kept;
}

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

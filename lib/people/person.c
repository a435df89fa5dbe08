#include "lib/people/person.h"

#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/text.h"

struct words {
	const char **list;
	size_t count;
};

static void
add(struct words *words, const char *word)
{
	if (word != NULL && *word != '\0')
		words->list[words->count++] = word;
}

static size_t
length(char *const *list)
{
	size_t count = 0;

	while (list[count] != NULL)
		count++;
	return count;
}

static void
add_all(struct words *words, char *const *list)
{
	for (; *list != NULL; list++)
		add(words, *list);
}

const char *const *
person_words(
    const struct person *person, const char *site_name, struct arena *arena)
{
	const char *const singles[] = {person->login, person->display,
	    person->family, person->given, person->birth_family,
	    person->recovery_mail, site_name};
	const char *all = person->all_given != NULL ? person->all_given : "";
	char **given = text_split(arena, all, ",;", NULL);
	struct words words = {0};
	size_t room = COUNT_OF(singles) + length(given) +
		      length(person->mails) + length(person->establishments);

	words.list = arena_array(arena, room + 1, sizeof(*words.list));
	for (size_t i = 0; i < COUNT_OF(singles); i++)
		add(&words, singles[i]);
	add_all(&words, given);
	add_all(&words, person->mails);
	add_all(&words, person->establishments);
	return words.list;
}

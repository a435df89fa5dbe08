#include "lib/people/feed.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/arena.h"

static const char *
copy(struct arena *arena, const char *text)
{
	if (text == NULL || *text == '\0')
		return text == NULL ? NULL : "";
	return arena_dup(arena, text);
}

/* Most people have one family name and one given name: a copy is enough. */
static const char *
copy_but(struct arena *arena, const char *text, const char *same)
{
	return text != NULL && same != NULL && strcmp(text, same) == 0
		   ? same
		   : copy(arena, text);
}

static const char *
order_of(const struct feed_person *kept, const char *order, struct arena *arena)
{
	const char *const mine[] = {
	    kept->numen.text, kept->ine.text, kept->employee};

	for (size_t i = 0; order != NULL && i < COUNT_OF(mine); i++)
		if (mine[i] != NULL && strcmp(mine[i], order) == 0)
			return mine[i];
	return copy(arena, order);
}

struct feed_person *
feed_copy(const struct feed_person *person, struct arena *arena)
{
	struct feed_person *kept = arena_alloc(arena, sizeof *kept);
	size_t count = 0;

	*kept = *person; /* kinds are ours */
	kept->employee = copy(arena, person->employee);
	kept->family = copy(arena, person->family);
	kept->birth_family =
	    copy_but(arena, person->birth_family, kept->family);
	kept->given_names = copy(arena, person->given_names);
	kept->given = copy_but(arena, person->given, kept->given_names);
	kept->mail = copy(arena, person->mail);
	kept->order = order_of(kept, person->order, arena);
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

/* --- an order of rows ----------------------------------------------------- */

static int
count_of_numbers(const struct feed_person *person)
{
	return person->has_numen + person->has_ine +
	       (person->employee[0] != '\0');
}

static int
rank_of(const char *kind)
{
	/* HR knows more of somebody than the school that they attend. */
	static const char *const ranks[] = {
	    "enseignant", "administratif", "technique", "etudiant", "externe"};
	int rank = 0;

	while (rank < FEED_KINDS && strcmp(ranks[rank], kind) != 0)
		rank++;
	return rank;
}

static int
compare_texts(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int
compare_times(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_lists(char *const *a, char *const *b)
{
	while (*a != NULL && *b != NULL && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	return compare_texts(*a, *b);
}

static int
compare_numbers(const struct feed_person *a, const struct feed_person *b)
{
	int order = compare_texts(a->order, b->order);

	if (order == 0)
		order = compare_texts(a->numen.text, b->numen.text);
	if (order == 0)
		order = compare_texts(a->ine.text, b->ine.text);
	return order != 0 ? order : compare_texts(a->employee, b->employee);
}

static int
compare_names(const struct feed_person *a, const struct feed_person *b)
{
	int order = compare_texts(a->birth.text, b->birth.text);

	if (order == 0)
		order = compare_texts(a->family, b->family);
	if (order == 0)
		order = compare_texts(a->birth_family, b->birth_family);
	return order != 0 ? order
			  : compare_texts(a->given_names, b->given_names);
}

static int
compare_rest(const struct feed_person *a, const struct feed_person *b)
{
	int order = compare_texts(a->mail, b->mail);

	if (order == 0)
		order = compare_times(a->until_ms, b->until_ms);
	return order != 0 ? order
			  : compare_lists(a->establishments, b->establishments);
}

int
feed_compare(const struct feed_person *a, const struct feed_person *b)
{
	int order = count_of_numbers(b) - count_of_numbers(a);

	if (order == 0)
		order = birth_fullness(&b->birth) - birth_fullness(&a->birth);
	if (order == 0)
		order = rank_of(a->kind) - rank_of(b->kind);
	if (order == 0)
		order = compare_times(a->from_ms, b->from_ms);
	if (order == 0)
		order = compare_numbers(a, b);
	if (order == 0)
		order = compare_names(a, b);
	return order != 0 ? order : compare_rest(a, b);
}

/* --- two rows as one ------------------------------------------------------ */

static bool
has_usage_name(const struct feed_person *person)
{
	return strcmp(person->family, person->birth_family) != 0;
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
	if (!has_usage_name(person) && has_usage_name(more))
		person->family = more->family;
	if (birth_fullness(&more->birth) > birth_fullness(&person->birth))
		person->birth = more->birth;
	if (person->birth_family[0] == '\0')
		person->birth_family = more->birth_family;
	/* No end is the latest end. */
	if (person->until_ms != 0 &&
	    (more->until_ms == 0 || more->until_ms > person->until_ms))
		person->until_ms = more->until_ms;
}

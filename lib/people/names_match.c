#include "lib/people/names.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/text.h"
#include "lib/people/names_internal.h"

/* Ways one name may be written: six forms of a family name, each whole, bare
 * and without its leading particles. Names of the feed with more are cut. */
enum { PARTICLES_MAX = 6, KEYS_MAX = 6 * (2 + PARTICLES_MAX) };

struct keys {
	const char *list[KEYS_MAX];
	size_t count;
};

struct pieces {
	char **list;
	size_t count;
};

static struct pieces
pieces_of(struct arena *arena, const char *name)
{
	struct pieces pieces;

	pieces.list = text_split(
	    arena, names_fold_loose(arena, name), "-", &pieces.count);
	return pieces;
}

/* An empty key would fit every other empty key. */
static void
add(struct keys *keys, const char *key)
{
	if (*key != '\0' && keys->count < KEYS_MAX)
		keys->list[keys->count++] = key;
}

/* "épouse" and its like say nothing about the name itself. */
static bool
is_left_out(const char *piece)
{
	return names_is_particle(piece) || strcmp(piece, "epouse") == 0 ||
	       strcmp(piece, "epse") == 0 || strcmp(piece, "ep") == 0 ||
	       strcmp(piece, "nee") == 0;
}

enum part { PART_ALL, PART_CORE };

static const char *
join(struct arena *arena, const struct pieces *pieces, size_t from,
    enum part part)
{
	size_t len = 0;
	char *key;

	for (size_t i = from; i < pieces->count; i++)
		len += strlen(pieces->list[i]);
	key = arena_alloc(arena, len + 1);
	len = 0;
	for (size_t i = from; i < pieces->count; i++) {
		const char *piece = pieces->list[i];

		if (part == PART_CORE && is_left_out(piece))
			continue;
		memcpy(key + len, piece, strlen(piece));
		len += strlen(piece);
	}
	return key;
}

/* "de La Tour": DELATOUR, LATOUR, TOUR; the core for particles further in. */
static void
add_family(struct arena *arena, const char *family, struct keys *keys)
{
	struct pieces pieces = pieces_of(arena, family);
	size_t from = 0;

	add(keys, join(arena, &pieces, 0, PART_ALL));
	add(keys, join(arena, &pieces, 0, PART_CORE));
	while (from + 1 < pieces.count && from < PARTICLES_MAX &&
	       is_left_out(pieces.list[from]))
		add(keys, join(arena, &pieces, ++from, PART_ALL));
}

static void
add_family_forms(struct arena *arena, const char *family, struct keys *keys)
{
	add_family(arena, family, keys);
	add_family(arena, names_usage(arena, family, NULL), keys);
}

static void
add_both(struct arena *arena, const char *first, const char *second,
    struct keys *keys)
{
	add_family(arena, arena_printf(arena, "%s %s", first, second), keys);
}

/* The compound and its first part: "Jean-Pierre" is also called Jean. */
static void
add_given(struct arena *arena, const char *given, struct keys *keys)
{
	struct pieces pieces = pieces_of(arena, given);

	add(keys, join(arena, &pieces, 0, PART_ALL));
	if (pieces.count > 0)
		add(keys, pieces.list[0]);
}

static void
known_families(
    struct arena *arena, const struct names *known, struct keys *keys)
{
	const char *usage = known->family;
	const char *birth = known->birth_family;

	if (usage != NULL)
		add_family_forms(arena, usage, keys);
	if (birth != NULL)
		add_family_forms(arena, birth, keys);
	if (usage != NULL && birth != NULL) {
		add_both(arena, birth, usage, keys);
		add_both(arena, usage, birth, keys);
	}
}

/* Each name of the list, and the list as it begins: "Jean, Marie, Luc" is also
 * typed "Jean Marie". */
static void
known_givens(struct arena *arena, const struct names *known, struct keys *keys)
{
	const char *so_far = "";
	char **each;

	if (known->given != NULL)
		add_given(arena, known->given, keys);
	if (known->all_given == NULL)
		return;
	for (each = text_split(arena, known->all_given, ",;", NULL);
	     *each != NULL && keys->count < KEYS_MAX; each++) {
		struct pieces pieces;

		add_given(arena, *each, keys);
		so_far = arena_printf(arena, "%s %s", so_far, *each);
		pieces = pieces_of(arena, so_far);
		add(keys, join(arena, &pieces, 0, PART_ALL));
	}
}

/* No early end: how long it takes says nothing about what was wrong. */
static bool
share_a_key(const struct keys *a, const struct keys *b)
{
	bool found = false;

	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++)
			found |= strcmp(a->list[i], b->list[k]) == 0;
	return found;
}

bool
names_match(const struct names *known, const char *family, const char *given)
{
	struct arena arena;
	struct keys families = {0}, givens = {0};
	struct keys typed_families = {0}, typed_givens = {0};
	struct pieces typed_given;
	bool family_fits, given_fits;

	arena_init(&arena);
	known_families(&arena, known, &families);
	known_givens(&arena, known, &givens);
	add_family_forms(&arena, family, &typed_families);
	typed_given = pieces_of(&arena, given);
	add(&typed_givens, join(&arena, &typed_given, 0, PART_ALL));
	family_fits = share_a_key(&families, &typed_families);
	given_fits = share_a_key(&givens, &typed_givens);
	arena_reset(&arena);
	return family_fits & given_fits;
}

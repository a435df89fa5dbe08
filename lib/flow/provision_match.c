/* Which row is about this account, and which one may be. */
#include <string.h>

#include "lib/base/text.h"
#include "lib/flow/moderation.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/digest.h"
#include "lib/people/names.h"
#include "lib/people/number.h"

/* --- by number ------------------------------------------------------------ */

static struct seat *
find(const struct index *index, const char *key)
{
	const struct index_item *found = index_find(index, key);

	return found != NULL ? found->what : NULL;
}

/* Every row that has one of these; the first is it, others are rivals. */
static struct seat *
take_all(const struct index *index, const char *key, struct seat *seat,
    const char *login)
{
	const struct index_item *item = index_find(index, key);

	for (; item != NULL; item = item->next) {
		struct seat *other = item->what;

		if (seat == NULL)
			seat = other;
		else if (other != seat)
			other->rival = login;
	}
	return seat;
}

static struct seat *
by_sources(struct planner *planner, const struct directory_entry *entry)
{
	struct seat *seat = NULL;

	for (char **source = entry->values[SWEPT_SOURCE]; *source != NULL;
	     source++)
		seat = take_all(&planner->by_source, *source, seat,
		    entry->values[SWEPT_UID][0]);
	return seat;
}

/* A desk gave out a number: the feed may tell it now for the first time. */
static struct seat *
by_proofs(struct planner *planner, const struct directory_entry *entry)
{
	struct seat *seat = NULL;

	if (entry->values[SWEPT_REISSUED][0] == NULL)
		return NULL;
	for (char **proof = entry->values[SWEPT_PROOF]; *proof != NULL; proof++)
		seat = take_all(&planner->by_proof, *proof, seat,
		    entry->values[SWEPT_UID][0]);
	return seat;
}

/* Two rows of one person, as the operator said: they are taken together. */
static struct seat *
join(struct planner *planner, struct seat *seat, struct seat *other)
{
	if (seat == NULL || seat == other)
		return other;
	feed_merge(seat->person, other->person, planner->arena);
	other->joined = true;
	seat->family = names_key(planner->arena, seat->person->family);
	seat->birth = names_key(planner->arena, seat->person->birth_family);
	return seat;
}

static struct seat *
of_case(struct planner *planner, struct moderation_case *one)
{
	for (size_t i = 0; one->sources[i] != NULL; i++) {
		struct seat *seat = find(&planner->by_source, one->sources[i]);

		if (seat != NULL) {
			one->arose = true;
			return seat;
		}
	}
	return NULL;
}

/* The operator said so. */
static struct seat *
by_decision(struct planner *planner, const struct directory_entry *entry,
    struct seat *seat, struct arena *arena)
{
	const struct index_item *item = index_find(
	    &planner->decided, text_lower(arena, entry->values[SWEPT_UID][0]));

	for (; item != NULL; item = item->next) {
		struct seat *other = of_case(planner, item->what);

		if (other != NULL)
			seat = join(planner, seat, other);
	}
	return seat;
}

/* Is key that of any value? Entries that others made hold several names, in no
 * order. */
static bool
has_key(const struct directory_entry *entry, size_t attribute, const char *key,
    struct arena *arena)
{
	char *const *value = entry->values[attribute];

	if (key[0] == '\0')
		return false;
	while (*value != NULL && strcmp(names_key(arena, *value), key) != 0)
		value++;
	return *value != NULL;
}

static bool
has_family(const struct directory_entry *entry, size_t attribute,
    const struct seat *seat, struct arena *arena)
{
	return has_key(entry, attribute, seat->family, arena) ||
	       has_key(entry, attribute, seat->birth, arena);
}

/*
 * A number that both have is one of two series where no name is in common: two
 * people. With the family name it is this person. A given name alone may be
 * chance: then the birth date or the form of the number has to say so too, and
 * else the operator.
 */
enum same_seat { SEAT_OTHER, SEAT_ASK, SEAT_SAME };

static enum same_seat
compare_seat(struct planner *planner, struct seat *seat,
    const struct directory_entry *entry, bool own_form, struct arena *arena)
{
	enum same_birth birth = provision_compare_births(planner, seat, entry);
	bool one_family = has_family(entry, SWEPT_SN, seat, arena);

	if (!one_family && !has_key(entry, SWEPT_GIVEN, seat->given, arena))
		return SEAT_OTHER;
	if (birth == SAME_BIRTH_OTHER)
		return SEAT_ASK;
	return one_family || own_form || birth == SAME_BIRTH_EQUAL ? SEAT_SAME
								   : SEAT_ASK;
}

/* Attributes of [provision] match, for an entry no feed has named yet. */
static struct seat *
by_clear_numbers(struct planner *planner, const struct directory_entry *entry,
    struct arena *arena)
{
	const struct swept_names *swept = &planner->swept;

	for (size_t i = swept->match; i < swept->match_end; i++)
		for (char **value = entry->values[i]; *value != NULL; value++) {
			struct number number;
			const char *key = text_upper(arena, *value);
			bool own_form =
			    number_parse(*value, &number) == NUMBER_FINE;
			struct seat *seat;

			if (own_form)
				key = arena_dup(arena, number.text);
			seat = find(&planner->by_number, key);
			if (seat == NULL)
				seat = find(&planner->by_number,
				    text_upper(arena, *value));
			if (seat == NULL)
				continue;
			switch (compare_seat(
			    planner, seat, entry, own_form, arena)) {
			case SEAT_SAME:
				return seat;
			case SEAT_ASK:
				provision_doubt_number(
				    planner, seat, entry, arena);
				break;
			case SEAT_OTHER:
				break;
			}
		}
	return NULL;
}

/* A known number with another birth date and no name in common: it was given
 * out again, or a column has slipped. */
static bool
is_somebody_else(struct planner *planner, struct seat *seat,
    const struct directory_entry *entry, struct arena *arena)
{
	return provision_compare_births(planner, seat, entry) ==
		   SAME_BIRTH_OTHER &&
	       !has_family(entry, SWEPT_SN, seat, arena) &&
	       !has_family(entry, SWEPT_BIRTH_NAME, seat, arena) &&
	       !has_key(entry, SWEPT_GIVEN, seat->given, arena);
}

/* Whoever applies the plan is told that this account is known. */
static void
note_stranger(struct planner *planner, struct seat *seat, const char *login)
{
	struct held *stranger = arena_alloc(planner->arena, sizeof *stranger);

	*stranger = (struct held){
	    .next = seat->strangers, .name = arena_dup(planner->arena, login)};
	seat->strangers = stranger;
}

/* --- an entry ------------------------------------------------------------- */

struct seat *
provision_match(struct planner *planner, const struct directory_entry *entry,
    struct arena *arena)
{
	const char *login = entry->values[SWEPT_UID][0];
	struct seat *seat = by_sources(planner, entry);

	if (seat == NULL)
		seat = by_proofs(planner, entry);
	if (seat != NULL && is_somebody_else(planner, seat, entry, arena)) {
		note_stranger(planner, seat, login);
		provision_doubt_number(planner, seat, entry, arena);
		seat = NULL;
	}
	seat = by_decision(planner, entry, seat, arena);
	if (seat == NULL && entry->values[SWEPT_SOURCE][0] == NULL)
		seat = by_clear_numbers(planner, entry, arena);
	provision_doubt(planner, entry, seat, arena);
	if (seat == NULL)
		return NULL;
	if (seat->login != NULL && strcmp(seat->login, login) != 0)
		seat->rival = arena_dup(planner->arena, login);
	else
		seat->login = arena_dup(planner->arena, login);
	return seat;
}

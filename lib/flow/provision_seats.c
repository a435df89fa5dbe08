/* Who the files list, findable by number, digest and name. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/flow/moderation.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/digest.h"
#include "lib/people/names.h"

static void
index_sources(struct planner *planner, struct seat *seat, struct arena *scratch)
{
	const char *sources[PROVISION_SOURCES_MAX];

	for (size_t key = 0; key < planner->provision->numbers->count; key++) {
		size_t count = provision_sources(
		    planner->provision, seat->person, key, scratch, sources);

		for (size_t i = 0; i < count; i++)
			index_add(&planner->by_source, sources[i], seat);
	}
}

/* What a desk wrote that typed this number before any feed told it. */
static void
index_proof(struct planner *planner, struct seat *seat)
{
	const struct feed_person *person = seat->person;
	const struct digest_keys *keys = planner->provision->numbers;

	for (size_t key = 0; person->has_numen && key < keys->count; key++)
		index_add(&planner->by_proof,
		    digest_proof(keys, key, &person->numen).text, seat);
}

/* What a clear attribute of an entry may hold: any number, by its value. */
static void
index_numbers(struct planner *planner, struct seat *seat, struct arena *scratch)
{
	const struct feed_person *person = seat->person;

	if (person->has_numen)
		index_add(&planner->by_number, person->numen.text, seat);
	if (person->has_ine)
		index_add(&planner->by_number, person->ine.text, seat);
	if (person->employee[0] != '\0')
		index_add(&planner->by_number,
		    text_upper(scratch, person->employee), seat);
}

static void
index_names(struct planner *planner, struct seat *seat, struct arena *scratch)
{
	const char *families[] = {seat->family, seat->birth};

	if (seat->given[0] == '\0')
		return;
	for (size_t i = 0; i < COUNT_OF(families); i++) {
		if (families[i][0] == '\0' ||
		    (i > 0 && strcmp(families[0], families[i]) == 0))
			continue;
		index_add(&planner->by_name,
		    arena_printf(scratch, "%s %s", families[i], seat->given),
		    seat);
	}
}

static void
index_decisions(struct planner *planner)
{
	struct moderation_case *one = planner->moderation->first;

	for (; one != NULL; one = one->next)
		if (one->word == MODERATION_SAME)
			index_add(&planner->decided,
			    text_lower(planner->arena, one->account.login),
			    one);
}

/* The number may be what is wrong with the row. */
static void
spare_name(struct planner *planner, const struct feed_person *person)
{
	const char *families[] = {person->family, person->birth_family};

	if (person->given == NULL)
		return;
	for (size_t i = 0; i < COUNT_OF(families); i++)
		if (families[i] != NULL && families[i][0] != '\0')
			(void)words_add(&planner->spared,
			    arena_printf(planner->arena, "%s %s",
				names_key(planner->arena, families[i]),
				names_key(planner->arena, person->given)));
}

static void
spare(struct planner *planner, const struct roll *roll)
{
	const char *sources[PROVISION_SOURCES_MAX];

	for (size_t i = 0; i < roll->spared_count; i++) {
		spare_name(planner, roll->spared[i]);
		for (size_t key = 0; key < planner->provision->numbers->count;
		     key++) {
			size_t count = provision_sources(planner->provision,
			    roll->spared[i], key, planner->arena, sources);

			for (size_t j = 0; j < count; j++)
				(void)words_add(&planner->spared, sources[j]);
		}
	}
}

/* Folding leaves much behind. */
static const char *
key_of(struct arena *arena, struct arena *scratch, const char *name)
{
	return arena_dup(arena, names_key(scratch, name));
}

void
planner_seat(struct planner *planner, const struct roll *roll)
{
	struct arena *arena = planner->arena;
	struct arena scratch = {0};

	planner->by_source.arena = planner->by_number.arena = arena;
	planner->by_proof.arena = arena;
	planner->by_name.arena = planner->decided.arena = arena;
	planner->numbered.arena = arena;
	planner->valve.by_name.arena = arena;
	planner->count = roll->count;
	if (!planner->provision->partial) {
		memcpy(planner->judged, roll->feeds, sizeof roll->feeds);
		planner->judged_count = roll->feed_count;
	}
	planner->seats =
	    arena_array(arena, roll->count, sizeof *planner->seats);
	for (size_t i = 0; i < roll->count; i++) {
		struct seat *seat = &planner->seats[i];

		seat->person = roll->list[i];
		seat->given = key_of(arena, &scratch, seat->person->given);
		seat->family = key_of(arena, &scratch, seat->person->family);
		seat->birth =
		    strcmp(seat->person->birth_family, seat->person->family) ==
			    0
			? seat->family
			: key_of(arena, &scratch, seat->person->birth_family);
		index_sources(planner, seat, &scratch);
		index_proof(planner, seat);
		index_numbers(planner, seat, &scratch);
		index_names(planner, seat, &scratch);
		arena_reset(&scratch);
	}
	index_decisions(planner);
	spare(planner, roll);
}

void
planner_free(struct planner *planner)
{
	index_free(&planner->by_source);
	index_free(&planner->by_proof);
	index_free(&planner->by_number);
	index_free(&planner->by_name);
	index_free(&planner->decided);
	index_free(&planner->valve.by_name);
	words_free(&planner->names);
	words_free(&planner->reserved);
	words_free(&planner->spared);
	words_free(&planner->asked);
	index_free(&planner->numbered);
	free(planner->leavers);
}

/* Who the files list, findable by number, digest and name. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/flow/moderation.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/digest.h"
#include "lib/people/names.h"

static void
index_sources(struct planner *planner, struct seat *seat)
{
	const char *sources[PROVISION_SOURCES_MAX];

	for (size_t key = 0; key < planner->provision->numbers->count; key++) {
		size_t count = provision_sources(planner->provision,
		    seat->person, key, planner->arena, sources);

		for (size_t i = 0; i < count; i++)
			index_add(&planner->by_source, sources[i], seat);
	}
}

/* What a clear attribute of an entry may hold: any number, by its value. */
static void
index_numbers(struct planner *planner, struct seat *seat)
{
	const struct feed_person *person = seat->person;

	if (person->has_numen)
		index_add(&planner->by_number, person->numen.text, seat);
	if (person->has_ine)
		index_add(&planner->by_number, person->ine.text, seat);
	if (person->employee[0] != '\0')
		index_add(&planner->by_number,
		    text_upper(planner->arena, person->employee), seat);
}

static void
index_names(struct planner *planner, struct seat *seat)
{
	const char *families[] = {seat->family, seat->birth};

	if (seat->given[0] == '\0')
		return;
	for (size_t i = 0; i < COUNT_OF(families); i++) {
		if (families[i][0] == '\0' ||
		    (i > 0 && strcmp(families[0], families[i]) == 0))
			continue;
		index_add(&planner->by_name,
		    arena_printf(
			planner->arena, "%s %s", families[i], seat->given),
		    seat);
	}
}

/* A feed that lists one student is the feed of students. */
static void
note_kinds(struct planner *planner, const struct feed_person *person)
{
	if (planner->provision->partial)
		return;
	for (size_t i = 0; person->kinds[i] != NULL; i++) {
		size_t j = 0;

		while (planner->judged[j] != NULL &&
		       strcmp(planner->judged[j], person->kinds[i]) != 0)
			j++;
		if (j < FEED_KINDS)
			planner->judged[j] = person->kinds[i];
	}
}

static void
index_decisions(struct planner *planner)
{
	struct moderation_case *one = planner->moderation->first;

	for (; one != NULL; one = one->next)
		if (one->word == MODERATION_SAME)
			index_add(&planner->decided,
			    text_lower(planner->arena, one->login), one);
}

static void
spare(struct planner *planner, const struct roll *roll)
{
	const char *sources[PROVISION_SOURCES_MAX];

	planner->spared.arena = planner->arena;
	for (size_t i = 0; i < roll->spared_count; i++)
		for (size_t key = 0; key < planner->provision->numbers->count;
		     key++) {
			size_t count = provision_sources(planner->provision,
			    roll->spared[i], key, planner->arena, sources);

			for (size_t j = 0; j < count; j++)
				(void)words_add(&planner->spared, sources[j]);
		}
}

void
planner_seat(struct planner *planner, const struct roll *roll)
{
	struct arena *arena = planner->arena;

	planner->by_source.arena = planner->by_number.arena = arena;
	planner->by_name.arena = planner->decided.arena = arena;
	planner->names.arena = planner->reserved.arena = arena;
	planner->valve.by_name.arena = arena;
	planner->count = roll->count;
	planner->seats =
	    arena_array(arena, roll->count, sizeof *planner->seats);
	for (size_t i = 0; i < roll->count; i++) {
		struct seat *seat = &planner->seats[i];

		seat->person = roll->list[i];
		seat->held.arena = arena;
		seat->given = names_key(arena, seat->person->given);
		seat->family = names_key(arena, seat->person->family);
		seat->birth = names_key(arena, seat->person->birth_family);
		index_sources(planner, seat);
		index_numbers(planner, seat);
		index_names(planner, seat);
		note_kinds(planner, seat->person);
	}
	index_decisions(planner);
	spare(planner, roll);
}

void
planner_free(struct planner *planner)
{
	index_free(&planner->by_source);
	index_free(&planner->by_number);
	index_free(&planner->by_name);
	index_free(&planner->decided);
	index_free(&planner->valve.by_name);
	words_free(&planner->names);
	words_free(&planner->reserved);
	words_free(&planner->spared);
	for (size_t i = 0; i < planner->count; i++)
		words_free(&planner->seats[i].held);
	free(planner->leavers);
}

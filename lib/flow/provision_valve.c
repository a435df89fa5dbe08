/* A plan that would close too many accounts is not a plan but a broken file. */
#include <string.h>

#include "lib/flow/provision_internal.h"
#include "lib/people/leaving.h"
#include "lib/people/people_conf.h"

enum {
	/* In a school of ten, one who leaves is 10 %. Fewer than that many are
	 * no sign of a truncated file, but all of a school are. */
	PLACE_FEW = 3,
	PLACE_ALL = 2,
	RENAMED_FEW = 5,
};

static struct valve_place *
place_of(struct planner *planner, const char *name)
{
	struct valve *valve = &planner->valve;
	const struct index_item *found = index_find(&valve->by_name, name);
	struct valve_place *place;

	if (found != NULL)
		return found->what;
	place = arena_alloc(planner->arena, sizeof *place);
	place->name = arena_dup(planner->arena, name);
	place->next = valve->places;
	valve->places = place;
	index_add(&valve->by_name, name, place);
	return place;
}

void
valve_count(struct planner *planner, const struct delta *delta)
{
	char *const *places = delta->entry->values[SWEPT_ESTABLISHMENT];
	size_t leaves = delta->leaves == DELTA_LEAVES ? 1 : 0;

	planner->valve.renamed += delta->renamed ? 1 : 0;
	if (!leaving_is_active(delta_old(delta, SWEPT_STATE)))
		return;
	planner->valve.all.active++;
	planner->valve.all.leaving += leaves;
	for (; *places != NULL; places++) {
		struct valve_place *place = place_of(planner, *places);

		place->active++;
		place->leaving += leaves;
	}
}

static bool
is_beyond(size_t part, size_t whole, double percent)
{
	return whole > 0 && (double)part * 100.0 > percent * (double)whole;
}

static bool
is_too_many(const struct valve_place *place, double percent)
{
	return (place->leaving >= PLACE_FEW &&
		   is_beyond(place->leaving, place->active, percent)) ||
	       (place->leaving >= PLACE_ALL &&
		   place->leaving == place->active && percent < 100.0);
}

/* The one that loses most, by name where it is the same. */
static const struct valve_place *
worst(const struct valve *valve)
{
	const struct valve_place *found = NULL;

	for (const struct valve_place *at = valve->places; at != NULL;
	     at = at->next)
		if (at->leaving > 0 &&
		    (found == NULL || at->leaving > found->leaving ||
			(at->leaving == found->leaving &&
			    strcmp(at->name, found->name) < 0)))
			found = at;
	return found;
}

static const struct valve_place *
first_beyond(const struct valve *valve, double percent)
{
	const struct valve_place *found = NULL;

	for (const struct valve_place *at = valve->places; at != NULL;
	     at = at->next)
		if (is_too_many(at, percent) &&
		    (found == NULL || strcmp(at->name, found->name) < 0))
			found = at;
	return found;
}

static const char *
leaving_sentence(struct planner *planner)
{
	const struct valve *valve = &planner->valve;
	double percent = planner->provision->conf->max_disable;
	const struct valve_place *place = first_beyond(valve, percent);

	if (place == NULL &&
	    is_beyond(valve->all.leaving, valve->all.active, percent))
		place = worst(valve);
	else if (place == NULL)
		return NULL;
	return arena_printf(planner->arena,
	    "%zu of %zu accounts would begin to be closed (max_disable %g%%)"
	    "%s%s%s",
	    valve->all.leaving, valve->all.active, percent,
	    place != NULL ? ", " : "",
	    place != NULL ? arena_printf(planner->arena, "%zu of the %zu in ",
				place->leaving, place->active)
			  : "",
	    place != NULL ? place->name : "");
}

static const char *
renamed_sentence(struct planner *planner)
{
	const struct valve *valve = &planner->valve;
	double percent = planner->provision->conf->max_rename;

	if (valve->renamed < RENAMED_FEW ||
	    !is_beyond(valve->renamed, planner->found, percent))
		return NULL;
	return arena_printf(planner->arena,
	    "%zu of %zu people would get another name (max_rename %g%%)",
	    valve->renamed, planner->found, percent);
}

bool
valve_judge(struct planner *planner, const char **sentence, long *force)
{
	const char *leaving = leaving_sentence(planner);
	const char *renamed = renamed_sentence(planner);

	*force = (leaving != NULL ? (long)planner->valve.all.leaving : 0) +
		 (renamed != NULL ? (long)planner->valve.renamed : 0);
	if (*force == 0)
		return false;
	*sentence = arena_printf(planner->arena, "%s%s%s",
	    leaving != NULL ? leaving : "",
	    leaving != NULL && renamed != NULL ? "; " : "",
	    renamed != NULL ? renamed : "");
	return true;
}

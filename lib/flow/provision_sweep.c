#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/address.h"
#include "lib/people/digest.h"
#include "lib/people/names.h"
#include "lib/people/people_conf.h"
#include "lib/store/directory.h"

struct sweep {
	struct planner *planner;
	struct arena scratch; /* of one entry */
};

/* --- what is asked for ---------------------------------------------------- */

static const char *const fixed[SWEPT_FIXED] = {
    [SWEPT_UID] = "uid",
    [SWEPT_UUID] = "entryUUID",
    [SWEPT_CLASS] = "objectClass",
    [SWEPT_CN] = "cn",
    [SWEPT_SN] = "sn",
    [SWEPT_GIVEN] = "givenName",
    [SWEPT_MAIL] = "mail",
    [SWEPT_PROOF] = "rentreeProof",
    [SWEPT_BIRTH] = "rentreeBirth",
    [SWEPT_BIRTH_NAME] = "rentreeBirthName",
    [SWEPT_GIVEN_NAMES] = "rentreeGivenNames",
    [SWEPT_SOURCE] = "rentreeSource",
    [SWEPT_NAME_KEY] = "rentreeNameKey",
    [SWEPT_RESCUE] = "rentreeRecoveryMail",
    [SWEPT_REFUSED] = "rentreeMailRefused",
    [SWEPT_VERIFIED] = "rentreeRecoveryMailVerified",
    [SWEPT_PENDING] = "rentreeRecoveryMailPending",
    [SWEPT_KIND] = "rentreeKind",
    [SWEPT_ESTABLISHMENT] = "rentreeEstablishment",
    [SWEPT_STATE] = "rentreeState",
    [SWEPT_STATE_END] = "rentreeStateEnd",
    [SWEPT_INVITED] = "rentreeInvited",
    [SWEPT_ACTIVATED] = "rentreeActivated",
    [SWEPT_LAST_SEEN] = "rentreeLastSeen",
    [SWEPT_ABSENT] = "rentreeAbsentSince",
    [SWEPT_TOLD] = "rentreeLeaveTold",
    [SWEPT_REISSUED] = "rentreeReissued",
    [SWEPT_PWD_CHANGED] = "pwdChangedTime",
    [SWEPT_PWD_END] = "pwdEndTime",
    [SWEPT_SUPANN_ALIAS] = "supannAliasLogin",
    [SWEPT_ALTERNATE] = "mailAlternateAddress",
    [SWEPT_LOCAL] = "mailLocalAddress",
};

static size_t
place_of(struct swept_names *names, const char *attribute)
{
	for (size_t i = 0; i < names->count; i++)
		if (text_equal_nocase(names->list[i], attribute))
			return i;
	names->list[names->count] = attribute;
	return names->count++;
}

static void
name_attributes(struct planner *planner)
{
	const struct provision *provision = planner->provision;
	const struct conf_words *match = &provision->conf->match;
	const char *const *birth = provision->clear_birth;
	struct swept_names *names = &planner->swept;
	size_t more = match->count + 2;

	for (size_t i = 0; birth != NULL && birth[i] != NULL; i++)
		more++;
	names->list =
	    arena_array(planner->arena, SWEPT_FIXED + more, sizeof(char *));
	memcpy(names->list, fixed, sizeof fixed);
	names->count = names->match = SWEPT_FIXED;
	for (size_t i = 0; i < match->count; i++)
		names->list[names->count++] = match->list[i];
	names->match_end = names->clear_birth = names->count;
	for (; birth != NULL && *birth != NULL; birth++)
		names->list[names->count++] = *birth;
	names->clear_birth_end = names->count;
	names->alias = place_of(names, provision->conf->alias);
}

/* --- people --------------------------------------------------------------- */

static void
note_names(struct planner *planner, const struct directory_entry *entry,
    struct arena *scratch)
{
	/* Local parts count in every domain: a name is a name. */
	const size_t named[] = {SWEPT_UID, SWEPT_MAIL, SWEPT_SUPANN_ALIAS,
	    SWEPT_ALTERNATE, SWEPT_LOCAL, planner->swept.alias};

	for (size_t i = 0; i < COUNT_OF(named); i++)
		for (char **name = entry->values[named[i]]; *name != NULL;
		     name++)
			(void)words_add(&planner->names,
			    provision_local_part(scratch, *name));
}

/* A run that died between an account and its invitation leaves somebody who
 * was never invited: this plan does it. */
static bool
is_waiting(const struct directory_entry *entry)
{
	char ***values = entry->values;

	return values[SWEPT_SOURCE][0] != NULL &&
	       values[SWEPT_RESCUE][0] != NULL &&
	       !address_was_refused(
		   values[SWEPT_REFUSED][0], values[SWEPT_RESCUE][0]) &&
	       values[SWEPT_INVITED][0] == NULL &&
	       values[SWEPT_ACTIVATED][0] == NULL &&
	       values[SWEPT_PWD_CHANGED][0] == NULL;
}

static const struct directory_entry *
keep(const struct planner *planner, const struct directory_entry *entry)
{
	struct arena *arena = planner->arena;
	size_t count = planner->swept.count;
	struct directory_entry *kept = arena_alloc(arena, sizeof *kept);

	kept->dn = arena_dup(arena, entry->dn);
	kept->values = arena_array(arena, count, sizeof *kept->values);
	for (size_t i = 0; i < count; i++) {
		size_t values = 0;

		while (entry->values[i][values] != NULL)
			values++;
		kept->values[i] =
		    arena_array(arena, values + 1, sizeof(char *));
		for (size_t j = 0; j < values; j++)
			kept->values[i][j] =
			    arena_dup(arena, entry->values[i][j]);
	}
	return kept;
}

static void
on_listed(
    struct sweep *sweep, struct seat *seat, const struct directory_entry *entry)
{
	struct planner *planner = sweep->planner;
	struct delta delta = delta_begin(planner, &sweep->scratch, entry, true);

	planner->found++;
	if (seat->rival != NULL)
		return;
	provision_update(&delta, seat);
	valve_count(planner, &delta);
	seat->waiting = is_waiting(entry);
	if (!delta.any)
		return;
	seat->entry = keep(planner, entry);
	seat->wants_name = delta.wants_name;
}

static void
add_leaver(struct planner *planner, const struct directory_entry *entry)
{
	if (planner->leaver_count == planner->leaver_room) {
		planner->leaver_room =
		    planner->leaver_room == 0 ? 256 : 2 * planner->leaver_room;
		planner->leavers = reallocarray(planner->leavers,
		    planner->leaver_room, sizeof *planner->leavers);
		if (planner->leavers == NULL)
			err_no_memory();
	}
	planner->leavers[planner->leaver_count++] = keep(planner, entry);
}

static bool
has_spared_name(const struct planner *planner,
    const struct directory_entry *entry, struct arena *scratch)
{
	static const size_t families[] = {SWEPT_SN, SWEPT_BIRTH_NAME};
	const char *given = entry->values[SWEPT_GIVEN][0];

	if (given == NULL)
		return false;
	given = names_key(scratch, given);
	for (size_t i = 0; i < COUNT_OF(families); i++)
		for (char **name = entry->values[families[i]]; *name != NULL;
		     name++)
			if (words_have(&planner->spared,
				arena_printf(scratch, "%s %s",
				    names_key(scratch, *name), given)))
				return true;
	return false;
}

static bool
is_spared(const struct planner *planner, const struct directory_entry *entry,
    struct arena *scratch)
{
	if (planner->spared.count == 0)
		return false;
	for (char **source = entry->values[SWEPT_SOURCE]; *source != NULL;
	     source++)
		if (words_have(&planner->spared, *source))
			return true;
	return has_spared_name(planner, entry, scratch);
}

/* Nobody leaves who was never listed; who may be somebody that is, is left out
 * when all have been seen. */
static void
on_unlisted(struct sweep *sweep, const struct directory_entry *entry)
{
	struct planner *planner = sweep->planner;
	struct delta delta = delta_begin(planner, &sweep->scratch, entry, true);

	if (entry->values[SWEPT_SOURCE][0] == NULL ||
	    !provision_is_judged(planner, entry->values[SWEPT_KIND]))
		return;
	if (!is_spared(planner, entry, &sweep->scratch))
		provision_leave(&delta);
	valve_count(planner, &delta);
	if (delta.any)
		add_leaver(planner, entry);
}

static int
on_person(const struct directory_entry *entry, void *context, struct err *err)
{
	struct sweep *sweep = context;
	struct planner *planner = sweep->planner;
	struct seat *seat;

	(void)err;
	if (entry->values[SWEPT_UID][0] == NULL)
		return 0;
	note_names(planner, entry, &sweep->scratch);
	seat = provision_match(planner, entry, &sweep->scratch);
	if (seat != NULL)
		on_listed(sweep, seat, entry);
	else
		on_unlisted(sweep, entry);
	arena_reuse(&sweep->scratch);
	if (++planner->entries % 1000 == 0)
		planner->provision->on_progress(planner->provision->context,
		    "comparing", planner->entries, 0);
	return 0;
}

/* --- names that were given out -------------------------------------------- */

/* Names are looked for by people who get a new one. */
static void
note_holders(struct planner *planner, char *const *sources, const char *name,
    const char *mark, struct arena *scratch)
{
	for (; *sources != NULL; sources++) {
		const struct index_item *item =
		    index_find(&planner->by_source, *sources);

		for (; item != NULL; item = item->next) {
			struct seat *seat = item->what;
			const char *login = "";
			struct held *held;

			if (seat->login != NULL && seat->entry == NULL)
				continue;
			held = arena_alloc(planner->arena, sizeof *held);
			*held = (struct held){.next = seat->held,
			    .name = arena_dup(planner->arena, name),
			    .ours = provision_mark_fits(
				planner, seat, mark, &login, scratch)};
			held->login = held->ours && strcmp(login, name) == 0;
			seat->held = held;
		}
	}
}

static int
on_reservation(
    const struct directory_entry *entry, void *context, struct err *err)
{
	struct sweep *sweep = context;

	(void)err;
	for (char **name = entry->values[0]; *name != NULL; name++) {
		const char *lower = text_lower(&sweep->scratch, *name);

		(void)words_add(&sweep->planner->reserved, lower);
		note_holders(sweep->planner, entry->values[1], lower,
		    entry->values[2][0], &sweep->scratch);
	}
	arena_reset(&sweep->scratch);
	return 0;
}

/* Only now it is known who has an account and who has not. */
static void
note_asked(struct planner *planner)
{
	for (size_t i = 0; i < planner->count; i++) {
		const struct seat *seat = &planner->seats[i];
		const struct doubt *doubt =
		    seat->login == NULL && !seat->joined ? seat->doubts : NULL;

		for (; doubt != NULL; doubt = doubt->next)
			(void)words_add(&planner->asked, doubt->account.login);
	}
}

static const char *const name_attributes_of[] = {
    "rentreeLogin", "rentreeSource", "description", NULL};

static int
read_names(struct sweep *sweep, const char *filter, struct err *err)
{
	const struct provision *provision = sweep->planner->provision;

	return directory_sweep(provision->directory,
		   provision->conf->registry_base, filter, name_attributes_of,
		   on_reservation, sweep, err) == 0
		   ? 0
		   : err_in(err, "registry_base %s",
			 provision->conf->registry_base);
}

static bool
needs_name(const struct seat *seat)
{
	return seat->wants_name ||
	       (seat->login == NULL && !seat->joined && seat->rival == NULL);
}

/* What somebody holds already, under whichever key. */
static int
ask_held(struct sweep *sweep, const struct seat *seat, struct err *err)
{
	struct planner *planner = sweep->planner;
	const char *filter = "";

	for (size_t key = 0; key < planner->provision->numbers->count; key++) {
		const char *sources[PROVISION_SOURCES_MAX];
		size_t count = provision_sources(planner->provision,
		    seat->person, key, &planner->line, sources);

		for (size_t i = 0; i < count; i++)
			filter = arena_printf(&planner->line, "%s%s", filter,
			    directory_equals(
				&planner->line, "rentreeSource", sources[i]));
	}
	return read_names(
	    sweep, arena_printf(&planner->line, "(|%s)", filter), err);
}

static int
ask_all_held(struct sweep *sweep, struct err *err)
{
	struct planner *planner = sweep->planner;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < planner->count; i++) {
		const struct seat *seat = &planner->seats[i];

		if (needs_name(seat))
			rc = ask_held(sweep, seat, err);
		arena_reuse(&planner->line);
	}
	return rc;
}

/* There are two names for everybody who ever was: for a nightly change of a
 * few, asking for theirs is less than reading them all. */
enum { ASKING_IS_LESS = 8 };

static int
sweep_names(struct sweep *sweep, struct err *err)
{
	struct planner *planner = sweep->planner;

	for (size_t i = 0; i < planner->count; i++)
		planner->wanting += needs_name(&planner->seats[i]) ? 1 : 0;
	if (planner->wanting == 0)
		return 0;
	if (planner->wanting > planner->entries / ASKING_IS_LESS)
		return read_names(
		    sweep, "(objectClass=rentreeReservation)", err);
	planner->asks = true;
	return ask_all_held(sweep, err);
}

int
provision_sweep(struct planner *planner, struct err *err)
{
	const struct provision *provision = planner->provision;
	struct sweep sweep = {.planner = planner};
	int rc;

	name_attributes(planner);
	rc = directory_sweep(provision->directory, provision->people_base,
	    "(uid=*)", planner->swept.list, on_person, &sweep, err);
	if (rc != 0)
		(void)err_in(err, "people");
	else
		rc = sweep_names(&sweep, err);
	arena_reset(&sweep.scratch);
	if (rc == 0)
		note_asked(planner);
	return rc;
}

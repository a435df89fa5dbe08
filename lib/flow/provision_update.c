/* What a row says about an account that exists. */
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/digest.h"

/* --- numbers -------------------------------------------------------------- */

/* Digests: every letter counts. */
static bool
list_has_exactly(const struct values *list, const char *value)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->values[i], value) == 0)
			return true;
	return false;
}

static void
list_remove(struct values *list, size_t at)
{
	list->values[at] = list->values[--list->count];
	list->values[list->count] = NULL;
}

struct label {
	const char *text; /* "{NUMEN}" */
	const char *source_label;
	const struct number *number;
};

static bool
has_label(const struct values *list, const char *label)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_has_prefix(list->values[i], label))
			return true;
	return false;
}

static bool
knows(struct delta *delta, const struct values *sources,
    const struct label *label)
{
	const struct digest_keys *keys = delta->planner->provision->numbers;

	for (size_t key = 0; key < keys->count; key++) {
		struct digest digest = digest_source(
		    keys, key, label->source_label, label->number->text);

		if (list_has_exactly(sources, digest.text))
			return true;
	}
	return false;
}

/* The same number under an older key gives way to the newest. */
static bool
remove_older(
    struct delta *delta, struct values *proofs, const struct label *label)
{
	const struct digest_keys *keys = delta->planner->provision->numbers;
	bool found = false;

	for (size_t key = 1; key < keys->count; key++) {
		struct digest digest = digest_proof(keys, key, label->number);

		for (size_t i = proofs->count; i-- > 0;)
			if (strcmp(proofs->values[i], digest.text) == 0) {
				list_remove(proofs, i);
				found = true;
			}
	}
	return found;
}

/*
 * A number that the account already goes by proves what it proved: where the
 * desk has revoked it, the feed does not bring it back. A new one takes the
 * place of the old one of its label, but never that of a proof that was given
 * out before any feed told a number.
 */
static void
renew_proof(struct delta *delta, const struct values *sources,
    struct values *proofs, const struct label *label)
{
	struct digest digest =
	    digest_proof(delta->planner->provision->numbers, 0, label->number);
	const char *newest = arena_dup(delta->arena, digest.text);

	if (knows(delta, sources, label)) {
		if (!remove_older(delta, proofs, label))
			return;
	} else if (has_label(sources, label->text)) {
		for (size_t i = proofs->count; i-- > 0;)
			if (text_has_prefix(proofs->values[i], label->text))
				list_remove(proofs, i);
	} else if (has_label(proofs, label->text)) {
		return;
	}
	if (!list_has_exactly(proofs, newest))
		proofs->values[proofs->count++] = newest;
}

static void
update_numbers(struct delta *delta, const struct feed_person *person)
{
	const struct label labels[] = {
	    {"{NUMEN}", "NUMEN", person->has_numen ? &person->numen : NULL},
	    {"{INE}", "INE", person->has_ine ? &person->ine : NULL}};
	struct values sources =
	    values_of(delta, SWEPT_SOURCE, PROVISION_SOURCES_MAX);
	struct values proofs = values_of(delta, SWEPT_PROOF, COUNT_OF(labels));
	const char *mine[PROVISION_SOURCES_MAX];
	size_t count = provision_sources(
	    delta->planner->provision, person, 0, delta->arena, mine);

	for (size_t i = 0; i < COUNT_OF(labels); i++)
		if (labels[i].number != NULL)
			renew_proof(delta, &sources, &proofs, &labels[i]);
	for (size_t i = 0; i < count; i++)
		if (!list_has_exactly(&sources, mine[i]))
			sources.values[sources.count++] = mine[i];
	delta_set(delta, SWEPT_SOURCE, sources.values, "number");
	delta_set(delta, SWEPT_PROOF, proofs.values, "number");
}

/* A file that does not know the day takes it from nobody. */
static void
update_birth(struct delta *delta, const struct feed_person *person)
{
	const struct digest_keys *keys = delta->planner->provision->numbers;
	const char *old = delta_old(delta, SWEPT_BIRTH);
	const char *uid = delta_old(delta, SWEPT_UID);
	struct birth birth = person->birth;
	struct digest digest;

	if (birth_fullness(&birth) < 2 && old != NULL)
		(void)digest_birth_agrees(
		    keys, old, uid, &person->birth, &birth);
	digest = digest_birth(keys, 0, uid, &birth);
	delta_set_one(
	    delta, SWEPT_BIRTH, arena_dup(delta->arena, digest.text), "birth");
}

/* --- the rest ------------------------------------------------------------- */

static void
update_class(struct delta *delta)
{
	static const char local_mail[] = "inetLocalMailRecipient";
	struct values classes = values_of(delta, SWEPT_CLASS, 2);

	values_add(&classes, "rentreeAccount");
	if (delta->renamed &&
	    text_equal_nocase(
		delta->planner->swept.list[delta->planner->swept.alias],
		"mailLocalAddress"))
		values_add(&classes, local_mail);
	delta_set(delta, SWEPT_CLASS, classes.values,
	    delta_old(delta, SWEPT_SOURCE) == NULL ? "adopted" : "name");
}

/* The names of an account we did not make are names that were given out. */
static void
adopt(struct delta *delta)
{
	struct planner *planner = delta->planner;
	struct values names = {arena_array(delta->arena, 1, sizeof(char *)), 0};
	char *const *mails = delta->entry->values[SWEPT_MAIL];
	const char *login =
	    text_lower(delta->arena, delta_old(delta, SWEPT_UID));
	size_t count = 0;

	while (mails[count] != NULL)
		count++;
	names.values = arena_array(delta->arena, count + 2, sizeof(char *));
	values_add(&names, login);
	for (size_t i = 0; i < count; i++)
		values_add(
		    &names, provision_local_part(delta->arena, mails[i]));
	for (size_t i = 0; i < names.count; i++)
		if (!provision_is_reserved(planner, names.values[i]) &&
		    words_add(&planner->reserved, names.values[i]))
			json_add_text(delta->names, names.values[i]);
	/* It has a password, although nobody may look: it is not invited. */
	if (delta_old(delta, SWEPT_ACTIVATED) == NULL &&
	    delta_old(delta, SWEPT_INVITED) == NULL)
		delta_set_time(delta, SWEPT_ACTIVATED,
		    planner->provision->now_ms, "adopted");
}

/* What the person has proved, or is about to, a feed does not overwrite. */
static void
update_rescue(struct delta *delta, const struct feed_person *person)
{
	if (person->mail == NULL || delta_old(delta, SWEPT_VERIFIED) != NULL ||
	    delta_old(delta, SWEPT_PENDING) != NULL)
		return;
	if (delta_old(delta, SWEPT_RESCUE) == NULL ||
	    !text_equal_nocase(delta_old(delta, SWEPT_RESCUE), person->mail))
		delta_set_one(delta, SWEPT_RESCUE, person->mail, "rescue");
}

static bool
is_judged_kind(struct planner *planner, char *kind)
{
	char *const one[] = {kind, NULL};

	return provision_is_judged(planner, one);
}

/* Kinds that this run judges come from the rows alone; the others stay, and
 * with them establishments nobody can tell apart. */
static const char **
update_affiliations(struct delta *delta, const struct feed_person *person)
{
	struct planner *planner = delta->planner;
	char *const *old = delta->entry->values[SWEPT_KIND];
	struct values kinds = values_of(delta, SWEPT_KIND, FEED_KINDS);
	struct values places =
	    values_of(delta, SWEPT_ESTABLISHMENT, FEED_UAI_MAX);
	bool others = false;

	kinds.count = 0;
	for (size_t i = 0; person->kinds[i] != NULL; i++)
		values_add(&kinds, person->kinds[i]);
	for (size_t i = 0; old[i] != NULL; i++)
		if (!values_have(&kinds, old[i]) &&
		    !is_judged_kind(planner, old[i])) {
			values_add(&kinds, old[i]);
			others = true;
		}
	kinds.values[kinds.count] = NULL;
	if (person->establishments[0] != NULL && !others)
		places.count = 0;
	for (size_t i = 0; person->establishments[i] != NULL; i++)
		values_add(&places, person->establishments[i]);
	places.values[places.count] = NULL;
	delta_set(delta, SWEPT_KIND, kinds.values, "kind");
	delta_set(delta, SWEPT_ESTABLISHMENT, places.values, "establishment");
	return kinds.values;
}

void
provision_update(struct delta *delta, struct seat *seat)
{
	const struct feed_person *person = seat->person;
	const char **kinds;

	if (delta_old(delta, SWEPT_SOURCE) == NULL) {
		delta->wants_name = true;
		if (!delta->probe)
			adopt(delta);
	}
	provision_update_names(delta, seat);
	update_class(delta);
	update_numbers(delta, person);
	update_birth(delta, person);
	update_rescue(delta, person);
	kinds = update_affiliations(delta, person);
	provision_state(delta, person, kinds);
	delta_set_one(delta, SWEPT_LAST_SEEN,
	    arena_printf(delta->arena, "%d", delta->planner->provision->year),
	    "seen");
}

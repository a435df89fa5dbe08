/* What a row says about the names of an account that exists, and the address
 * that a new one brings. */
#include <string.h>

#include "lib/base/json.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/names.h"

/* The value that says name, however it is written; NULL. An entry that we did
 * not make may hold several, in no order. */
static const char *
said(struct delta *delta, size_t attribute, const char *name)
{
	char *const *old = delta->entry->values[attribute];
	const char *key;

	if (old[0] != NULL && strcmp(old[0], name) == 0)
		return old[0];
	key = names_key(delta->arena, name);
	while (*old != NULL && strcmp(names_key(delta->arena, *old), key) != 0)
		old++;
	return *old;
}

/* HR systems write DUPONT; that is no better than Dupont. */
static bool
is_shouted(const char *name)
{
	for (; *name != '\0'; name++)
		if (*name >= 'a' && *name <= 'z')
			return false;
	return true;
}

static const char *
better_spelling(struct delta *delta, size_t attribute, const char *name)
{
	const char *old = said(delta, attribute, name);

	return old != NULL && is_shouted(name) ? old : name;
}

/* In the place of old, beside which the others stay; NULL: of them all. */
static void
put_name(
    struct delta *delta, size_t attribute, const char *old, const char *name)
{
	struct values list = values_of(delta, attribute, 1);

	if (old == NULL) {
		delta_set_one(delta, attribute, name, "name");
		return;
	}
	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.values[i], old) == 0)
			list.values[i] = name;
	delta_set(delta, attribute, list.values, "name");
}

static bool
has_value(const struct delta *delta, size_t attribute, const char *value)
{
	char *const *old = delta->entry->values[attribute];

	while (*old != NULL && strcmp(*old, value) != 0)
		old++;
	return *old != NULL;
}

static const char *
or_nothing(const char *text)
{
	return text != NULL ? text : "";
}

static void
update_display(struct delta *delta, const char *given, const char *family)
{
	const char *display =
	    arena_printf(delta->arena, "%s %s", given, family);
	const char *ours = arena_printf(delta->arena, "%s %s",
	    or_nothing(said(delta, SWEPT_GIVEN, given)),
	    or_nothing(said(delta, SWEPT_SN, family)));

	if (has_value(delta, SWEPT_CN, display))
		return;
	/* "Dupont Jean (DSI)" stays until the name itself is another. */
	if (delta->renamed || delta_old(delta, SWEPT_CN) == NULL)
		put_name(delta, SWEPT_CN, NULL, display);
	else if (has_value(delta, SWEPT_CN, ours))
		put_name(delta, SWEPT_CN, ours, display);
}

/* The first address of an entry that has none, or that of the new name. */
static void
add_address(struct delta *delta, struct seat *seat)
{
	struct planner *planner = delta->planner;
	bool none = delta_old(delta, SWEPT_MAIL) == NULL;
	size_t attribute = none ? SWEPT_MAIL : planner->swept.alias;
	struct values list = values_of(delta, attribute, 1);
	struct values all = values_of(delta, SWEPT_MAIL, list.count + 1);
	const char *mail, *local;

	delta->wants_name = true;
	if (delta->probe) {
		delta->any = true;
		return;
	}
	for (size_t i = 0; i < list.count; i++)
		values_add(&all, list.values[i]);
	mail = provision_choose_alias(planner, seat, (char *const *)all.values);
	if (mail == NULL)
		return;
	values_add(&list, mail);
	delta_set(delta, attribute, list.values, "name");
	local = provision_local_part(delta->arena, mail);
	if (!provision_holds(seat, local))
		json_add_text(delta->names, local);
	(void)words_add(&planner->reserved, local);
}

void
provision_update_names(struct delta *delta, struct seat *seat)
{
	const struct feed_person *person = seat->person;
	const struct name_keys keys = {seat->family, seat->birth, seat->given};
	const char *family = better_spelling(delta, SWEPT_SN, person->family);
	bool has_given = delta_old(delta, SWEPT_GIVEN) != NULL;
	const char *given = better_spelling(delta, SWEPT_GIVEN, person->given);

	delta->renamed =
	    said(delta, SWEPT_SN, person->family) == NULL ||
	    (has_given && said(delta, SWEPT_GIVEN, person->given) == NULL);
	update_display(delta, given, family);
	put_name(
	    delta, SWEPT_SN, said(delta, SWEPT_SN, person->family), family);
	put_name(
	    delta, SWEPT_GIVEN, said(delta, SWEPT_GIVEN, person->given), given);
	if (person->birth_family[0] != '\0')
		delta_set_one(
		    delta, SWEPT_BIRTH_NAME, person->birth_family, "name");
	delta_set_one(delta, SWEPT_GIVEN_NAMES, person->given_names, "name");
	delta_set(delta, SWEPT_NAME_KEY,
	    provision_name_keys(&keys, delta->arena), "name");
	if (delta->renamed || delta_old(delta, SWEPT_MAIL) == NULL)
		add_address(delta, seat);
}

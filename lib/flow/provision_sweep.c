#include <string.h>

#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/people_conf.h"
#include "lib/store/directory.h"

enum {
	SWEPT_UID,
	SWEPT_MAIL,
	SWEPT_SOURCE,
	SWEPT_RESCUE,
	SWEPT_INVITED,
	SWEPT_ACTIVATED,
};

struct sweep {
	const struct provision *provision;
	struct known *known;
	size_t entries;
};

static void
add_name(struct sweep *sweep, const char *name)
{
	(void)words_add(
	    &sweep->known->names, text_lower(sweep->known->names.arena, name));
}

/* Local parts count in every domain: a name is a name. */
static void
add_local_part(struct sweep *sweep, const char *mail)
{
	struct arena *arena = sweep->known->names.arena;

	add_name(sweep, arena_dup_n(arena, mail, strcspn(mail, "@")));
}

/* A run that died between an account and its invitation leaves somebody who
 * was never invited: the next plan does it. */
static void
note_waiting(struct sweep *sweep, const struct directory_entry *entry)
{
	char ***values = entry->values;

	if (values[SWEPT_UID][0] == NULL || values[SWEPT_RESCUE][0] == NULL ||
	    values[SWEPT_INVITED][0] != NULL ||
	    values[SWEPT_ACTIVATED][0] != NULL)
		return;
	for (char **source = values[SWEPT_SOURCE]; *source != NULL; source++)
		words_pair(
		    &sweep->known->waiting, *source, values[SWEPT_UID][0]);
}

static int
on_person(const struct directory_entry *entry, void *context, struct err *err)
{
	struct sweep *sweep = context;
	const struct provision *provision = sweep->provision;

	(void)err;
	for (char **uid = entry->values[SWEPT_UID]; *uid != NULL; uid++)
		add_name(sweep, *uid);
	for (char **mail = entry->values[SWEPT_MAIL]; *mail != NULL; mail++)
		add_local_part(sweep, *mail);
	for (char **source = entry->values[SWEPT_SOURCE]; *source != NULL;
	     source++)
		(void)words_add(&sweep->known->sources, *source);
	note_waiting(sweep, entry);
	if (++sweep->entries % 1000 == 0)
		provision->on_progress(
		    provision->context, "comparing", sweep->entries, 0);
	return 0;
}

static int
on_reservation(
    const struct directory_entry *entry, void *context, struct err *err)
{
	struct known *known = ((struct sweep *)context)->known;
	struct arena *arena = known->reserved.arena;

	(void)err;
	for (char **name = entry->values[0]; *name != NULL; name++) {
		const char *lower = text_lower(arena, *name);

		(void)words_add(&known->reserved, lower);
		for (char **source = entry->values[1]; *source != NULL;
		     source++)
			(void)words_add(&known->holders,
			    arena_printf(arena, "%s %s", lower, *source));
	}
	return 0;
}

int
provision_sweep(
    const struct provision *provision, struct known *known, struct err *err)
{
	static const char *const person_attributes[] = {"uid", "mail",
	    "rentreeSource", "rentreeRecoveryMail", "rentreeInvited",
	    "rentreeActivated", NULL};
	static const char *const name_attributes[] = {
	    "rentreeLogin", "rentreeSource", NULL};
	struct sweep sweep = {provision, known, 0};

	if (directory_sweep(provision->directory, provision->people_base,
		"(uid=*)", person_attributes, on_person, &sweep, err) != 0)
		return err_in(err, "people");
	if (directory_sweep(provision->directory,
		provision->conf->registry_base,
		"(objectClass=rentreeReservation)", name_attributes,
		on_reservation, &sweep, err) != 0)
		return err_in(
		    err, "registry_base %s", provision->conf->registry_base);
	return 0;
}

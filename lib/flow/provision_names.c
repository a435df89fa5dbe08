/* Names nobody has had before. */
#include <string.h>

#include "lib/base/text.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/login.h"
#include "lib/people/people_conf.h"

enum { HOMONYMS_MAX = 100000 };

const char *
provision_local_part(struct arena *arena, const char *mail)
{
	return text_lower(arena, arena_dup_n(arena, mail, strcspn(mail, "@")));
}

bool
provision_holds(const struct seat *seat, const char *name)
{
	const struct held *held = seat->held;

	while (held != NULL && strcmp(held->name, name) != 0)
		held = held->next;
	return held != NULL;
}

/* A run that was killed may have reserved a name for this very person, and an
 * account that was deleted has left its names to its owner. */
static bool
is_free(struct planner *planner, struct seat *seat, const char *name)
{
	return !words_have(&planner->names, name) &&
	       (!words_have(&planner->reserved, name) ||
		   provision_holds(seat, name));
}

static const char *
mail_of(struct planner *planner, const struct seat *seat, unsigned n)
{
	return login_mail(planner->arena, planner->provision->conf->mail,
	    seat->person->given_names, seat->person->family, n);
}

/* Where the last person of this very name left off: numbers are only taken
 * during a run. Whoever holds names already may hold a smaller one. */
static unsigned *
numbered(struct planner *planner, const struct seat *seat, const char *base)
{
	const char *mail = mail_of(planner, seat, 0);
	const char *key = arena_printf(
	    planner->arena, "%s %s", base, mail != NULL ? mail : "");
	const struct index_item *found = index_find(&planner->numbered, key);
	unsigned *number;

	if (found != NULL)
		return found->what;
	number = arena_alloc(planner->arena, sizeof *number);
	index_add(&planner->numbered, key, number);
	return number;
}

bool
provision_choose_names(struct planner *planner, struct seat *seat,
    const char *base, const char **login, const char **mail)
{
	size_t max = (size_t)planner->provision->conf->login_max;
	unsigned *last = numbered(planner, seat, base);

	for (unsigned n = seat->held != NULL ? 0 : *last; n < HOMONYMS_MAX;
	     n++) {
		const char *local;

		*login = login_candidate(planner->arena, base, n, max);
		*mail = mail_of(planner, seat, n);
		if (*mail == NULL)
			return false;
		local = provision_local_part(planner->arena, *mail);
		if (login_is_reserved(*login) || login_is_reserved(local) ||
		    !is_free(planner, seat, *login) ||
		    !is_free(planner, seat, local))
			continue;
		if (seat->held == NULL)
			*last = n + 1;
		(void)words_add(&planner->names, *login);
		(void)words_add(&planner->names, local);
		return true;
	}
	return false;
}

const char *
provision_choose_alias(
    struct planner *planner, struct seat *seat, char *const *mine)
{
	for (unsigned n = 0; n < HOMONYMS_MAX; n++) {
		const char *mail = mail_of(planner, seat, n), *local;

		if (mail == NULL)
			return NULL;
		for (size_t i = 0; mine[i] != NULL; i++)
			if (text_equal_nocase(mine[i], mail))
				return NULL;
		local = provision_local_part(planner->arena, mail);
		if (login_is_reserved(local) || !is_free(planner, seat, local))
			continue;
		(void)words_add(&planner->names, local);
		return mail;
	}
	return NULL;
}

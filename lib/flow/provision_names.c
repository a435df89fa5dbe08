/* Names nobody has had before. */
#include <string.h>

#include "lib/base/text.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/digest.h"
#include "lib/people/login.h"
#include "lib/people/people_conf.h"

enum { HOMONYMS_MAX = 100000, HELD_MAX = 1000 };

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
	return held != NULL && held->ours;
}

bool
provision_is_reserved(struct planner *planner, const char *name)
{
	const struct provision *provision = planner->provision;
	struct err err = {0};

	if (words_have(&planner->reserved, name))
		return true;
	if (!planner->asks || planner->broken.kind != ERR_NONE)
		return false;
	switch (directory_holds(provision->directory,
	    directory_dn(&planner->line, "rentreeLogin", name,
		provision->conf->registry_base),
	    "rentreeLogin", name, &err)) {
	case LOOKUP_FOUND:
		return words_add(&planner->reserved, name);
	case LOOKUP_FAILED:
		planner->broken = err;
		break;
	case LOOKUP_ABSENT:
		break;
	}
	return false;
}

/* A run that was killed may have reserved a name for this very person, and an
 * account that was deleted has left its names to its owner. */
static bool
is_free(struct planner *planner, struct seat *seat, const char *name)
{
	return !words_have(&planner->names, name) &&
	       (provision_holds(seat, name) ||
		   !provision_is_reserved(planner, name));
}

/* Nobody may have it, however it got away. */
static bool
is_taken(struct planner *planner, struct seat *seat, const char *name)
{
	return login_is_reserved(name) || !is_free(planner, seat, name);
}

/* In the arena of a line: of a frequent name many are tried. */
static const char *
mail_of(struct planner *planner, const struct seat *seat, unsigned n)
{
	return login_mail(&planner->line, planner->provision->conf->mail,
	    seat->person->given_names, seat->person->family, n);
}

static unsigned *
number_of(struct planner *planner, const char *key)
{
	const struct index_item *found = index_find(&planner->numbered, key);
	unsigned *number;

	if (found != NULL)
		return found->what;
	number = arena_alloc(planner->arena, sizeof *number);
	index_add(&planner->numbered, key, number);
	return number;
}

/*
 * Names are only taken during a run, so nobody tries again what others have
 * tried: login, below which each login of this base is taken, and both, where
 * the last person of this very name left off. Not for whoever holds names
 * already: they may hold a smaller one.
 */
struct numbering {
	unsigned *login, *both;
};

static unsigned
begin_numbering(struct planner *planner, const struct seat *seat,
    const char *base, struct numbering *numbering)
{
	const char *mail = mail_of(planner, seat, 0);

	numbering->login = number_of(planner, base);
	numbering->both =
	    number_of(planner, arena_printf(&planner->line, "%s %s", base,
				   mail != NULL ? mail : ""));
	if (seat->held != NULL)
		return 0;
	return *numbering->login > *numbering->both ? *numbering->login
						    : *numbering->both;
}

/* Both, if the address is free as well. */
static bool
take_names(struct planner *planner, struct seat *seat, const char *login,
    const char *mail)
{
	const char *local = provision_local_part(&planner->line, mail);

	if (is_taken(planner, seat, local))
		return false;
	(void)words_add(&planner->names, login);
	(void)words_add(&planner->names, local);
	return true;
}

const char *
provision_mark(const struct planner *planner, const struct seat *seat,
    const char *login, struct arena *arena)
{
	const struct digest digest = digest_birth(
	    planner->provision->numbers, 0, login, &seat->person->birth);

	return arena_printf(arena, "%s %s", login, digest.text);
}

bool
provision_mark_fits(struct planner *planner, const struct seat *seat,
    const char *mark, const char **login, struct arena *arena)
{
	const char *space = mark != NULL ? strchr(mark, ' ') : NULL;
	struct birth fuller;

	if (space == NULL)
		return true; /* it does not say */
	*login = arena_dup_n(arena, mark, (size_t)(space - mark));
	return digest_birth_agrees(planner->provision->numbers, space + 1,
	    *login, &seat->person->birth, &fuller);
}

/* The login that was theirs: an account that was deleted comes back under it,
 * whatever they are called by now, and so does one that another run is making
 * at this moment. */
static const char *
held_login(const struct planner *planner, const struct seat *seat)
{
	const char *found = NULL;

	for (const struct held *at = seat->held; at != NULL; at = at->next)
		if (at->login && !words_have(&planner->names, at->name) &&
		    (found == NULL || strcmp(at->name, found) < 0))
			found = at->name;
	return found;
}

/* The number in login, if it is one of this name; its address has it, too. */
static unsigned
number_in(struct planner *planner, const char *base, const char *login)
{
	size_t max = (size_t)planner->provision->conf->login_max;

	for (unsigned n = 0; n < HELD_MAX; n++)
		if (strcmp(login_candidate(&planner->line, base, n, max),
			login) == 0)
			return n;
	return 0;
}

static bool
choose_with_login(struct planner *planner, struct seat *seat, const char *login,
    unsigned n, const char **mail)
{
	for (; n < HOMONYMS_MAX; n++) {
		const char *address = mail_of(planner, seat, n);

		if (address == NULL)
			return false;
		if (!take_names(planner, seat, login, address))
			continue;
		*mail = arena_dup(planner->arena, address);
		return true;
	}
	return false;
}

bool
provision_choose_names(struct planner *planner, struct seat *seat,
    const char *base, const char **login, const char **mail)
{
	size_t max = (size_t)planner->provision->conf->login_max;
	struct numbering numbering;
	unsigned n = begin_numbering(planner, seat, base, &numbering);

	*login = held_login(planner, seat);
	if (*login != NULL)
		return choose_with_login(planner, seat, *login,
		    number_in(planner, base, *login), mail);
	for (; n < HOMONYMS_MAX; n++) {
		const char *name =
		    login_candidate(&planner->line, base, n, max);
		const char *address;

		if (is_taken(planner, seat, name)) {
			if (seat->held == NULL && n == *numbering.login)
				++*numbering.login;
			continue;
		}
		address = mail_of(planner, seat, n);
		if (address == NULL)
			return false;
		if (!take_names(planner, seat, name, address))
			continue;
		if (seat->held == NULL)
			*numbering.both = n + 1;
		*login = arena_dup(planner->arena, name);
		*mail = arena_dup(planner->arena, address);
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
		local = provision_local_part(&planner->line, mail);
		if (is_taken(planner, seat, local))
			continue;
		(void)words_add(&planner->names, local);
		return mail;
	}
	return NULL;
}

/* Who needs a letter. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/handout_internal.h"
#include "lib/flow/relance.h"
#include "lib/flow/wave.h"
#include "lib/people/address.h"
#include "lib/people/names.h"
#include "lib/people/people_conf.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"

/* The coarse question; what is mapped elsewhere is asked person by person. */
#define CANDIDATES                                                             \
	"(&(objectClass=rentreeAccount)(!(rentreeActivated=*))(uid=*))"

enum { UID, RESCUE, REFUSED, INVITED, INVITATIONS };
static const char *const attributes[] = {"uid", "rentreeRecoveryMail",
    "rentreeMailRefused", "rentreeInvited", "rentreeInvitations", NULL};

struct logins {
	const struct handout *handout;
	struct arena *arena;
	const char **list;
	size_t count, room;
};

static bool
is_beyond_mail(const struct handout *handout, const char *mail,
    const char *refused, int64_t invited_ms, long invitations)
{
	return mail == NULL || address_was_refused(refused, mail) ||
	       relance_is_over(
		   handout->conf, invited_ms, invitations, handout->now_ms);
}

static bool
is_candidate(const struct handout *handout, const struct directory_entry *entry)
{
	const char *invited = entry->values[INVITED][0];
	const char *times = entry->values[INVITATIONS][0];
	int64_t invited_ms = 0;
	long invitations = 1;

	if (invited != NULL && !clock_from_generalized(invited, &invited_ms))
		return true;
	if (times != NULL && !text_to_long(times, 0, LONG_MAX, &invitations))
		return true;
	return is_beyond_mail(handout, entry->values[RESCUE][0],
	    entry->values[REFUSED][0], invited_ms, invitations);
}

static int
on_entry(const struct directory_entry *entry, void *context, struct err *err)
{
	struct logins *logins = context;

	(void)err;
	if (entry->values[UID][0] == NULL ||
	    !is_candidate(logins->handout, entry))
		return 0;
	if (logins->count == logins->room) {
		logins->room = logins->room == 0 ? 1024 : 2 * logins->room;
		logins->list = reallocarray(
		    logins->list, logins->room, sizeof *logins->list);
		if (logins->list == NULL)
			err_no_memory();
	}
	logins->list[logins->count++] =
	    arena_dup(logins->arena, entry->values[UID][0]);
	return 0;
}

static const char *
establishment_of(const struct person *person)
{
	return person->establishments[0] != NULL ? person->establishments[0]
						 : "";
}

static bool
needs_letter(const struct handout *handout, const struct person *person)
{
	return !person->has_password &&
	       is_beyond_mail(handout, person->recovery_mail,
		   person->mail_refused, person->invited_ms,
		   person->invitations) &&
	       person->birth != NULL &&
	       person->letter_end_ms <= handout->now_ms &&
	       state_judge(&person->facts, handout->now_ms) == STATE_ACTIVE &&
	       wave_has(handout->waves, person->establishments);
}

static void
add(struct addressees *all, const struct person *person, struct arena *arena)
{
	struct addressee *one;

	if (all->count == all->room) {
		all->room = all->room == 0 ? 256 : 2 * all->room;
		all->list =
		    reallocarray(all->list, all->room, sizeof *all->list);
		if (all->list == NULL)
			err_no_memory();
	}
	one = &all->list[all->count++];
	*one = (struct addressee){
	    .dn = arena_dup(arena, person->dn),
	    .login = arena_dup(arena, person->login),
	    .name = arena_dup(arena, person->display),
	    .uai = arena_dup(arena, establishment_of(person)),
	    .sorted_by = arena_printf(arena, "%s %s %s %s",
		establishment_of(person), names_key(arena, person->family),
		names_key(arena, person->given), person->login),
	};
}

static int
by_place_and_name(const void *a, const void *b)
{
	const struct addressee *left = a, *right = b;

	return strcmp(left->sorted_by, right->sorted_by);
}

static int
look_at(const struct handout *handout, const char *login, struct arena *arena,
    struct addressees *all, struct err *err)
{
	struct arena row = {0};
	struct person person;
	enum lookup found =
	    directory_find_login(handout->directory, login, &row, &person, err);

	if (found == LOOKUP_FOUND && needs_letter(handout, &person))
		add(all, &person, arena);
	arena_reset(&row);
	return found == LOOKUP_FAILED ? -1 : 0;
}

int
handout_find(const struct handout *handout, struct arena *arena,
    struct addressees *all, struct err *err)
{
	struct logins logins = {.handout = handout, .arena = arena};
	int rc = directory_sweep(handout->directory, handout->people_base,
	    CANDIDATES, attributes, on_entry, &logins, err);

	for (size_t i = 0; rc == 0 && i < logins.count; i++) {
		rc = look_at(handout, logins.list[i], arena, all, err);
		handout->on_progress(
		    handout->context, "letters: looking", i + 1, logins.count);
	}
	free(logins.list);
	if (all->count > 0)
		qsort(all->list, all->count, sizeof *all->list,
		    by_place_and_name);
	return rc;
}

/* Who may do what to whom at the desk. */
#include "lib/flow/desk_act.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/desk_member.h"
#include "lib/flow/flow_conf.h"
#include "lib/flow/hands.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"

struct desk_tools
desk_tools_of(struct hands *hands)
{
	const struct workshop *shop = hands->shop;

	return (struct desk_tools){.site = shop->site,
	    .limits = shop->limits,
	    .desk = shop->desk,
	    .attributes = shop->attributes,
	    .numbers = shop->numbers,
	    .audit = shop->audit,
	    .sealer = &shop->sealer,
	    .directory = hands->directory,
	    .kv = hands->kv,
	    .arena = &hands->arena};
}

/* --- the operator --------------------------------------------------------- */

static enum desk_end
of_lookup(enum lookup found, enum desk_end absent)
{
	return found == LOOKUP_FOUND    ? DESK_DONE
	       : found == LOOKUP_ABSENT ? absent
					: DESK_FAILED;
}

enum desk_end
desk_operator_open(const struct desk_tools *tools, const char *uuid,
    struct desk_operator *who, struct err *err)
{
	struct person person;
	enum desk_end end;

	end = of_lookup(directory_find_uuid(
			    tools->directory, uuid, tools->arena, &person, err),
	    DESK_DENIED);
	if (end != DESK_DONE)
		return end;
	if (state_judge(&person.facts, clock_now_ms()) != STATE_ACTIVE)
		return DESK_DENIED;
	*who =
	    (struct desk_operator){.uuid = arena_dup(tools->arena, person.uuid),
		.actor = arena_printf(tools->arena, "desk:%s", person.login),
		.login = person.login,
		.dn = person.dn,
		.establishments = person.establishments,
		.proofs = person.proofs};
	return of_lookup(desk_member(tools->directory, tools->desk->group,
			     person.dn, tools->arena, err),
	    DESK_DENIED);
}

bool
desk_is_theirs(const struct desk_operator *who, const struct person *person)
{
	char **mine = who->establishments;

	if (who->uuid == NULL)
		return true;
	for (size_t i = 0; mine != NULL && mine[i] != NULL; i++)
		for (size_t j = 0; person->establishments[j] != NULL; j++)
			if (text_equal_nocase(
				mine[i], person->establishments[j]))
				return true;
	return false;
}

enum lookup
desk_find(const struct desk_tools *tools, const struct desk_operator *who,
    const char *uuid, struct person *person, struct err *err)
{
	enum lookup found = directory_find_uuid(
	    tools->directory, uuid, tools->arena, person, err);

	return found == LOOKUP_FOUND && !desk_is_theirs(who, person)
		   ? LOOKUP_ABSENT
		   : found;
}

/* --- the account ---------------------------------------------------------- */

/* Two accounts of one person have one number. */
static bool
has_a_number_of(const struct desk_operator *who, const struct person *person)
{
	for (size_t i = 0; who->proofs != NULL && who->proofs[i] != NULL; i++)
		for (size_t j = 0; person->proofs[j] != NULL; j++)
			if (strcmp(who->proofs[i], person->proofs[j]) == 0)
				return true;
	return false;
}

static bool
is_own(const struct desk_operator *who, const struct person *person)
{
	if (who->uuid != NULL)
		return strcmp(who->uuid, person->uuid) == 0 ||
		       has_a_number_of(who, person);
	return who->login != NULL &&
	       text_equal_nocase(who->login, person->login);
}

/* A name with a slip in it would protect nobody. */
static enum lookup
is_protected(const struct desk_tools *tools, const struct person *person,
    struct err *err)
{
	const char *group = tools->desk->protected_group;
	enum lookup there;

	if (group[0] == '\0')
		return LOOKUP_ABSENT;
	there = desk_group(tools->directory, group, tools->arena, err);
	if (there == LOOKUP_ABSENT)
		(void)err_set(err, ERR_CONFIG,
		    "[desk] protected_group: there is no such group, or we may "
		    "not see it");
	if (there != LOOKUP_FOUND)
		return LOOKUP_FAILED;
	return desk_member(
	    tools->directory, group, person->dn, tools->arena, err);
}

static enum desk_end
fence(const struct desk_tools *tools, const struct desk_operator *who,
    const struct person *person, struct err *err)
{
	if (!desk_is_theirs(who, person))
		return DESK_UNKNOWN;
	if (is_own(who, person))
		return DESK_SELF;
	switch (desk_member(tools->directory, tools->desk->group, person->dn,
	    tools->arena, err)) {
	case LOOKUP_FAILED:
		return DESK_FAILED;
	case LOOKUP_FOUND:
		return DESK_COLLEAGUE;
	case LOOKUP_ABSENT:
		break;
	}
	switch (is_protected(tools, person, err)) {
	case LOOKUP_FAILED:
		return DESK_FAILED;
	case LOOKUP_FOUND:
		return DESK_PROTECTED;
	case LOOKUP_ABSENT:
		break;
	}
	switch (state_judge(&person->facts, clock_now_ms())) {
	case STATE_ACTIVE:
		return DESK_DONE;
	case STATE_SUSPENDED:
		return DESK_SUSPENDED;
	default:
		return DESK_CLOSED;
	}
}

static enum desk_end
judge_kind(const struct person *person, enum desk_kind kind)
{
	switch (kind) {
	case DESK_CODE:
	case DESK_NUMEN:
	case DESK_PHONE:
		return person->birth == NULL ? DESK_NO_BIRTH : DESK_DONE;
	case DESK_LINK:
		return person->recovery_mail == NULL ? DESK_NO_RESCUE
						     : DESK_DONE;
	case DESK_INVITE:
		if (person->has_password)
			return DESK_ACTIVATED;
		return person->recovery_mail == NULL ? DESK_NO_RESCUE
						     : DESK_DONE;
	case DESK_LETTER:
		if (person->has_password)
			return DESK_ACTIVATED;
		return person->birth == NULL ? DESK_NO_BIRTH : DESK_DONE;
	case DESK_UNLOCK:
		return person->locked_ms == 0 ? DESK_NOT_NEEDED : DESK_DONE;
	case DESK_RESCUE:
		break;
	}
	return DESK_DONE;
}

/* fenced: what fence() says. */
static enum desk_end
judge_fenced(
    enum desk_end fenced, const struct person *person, enum desk_kind kind)
{
	/* That is what somebody who wants to unlock needs to be told. */
	if (fenced == DESK_SUSPENDED && kind == DESK_UNLOCK &&
	    person->facts.admin_lock)
		return DESK_ADMIN_LOCK;
	return fenced == DESK_DONE ? judge_kind(person, kind) : fenced;
}

enum desk_end
desk_may(const struct desk_tools *tools, const struct desk_operator *who,
    const struct person *person, enum desk_kind kind, struct err *err)
{
	return judge_fenced(fence(tools, who, person, err), person, kind);
}

bool
desk_may_each(const struct desk_tools *tools, const struct desk_operator *who,
    const struct person *person, enum desk_end may[DESK_KINDS], struct err *err)
{
	enum desk_end fenced = fence(tools, who, person, err);

	for (int kind = DESK_CODE; kind < DESK_KINDS; kind++)
		may[kind] = judge_fenced(fenced, person, (enum desk_kind)kind);
	return fenced != DESK_FAILED;
}

#include "lib/people/same_person.h"

#include <stddef.h>
#include <string.h>

/* An account that a feed never named: whoever has its name is asked about. */
static enum same_verdict
judge_stranger(const struct same_facts *facts)
{
	if (facts->birth == SAME_BIRTH_EQUAL)
		return SAME_ASK_LIKELY;
	if (facts->family == SAME_FAMILY_CROSSED &&
	    facts->birth == SAME_BIRTH_OTHER)
		return SAME_DIFFERENT;
	return SAME_ASK;
}

enum same_verdict
same_person(const struct same_facts *facts)
{
	if (facts->number == SAME_NUMBER_EQUAL)
		return SAME_PERSON;
	if (!facts->given || facts->family == SAME_FAMILY_OTHER)
		return SAME_DIFFERENT;
	if (!facts->ours)
		return judge_stranger(facts);
	switch (facts->birth) {
	case SAME_BIRTH_OTHER:
		return SAME_DIFFERENT;
	case SAME_BIRTH_UNKNOWN:
		return facts->family == SAME_FAMILY_EQUAL ? SAME_ASK
							  : SAME_DIFFERENT;
	case SAME_BIRTH_EQUAL:
		break;
	}
	if (facts->number == SAME_NUMBER_NONE)
		return SAME_ASK_LIKELY;
	return facts->family == SAME_FAMILY_EQUAL ? SAME_ASK : SAME_DIFFERENT;
}

static bool
is_one_key(const char *a, const char *b)
{
	return a != NULL && b != NULL && *a != '\0' && strcmp(a, b) == 0;
}

static bool
has_birth(const struct same_names *names)
{
	return names->birth != NULL && *names->birth != '\0';
}

enum same_family
same_family(const struct same_names *row, const struct same_names *account)
{
	bool both = has_birth(row) && has_birth(account);

	if (both ? is_one_key(row->birth, account->birth)
		 : is_one_key(row->usage, account->usage))
		return SAME_FAMILY_EQUAL;
	if (is_one_key(row->usage, account->birth) ||
	    is_one_key(row->birth, account->usage) ||
	    (both && is_one_key(row->usage, account->usage)))
		return SAME_FAMILY_CROSSED;
	return SAME_FAMILY_OTHER;
}

/*
 * state - may this account be recovered, and what is it called if not.
 *
 * The grammar is SupAnn's supannRessourceEtat, with or without its {COMPTE}
 * resource: "A:SupannActif", "A:SupannSursis", "I:SupannInactif",
 * "S:SupannVerrouAdministratif". An empty state counts as A:SupannActif (a
 * plain directory has none). Anything unreadable counts as not active, and so
 * does a value with dates (supannRessourceEtatDate), which are not read here.
 */
#ifndef LIB_PEOPLE_STATE_H
#define LIB_PEOPLE_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum state {
	STATE_ACTIVE,    /* A:* */
	STATE_SUSPENDED, /* S:* or the permanent directory lock */
	STATE_LEFT,      /* I:*, or an end date that is over */
	STATE_UNKNOWN,   /* unreadable: treated as not active */
};

struct state_facts {
	const char *state;    /* rentreeState; NULL or "" = none */
	int64_t state_end_ms; /* rentreeStateEnd; 0 = none */
	int64_t pwd_end_ms;   /* pwdEndTime; 0 = none */
	bool admin_lock;      /* pwdAccountLockedTime 000001010000Z */
};

enum state state_judge(const struct state_facts *facts, int64_t now_ms);
/* "active", "suspended", "left", "unknown": for audit and CLI. */
const char *state_name(enum state state);

#endif

#include "lib/flow/desk_visit.h"

#include "lib/flow/desk_session.h"

int
desk_visit_open(struct hands *hands, const struct desk_visit *visit,
    struct desk_operator *who, struct factor *factor, struct desk_host *host,
    struct err *err)
{
	static char *nowhere[] = {NULL};

	*host = (struct desk_host){
	    .door = DESK_DOOR_CLOSED, .login = "", .establishments = nowhere};
	switch (desk_session_open(hands, visit->cookie, who, factor, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		host->door = DESK_DOOR_SHUT;
		return 0;
	case LOOKUP_FOUND:
		break;
	}
	host->door = DESK_DOOR_OPEN;
	host->login = who->login;
	if (who->establishments != NULL)
		host->establishments = who->establishments;
	host->has_factor = factor->state == FACTOR_ENROLLED;
	return 0;
}

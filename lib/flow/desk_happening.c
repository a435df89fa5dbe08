/* Which audit lines a person's page tells of, and as what. */
#include "lib/flow/desk_look.h"

#include <string.h>

struct row {
	const char *event;
	enum desk_happening what;
	/* With a reason it was refused: not told. Unless it only counts later.
	 */
	bool only_done;
};

static const struct row rows[] = {
    {"recover.sent", DESK_LINK_SENT, false},
    {"recover.refused", DESK_LINK_ASKED, false},
    {"recover.undeliverable", DESK_LINK_LOST, false},
    {"remind.sent", DESK_LOGIN_SENT, false},
    {"remind.undeliverable", DESK_LOGIN_LOST, false},
    {"invite.sent", DESK_INVITED, false},
    {"invite.undeliverable", DESK_INVITE_LOST, false},
    {"password.changed", DESK_PASSWORD_CHANGED, false},
    {"change.refused", DESK_CHANGE_REFUSED, false},
    {"letter.opened", DESK_LETTER_TYPED, false},
    {"rescue.asked", DESK_RESCUE_ASKED, false},
    {"rescue.verified", DESK_RESCUE_VERIFIED, false},
    {"disown.reported", DESK_DISOWNED, false},
    {"account.disowned", DESK_DISOWNED, false},
    {"numen.reissue", DESK_WAS_REISSUED, true},
    {"numen.replace", DESK_WAS_REISSUED, true},
    {"account.link", DESK_WAS_SENT_A_LINK, true},
    {"account.recovery-mail", DESK_WAS_GIVEN_AN_ADDRESS, true},
    {"account.unlock", DESK_WAS_UNLOCKED, true},
    {"account.letter", DESK_WAS_GIVEN_A_LETTER, true},
    {"account.phone-code", DESK_WAS_TELEPHONED, true},
    {"account.suspend", DESK_WAS_SUSPENDED, true},
    {"account.resume", DESK_WAS_RESUMED, true},
};

enum desk_happening
desk_happening(const char *event, const char *reason)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (strcmp(rows[i].event, event) != 0)
			continue;
		if (rows[i].only_done && reason[0] != '\0' &&
		    strcmp(reason, desk_end_name(DESK_DONE)) != 0 &&
		    strcmp(reason, "cool-off") != 0)
			return DESK_NOT_TOLD;
		return rows[i].what;
	}
	return DESK_NOT_TOLD;
}

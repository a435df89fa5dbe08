/* What a person's page says of states, of the past and of what cannot be. */
#include "lib/web/desk.h"

const char *
desk_state_key(enum state state)
{
	switch (state) {
	case STATE_ACTIVE:
		return "desk.state.active";
	case STATE_SUSPENDED:
		return "desk.state.suspended";
	case STATE_LEFT:
		return "desk.state.left";
	case STATE_UNKNOWN:
		break;
	}
	return "desk.state.unknown";
}

static const char *const happenings[DESK_HAPPENINGS] = {
    [DESK_LINK_ASKED] = "desk.past.link-asked",
    [DESK_LINK_SENT] = "desk.past.link-sent",
    [DESK_LINK_LOST] = "desk.past.link-lost",
    [DESK_LOGIN_SENT] = "desk.past.login-sent",
    [DESK_LOGIN_LOST] = "desk.past.login-lost",
    [DESK_INVITED] = "desk.past.invited",
    [DESK_INVITE_LOST] = "desk.past.invite-lost",
    [DESK_PASSWORD_CHANGED] = "desk.past.password",
    [DESK_CHANGE_REFUSED] = "desk.past.refused",
    [DESK_LETTER_TYPED] = "desk.past.letter-typed",
    [DESK_RESCUE_ASKED] = "desk.past.rescue-asked",
    [DESK_RESCUE_VERIFIED] = "desk.past.rescue-verified",
    [DESK_DISOWNED] = "desk.past.disowned",
    [DESK_WAS_REISSUED] = "desk.past.reissued",
    [DESK_WAS_SENT_A_LINK] = "desk.past.desk-link",
    [DESK_WAS_GIVEN_AN_ADDRESS] = "desk.past.desk-address",
    [DESK_WAS_UNLOCKED] = "desk.past.unlocked",
    [DESK_WAS_GIVEN_A_LETTER] = "desk.past.letter",
    [DESK_WAS_TELEPHONED] = "desk.past.telephoned",
    [DESK_WAS_SUSPENDED] = "desk.past.suspended",
    [DESK_WAS_RESUMED] = "desk.past.resumed",
};

const char *
desk_past_key(enum desk_happening what)
{
	return happenings[what];
}

const char *
desk_why_key(enum desk_end end)
{
	static const char *const keys[DESK_ENDS] = {
	    [DESK_NOT_NEEDED] = "desk.why.not-needed",
	    [DESK_SELF] = "desk.why.own-account",
	    [DESK_COLLEAGUE] = "desk.why.desk-operator",
	    [DESK_PROTECTED] = "desk.why.protected",
	    [DESK_SUSPENDED] = "desk.why.suspended",
	    [DESK_CLOSED] = "desk.why.left",
	    [DESK_NO_RESCUE] = "desk.why.no-rescue",
	    [DESK_ACTIVATED] = "desk.why.activated",
	    [DESK_NO_BIRTH] = "desk.why.no-birth",
	    [DESK_ADMIN_LOCK] = "desk.why.admin-lock",
	};

	if (end == DESK_DONE)
		return NULL;
	return keys[end] != NULL ? keys[end] : "desk.why.other";
}

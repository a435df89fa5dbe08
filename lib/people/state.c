#include "lib/people/state.h"

#include <stddef.h>
#include <string.h>

static const char resource[] = "{COMPTE}";

/* E or E:subState. More (the dates of supannRessourceEtatDate) is not for this
 * reader, and taking it for active would re-open what is over. */
static enum state
read_state(const char *text)
{
	size_t name;

	if (strncmp(text, resource, sizeof(resource) - 1) == 0)
		text += sizeof(resource) - 1;
	if (*text == '\0')
		return STATE_UNKNOWN;
	if (text[1] != '\0') {
		name = strspn(text + 2, "abcdefghijklmnopqrstuvwxyz"
					"ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (text[1] != ':' || name == 0 || text[2 + name] != '\0')
			return STATE_UNKNOWN;
	}
	switch (*text) {
	case 'A':
		return STATE_ACTIVE;
	case 'S':
		return STATE_SUSPENDED;
	case 'I':
		return STATE_LEFT;
	default:
		return STATE_UNKNOWN;
	}
}

static bool
is_over(int64_t end_ms, int64_t now_ms)
{
	return end_ms != 0 && end_ms <= now_ms;
}

enum state
state_judge(const struct state_facts *facts, int64_t now_ms)
{
	enum state state = STATE_ACTIVE;

	if (facts->admin_lock)
		return STATE_SUSPENDED;
	if (facts->state != NULL && *facts->state != '\0')
		state = read_state(facts->state);
	if (state == STATE_ACTIVE && (is_over(facts->state_end_ms, now_ms) ||
					 is_over(facts->pwd_end_ms, now_ms)))
		return STATE_LEFT;
	return state;
}

const char *
state_name(enum state state)
{
	static const char *const names[] = {
	    [STATE_ACTIVE] = "active",
	    [STATE_SUSPENDED] = "suspended",
	    [STATE_LEFT] = "left",
	    [STATE_UNKNOWN] = "unknown",
	};

	return names[state];
}

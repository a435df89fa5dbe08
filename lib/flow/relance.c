#include "lib/flow/relance.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/invite.h"
#include "lib/flow/wave.h"
#include "lib/people/address.h"
#include "lib/people/people_conf.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"

enum { TIMES_MAX = 1000 };

/* What is asked of every account, in this order. */
enum swept {
	UID,
	INVITED,
	TIMES,
	ACTIVATED,
	CHANGED,
	RESCUE,
	REFUSED,
	LETTER_END,
	STATE,
	STATE_END,
	ESTABLISHMENT,
	SWEPT
};
static const char *const attributes[] = {"uid", "rentreeInvited",
    "rentreeInvitations", "rentreeActivated", "pwdChangedTime",
    "rentreeRecoveryMail", "rentreeMailRefused", "rentreeLetterEnd",
    "rentreeState", "rentreeStateEnd", "rentreeEstablishment", NULL};

struct look {
	const struct relance *relance;
	struct relance_counts *counts;
	bool send;
	size_t seen;
};

const char *
relance_state_name(enum relance_state state)
{
	static const char *const names[RELANCE_STATES] = {
	    [RELANCE_ACTIVE] = "active",
	    [RELANCE_INVITED] = "invited",
	    [RELANCE_EXPIRED] = "expired",
	    [RELANCE_REFUSED] = "refused",
	    [RELANCE_WAITING] = "waiting",
	    [RELANCE_LETTER] = "letter",
	    [RELANCE_UNREACHABLE] = "unreachable",
	    [RELANCE_CLOSED] = "closed",
	};

	return names[state];
}

static const char *
one(const struct directory_entry *entry, enum swept which)
{
	return entry->values[which][0];
}

/* 0: there is none. */
static int64_t
time_of(const struct directory_entry *entry, enum swept which)
{
	const char *text = one(entry, which);
	int64_t ms;

	return text != NULL && clock_from_generalized(text, &ms) ? ms : 0;
}

static bool
is_open(const struct directory_entry *entry, int64_t now_ms)
{
	const struct state_facts facts = {.state = one(entry, STATE),
	    .state_end_ms = time_of(entry, STATE_END)};

	return state_judge(&facts, now_ms) == STATE_ACTIVE;
}

static enum relance_state
state_of(const struct relance *relance, const struct directory_entry *entry)
{
	int64_t now_ms = relance->now_ms;
	int64_t invited_ms = time_of(entry, INVITED);

	if (!is_open(entry, now_ms))
		return RELANCE_CLOSED;
	if (one(entry, ACTIVATED) != NULL || one(entry, CHANGED) != NULL)
		return RELANCE_ACTIVE;
	if (time_of(entry, LETTER_END) > now_ms)
		return RELANCE_LETTER;
	if (one(entry, RESCUE) == NULL)
		return RELANCE_UNREACHABLE;
	if (address_was_refused(one(entry, REFUSED), one(entry, RESCUE)))
		return RELANCE_REFUSED;
	if (invited_ms == 0)
		return RELANCE_WAITING;
	return invited_ms + relance->activation_ms > now_ms ? RELANCE_INVITED
							    : RELANCE_EXPIRED;
}

/* The first invitation is not a further one. */
static bool
has_had_enough(const struct provision_conf *conf, long invitations)
{
	return invitations - 1 >= conf->relance_max;
}

static bool
is_long_ago(
    const struct provision_conf *conf, int64_t invited_ms, int64_t now_ms)
{
	return invited_ms + conf->relance_after_s * 1000LL <= now_ms;
}

bool
relance_is_over(const struct provision_conf *conf, int64_t invited_ms,
    long invitations, int64_t now_ms)
{
	return invited_ms != 0 && has_had_enough(conf, invitations) &&
	       is_long_ago(conf, invited_ms, now_ms);
}

static long
invitations_of(const struct directory_entry *entry)
{
	const char *text = one(entry, TIMES);
	long times = 1;

	if (text != NULL && !text_to_long(text, 0, TIMES_MAX, &times))
		times = TIMES_MAX;
	return times;
}

/* Named by the last invitation, so that there is one further one to each. */
static int
invite_again(const struct relance *relance, const struct directory_entry *entry,
    struct err *err)
{
	const char *language = relance->site->languages.list[0];
	struct invite_request request = {.login = one(entry, UID)};
	struct arena arena = {0};
	int rc;

	memcpy(
	    request.language, language, strnlen(language, FLOW_LANGUAGE - 1));
	visitor_make_ref(request.ref);
	rc = invite_ask(relance->kv, relance->sealer, &request,
	    arena_printf(&arena, "relance %s", one(entry, INVITED)),
	    relance->now_ms, err);
	arena_reset(&arena);
	return rc;
}

static bool
is_due(const struct relance *relance, const struct directory_entry *entry)
{
	return is_long_ago(
		   relance->conf, time_of(entry, INVITED), relance->now_ms) &&
	       wave_has(relance->waves, entry->values[ESTABLISHMENT]);
}

static int
on_entry(const struct directory_entry *entry, void *context, struct err *err)
{
	struct look *look = context;
	const struct relance *relance = look->relance;
	enum relance_state state = state_of(relance, entry);

	if (one(entry, UID) == NULL)
		return 0;
	look->counts->states[state]++;
	relance->on_progress(relance->context, "invitations", ++look->seen, 0);
	if ((state != RELANCE_INVITED && state != RELANCE_EXPIRED) ||
	    !is_due(relance, entry))
		return 0;
	if (has_had_enough(relance->conf, invitations_of(entry))) {
		look->counts->given_up++;
		return 0;
	}
	if (!look->send)
		return 0;
	if (invite_again(relance, entry, err) != 0)
		return -1;
	look->counts->sent++;
	return 0;
}

static int
look_at_all(const struct relance *relance, bool send,
    struct relance_counts *counts, struct err *err)
{
	struct look look = {.relance = relance, .counts = counts, .send = send};

	return directory_sweep(relance->directory, relance->people_base,
	    "(objectClass=rentreeAccount)", attributes, on_entry, &look, err);
}

int
relance_look(const struct relance *relance, struct relance_counts *counts,
    struct err *err)
{
	return look_at_all(relance, false, counts, err);
}

int
relance_send(const struct relance *relance, struct relance_counts *counts,
    struct err *err)
{
	return look_at_all(relance, true, counts, err);
}

#include "lib/people/leaving.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/base.h"
#include "lib/people/people_conf.h"
#include "lib/people/state.h"

#define ACTIVE "A:SupannActif"
#define GRACE "A:SupannSursis"
#define OVER "I:SupannInactif"

static const int64_t day_ms = 24 * 3600 * INT64_C(1000);

static const char *
without_resource(const char *state)
{
	static const char resource[] = "{COMPTE}";

	if (state == NULL)
		return "";
	return strncmp(state, resource, sizeof resource - 1) == 0
		   ? state + sizeof resource - 1
		   : state;
}

static enum state
read_state(const char *state)
{
	const struct state_facts facts = {.state = state};

	/* No dates in it: the moment does not matter. */
	return state_judge(&facts, 1);
}

bool
leaving_is_grace(const char *state)
{
	return strcmp(without_resource(state), GRACE) == 0;
}

bool
leaving_is_active(const char *state)
{
	return read_state(state) == STATE_ACTIVE && !leaving_is_grace(state);
}

static void
step_to(struct leaving *next, enum leaving_step step, const char *state,
    int64_t end_ms)
{
	next->step = step;
	next->state = state;
	next->end_ms = end_ms;
}

/* A row says that this person is here, until now at least. */
static void
stay(const struct leaving_facts *facts, struct leaving *next)
{
	next->absent_ms = 0;
	if (!leaving_is_active(facts->state))
		step_to(next, LEAVING_BACK, ACTIVE, facts->until_ms);
	else if (facts->state == NULL || facts->state[0] == '\0')
		step_to(next, LEAVING_NONE, ACTIVE, facts->until_ms);
	else
		next->end_ms = facts->until_ms;
}

/* Grace under way, counted from the day that began it; a later end of the
 * row's makes it longer. */
static void
wait(const struct leaving_facts *facts, struct leaving *next, int64_t now_ms)
{
	int64_t told_ms = facts->until_ms + facts->grace_ms;

	if (facts->listed && told_ms > facts->end_ms)
		next->end_ms = told_ms;
	else if (facts->end_ms == 0)
		next->end_ms = now_ms + facts->grace_ms;
	if (next->end_ms <= now_ms)
		step_to(next, LEAVING_OVER, OVER, next->end_ms);
}

/* However late the batch is: nobody is closed without a day's warning. */
static void
begin_grace(const struct leaving_facts *facts, struct leaving *next,
    int64_t since_ms, int64_t now_ms)
{
	int64_t end_ms = since_ms + facts->grace_ms;

	step_to(next, LEAVING_GRACE, GRACE,
	    end_ms > now_ms + day_ms ? end_ms : now_ms + day_ms);
}

/* Moments of the directory are whole seconds. */
static bool
is_another_feed(const struct leaving_facts *facts)
{
	return facts->feed_ms == 0 ||
	       facts->feed_ms / 1000 > facts->absent_ms / 1000;
}

static void
miss_again(
    const struct leaving_facts *facts, struct leaving *next, int64_t now_ms)
{
	if (is_another_feed(facts))
		begin_grace(facts, next, facts->absent_ms, now_ms);
	else
		next->step = LEAVING_STALE;
}

static void
leave(const struct leaving_facts *facts, struct leaving *next, int64_t now_ms)
{
	int64_t told_ms = facts->listed ? facts->until_ms : facts->end_ms;

	if (told_ms != 0 && told_ms <= now_ms)
		begin_grace(facts, next, told_ms, now_ms);
	else if (facts->absent_ms == 0) {
		next->step = LEAVING_NOTED;
		next->absent_ms = now_ms;
	} else if (now_ms - facts->absent_ms >= LEAVING_AGAIN_MS)
		miss_again(facts, next, now_ms);
}

struct leaving
leaving_next(const struct leaving_facts *facts, int64_t now_ms)
{
	struct leaving next = {
	    LEAVING_NONE, facts->state, facts->end_ms, facts->absent_ms};
	enum state state = read_state(facts->state);

	if (state != STATE_ACTIVE && state != STATE_LEFT)
		return next;
	if (facts->listed && (facts->until_ms == 0 || facts->until_ms > now_ms))
		stay(facts, &next);
	else if (leaving_is_grace(facts->state))
		wait(facts, &next, now_ms);
	else if (state == STATE_ACTIVE)
		leave(facts, &next, now_ms);
	return next;
}

struct leaving
leaving_new(int64_t until_ms, int64_t grace_ms, int64_t now_ms)
{
	struct leaving next = {LEAVING_NONE, ACTIVE, until_ms, 0};

	if (until_ms != 0 && until_ms <= now_ms)
		step_to(&next, LEAVING_GRACE, GRACE, until_ms + grace_ms);
	if (next.step == LEAVING_GRACE && next.end_ms <= now_ms)
		step_to(&next, LEAVING_OVER, OVER, next.end_ms);
	return next;
}

int64_t
leaving_grace_ms(const struct provision_conf *conf, const char *const *kinds)
{
	long longest = 0;

	for (; *kinds != NULL; kinds++) {
		long grace =
		    strcmp(*kinds, "etudiant") == 0  ? conf->grace_student_s
		    : strcmp(*kinds, "externe") == 0 ? conf->grace_external_s
						     : conf->grace_staff_s;

		if (grace > longest)
			longest = grace;
	}
	return (int64_t)longest * 1000;
}

int
leaving_warning(int64_t end_ms, int told, int64_t now_ms)
{
	static const int days[] = {1, 10, 30};

	if (end_ms <= now_ms)
		return 0;
	for (size_t i = 0; i < COUNT_OF(days); i++)
		if (end_ms - now_ms <= days[i] * day_ms)
			return told == 0 || days[i] < told ? days[i] : 0;
	return 0;
}

/* What becomes of an account: lib/people/leaving.h, written down. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/leaving.h"

static int64_t
time_of(const struct delta *delta, size_t attribute)
{
	const char *text = delta_old(delta, attribute);
	int64_t ms = 0;

	return text != NULL && clock_from_generalized(text, &ms) ? ms : 0;
}

/* rentreeLeaveTold: "20261130235959Z$10", the end and the days. */
static int
told_days(const struct delta *delta, const char *end)
{
	const char *told = delta_old(delta, SWEPT_TOLD);
	long days;

	if (told == NULL || !text_has_prefix(told, end) ||
	    told[strlen(end)] != '$' ||
	    !text_to_long(told + strlen(end) + 1, 1, 365, &days))
		return 0;
	return (int)days;
}

static void
warn(struct delta *delta, int64_t end_ms)
{
	char end[CLOCK_GENERALIZED];
	struct json *notice;
	int days;

	clock_generalized(end_ms, end);
	days = leaving_warning(
	    end_ms, told_days(delta, end), delta->planner->provision->now_ms);
	if (days == 0)
		return;
	delta_set_one(delta, SWEPT_TOLD,
	    arena_printf(delta->arena, "%s$%d", end, days), "warning");
	if (delta->probe)
		return;
	notice = json_add(delta->notices, NULL, json_new_object());
	json_text(notice, "letter", "leaving");
	json_text(notice, "until", end);
	json_number(notice, "days", days);
}

static const char *
word_of(enum leaving_step step)
{
	static const char *const words[] = {
	    [LEAVING_NONE] = "state",
	    [LEAVING_NOTED] = "absent",
	    [LEAVING_STALE] = "state",
	    [LEAVING_GRACE] = "state-sursis",
	    [LEAVING_OVER] = "state-inactif",
	    [LEAVING_BACK] = "state-actif",
	};

	return words[step];
}

/* pwdEndTime goes on refusing binds whatever becomes of the password. */
static void
close_or_open(struct delta *delta, const struct leaving *next)
{
	if (!delta->planner->has_policy)
		return;
	if (next->step == LEAVING_OVER &&
	    delta_old(delta, SWEPT_PWD_END) == NULL)
		delta_set_time(delta, SWEPT_PWD_END,
		    delta->planner->provision->now_ms, word_of(next->step));
	if (next->step == LEAVING_BACK)
		delta_set_time(delta, SWEPT_PWD_END, 0, word_of(next->step));
}

/* What is counted by the safety valve: somebody is seen to leave. Those who
 * were noted went through it then. */
static bool
begins_to_leave(const struct leaving_facts *facts, enum leaving_step step)
{
	return step == LEAVING_NOTED ||
	       (step == LEAVING_GRACE && facts->absent_ms == 0);
}

static struct roll_feed *
feed_of(struct planner *planner, const char *kind)
{
	for (size_t i = 0; i < planner->judged_count; i++)
		if (text_equal_nocase(planner->judged[i].kind, kind))
			return &planner->judged[i];
	return NULL;
}

/* Whoever is of several kinds is missed by all of their feeds. */
static struct roll_feed *
oldest_feed(struct planner *planner, const char *const *kinds)
{
	struct roll_feed *oldest = NULL;

	for (; *kinds != NULL; kinds++) {
		struct roll_feed *feed = feed_of(planner, *kinds);

		if (feed != NULL &&
		    (oldest == NULL || feed->written_ms < oldest->written_ms))
			oldest = feed;
	}
	return oldest;
}

void
provision_state(struct delta *delta, const struct feed_person *person,
    const char *const *kinds)
{
	const struct provision *provision = delta->planner->provision;
	struct roll_feed *feed = oldest_feed(delta->planner, kinds);
	const struct leaving_facts facts = {
	    .state = delta_old(delta, SWEPT_STATE),
	    .end_ms = time_of(delta, SWEPT_STATE_END),
	    .absent_ms = time_of(delta, SWEPT_ABSENT),
	    .listed = person != NULL,
	    .until_ms = person != NULL ? person->until_ms : 0,
	    .grace_ms = leaving_grace_ms(provision->conf, kinds),
	    .feed_ms = feed != NULL ? feed->written_ms : 0};
	struct leaving next = leaving_next(&facts, provision->now_ms);
	const char *why = word_of(next.step);

	if (begins_to_leave(&facts, next.step))
		delta->leaves = DELTA_LEAVES;
	if (next.step == LEAVING_STALE && delta->probe && feed != NULL)
		feed->held++;
	delta_set_one(delta, SWEPT_STATE, next.state, why);
	delta_set_time(delta, SWEPT_STATE_END, next.end_ms, why);
	delta_set_time(delta, SWEPT_ABSENT, next.absent_ms,
	    next.absent_ms == 0 ? "listed-again" : why);
	close_or_open(delta, &next);
	if (leaving_is_grace(next.state))
		warn(delta, next.end_ms);
	else if (next.step == LEAVING_BACK)
		delta_set_one(delta, SWEPT_TOLD, NULL, why);
}

bool
provision_is_judged(struct planner *planner, char *const *kinds)
{
	bool any = false;

	for (; *kinds != NULL; kinds++) {
		if (feed_of(planner, *kinds) == NULL)
			return false;
		any = true;
	}
	return any;
}

void
provision_leave(struct delta *delta)
{
	provision_state(
	    delta, NULL, (const char *const *)delta->entry->values[SWEPT_KIND]);
}

void
provision_tell_stale(struct planner *planner)
{
	const struct provision *provision = planner->provision;
	struct json *list = NULL, *item;

	for (size_t i = 0; i < planner->judged_count; i++) {
		const struct roll_feed *feed = &planner->judged[i];

		if (feed->held == 0)
			continue;
		planner->counts->warnings++;
		provision->on_line(provision->context,
		    arena_printf(planner->arena,
			"%s: %s was written before absences were noted: it "
			"judges nobody a second time (accounts: %zu)",
			feed->kind, feed->file, feed->held));
		if (planner->report == NULL)
			continue;
		if (list == NULL)
			list = json_add(
			    planner->report, "stale", json_new_array());
		item = json_add(list, NULL, json_new_object());
		json_text(item, "type", feed->kind);
		json_text(item, "file", feed->file);
		json_number(item, "accounts", (long long)feed->held);
	}
}

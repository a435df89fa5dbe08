#include "lib/flow/signin.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/hands.h"
#include "lib/flow/meters.h"
#include "lib/flow/trace.h"
#include "lib/people/password.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"
#include "lib/store/limiter.h"

static void
tell(struct hands *hands, const struct signin *signin, const char *reason,
    const struct person *person)
{
	trace_leave(hands, &(struct trace){.event = signin->event,
			       .ref = signin->ref,
			       .reason = reason,
			       .person = person,
			       .typed = signin->name,
			       .typed_len = strlen(signin->name)});
}

static enum lookup
count(struct hands *hands, const char *class_name, const char *value,
    struct err *err)
{
	struct limit_verdict verdict = {0};
	struct limit_list list = {0};

	limiter_add_value(&list, hands->shop->limit_key, class_name,
	    &signin_rates, value, strlen(value));
	if (limiter_count(hands->kv, &list, true, &verdict, err) != 0)
		return LOOKUP_FAILED;
	meters_limit(hands->shop->meters, &list, &verdict);
	return verdict.refused ? LOOKUP_ABSENT : LOOKUP_FOUND;
}

static enum lookup
find(struct hands *hands, const char *name, struct person *person,
    struct err *err)
{
	enum lookup got = directory_find_login(
	    hands->directory, name, &hands->arena, person, err);

	if (got == LOOKUP_ABSENT && strchr(name, '@') != NULL)
		got = directory_find_mail(
		    hands->directory, name, &hands->arena, person, err);
	if (got == LOOKUP_ABSENT)
		*person = (struct person){.uuid = ""};
	return got;
}

/* Whoever it is about, three questions go to the directory and no more: who is
 * it, is the decoy there (or, see bind_as(), a first bind), and a bind. A
 * directory far away, or slow, would else show on the marks who is known. */
static int
look_for_decoy(struct hands *hands, struct err *err)
{
	enum lookup there = directory_has_decoy(hands->directory, err);

	if (there == LOOKUP_FAILED)
		return -1;
	hands->no_decoy = there == LOOKUP_ABSENT;
	if (hands->no_decoy)
		log_event(LOG_LEVEL_WARN, "directory.no-decoy", "expected",
		    DIRECTORY_DECOY, NULL);
	return 0;
}

/* The same work for nobody. Without a decoy the last bind's time stands in. */
static enum lookup
bind_decoy(struct hands *hands, const char *password, struct err *err)
{
	if (hands->no_decoy)
		clock_sleep_ms(hands->bind_ms);
	else if (directory_try_decoy(hands->directory, password, err) != 0)
		return LOOKUP_FAILED;
	return LOOKUP_ABSENT;
}

static enum lookup
bind_in_vain(struct hands *hands, const char *password, struct err *err)
{
	return look_for_decoy(hands, err) == 0
		   ? bind_decoy(hands, password, err)
		   : LOOKUP_FAILED;
}

static enum lookup
bind_as(struct hands *hands, const struct person *person, const char *password,
    struct err *err)
{
	int64_t start_ms;
	enum lookup got;

	if (person->has_password && look_for_decoy(hands, err) != 0)
		return LOOKUP_FAILED;
	start_ms = clock_mono_ms();
	got =
	    directory_try_password(hands->directory, person->dn, password, err);
	/* Without a password of its own the directory refuses at once. */
	if (got == LOOKUP_ABSENT && !person->has_password)
		return bind_decoy(hands, password, err);
	hands->bind_ms = clock_mono_ms() - start_ms;
	return got;
}

/* Why nobody is bound as this person (uuid "": as nobody); NULL when the
 * password decides. Nobody's tries are counted like anybody's: it takes the
 * same time. */
static const char *
why_not(struct hands *hands, const struct signin *signin,
    const struct person *person, struct err *err)
{
	enum state state = state_judge(&person->facts, clock_now_ms());
	bool known = person->uuid[0] != '\0';

	switch (count(hands, "b", known ? person->uuid : signin->name, err)) {
	case LOOKUP_FAILED:
		return "unavailable";
	case LOOKUP_ABSENT:
		return known ? "account-limit" : "unknown";
	case LOOKUP_FOUND:
		break;
	}
	if (!known)
		return "unknown";
	return state == STATE_ACTIVE ? NULL : state_name(state);
}

static enum lookup
check(struct hands *hands, const struct signin *signin, const char *password,
    struct person *person, const char **reason, struct err *err)
{
	enum lookup within = count(hands, "u", signin->name, err);
	enum lookup found;

	if (within == LOOKUP_FAILED)
		return LOOKUP_FAILED;
	found = find(hands, signin->name, person, err);
	if (found == LOOKUP_FAILED)
		return LOOKUP_FAILED;
	*reason = within == LOOKUP_FOUND ? why_not(hands, signin, person, err)
					 : "name-limit";
	if (err->kind != ERR_NONE)
		return LOOKUP_FAILED;
	if (*reason != NULL)
		return bind_in_vain(hands, password, err);
	*reason = person->has_password ? "wrong-password" : "never-activated";
	return bind_as(hands, person, password, err);
}

enum lookup
signin_check(struct hands *hands, const struct signin *signin,
    struct person *person, struct err *err)
{
	const char *normal = password_normal(&hands->arena, signin->password);
	const char *reason = NULL;
	enum lookup got;

	*person = (struct person){.uuid = ""};
	got = check(hands, signin,
	    normal != NULL ? normal : signin_password("\xff"), person, &reason,
	    err);
	if (got == LOOKUP_ABSENT)
		tell(hands, signin, reason,
		    person->uuid[0] != '\0' ? person : NULL);
	return got;
}

#include "lib/flow/hooks.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/flow/flow_conf.h"
#include "lib/flow/hands.h"
#include "lib/flow/memcached.h"
#include "lib/flow/runner.h"
#include "lib/people/people_conf.h"
#include "lib/people/person.h"

/* --- SOGo ----------------------------------------------------------------- */

struct keys {
	struct arena *arena;
	const char *list[MEMCACHED_KEYS_MAX];
	size_t count;
};

static void
add_key(struct keys *keys, const char *name)
{
	const char *key = arena_printf(keys->arena, "%s+attributes", name);

	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->list[i], key) == 0)
			return;
	if (keys->count < MEMCACHED_KEYS_MAX)
		keys->list[keys->count++] = key;
}

static void
add_at_domain(struct keys *keys, const char *login, const char *domain)
{
	add_key(keys, arena_printf(keys->arena, "%s@%s", login, domain));
}

static void
gather(struct hands *hands, const struct person *person, struct keys *keys)
{
	const struct conf_words *own = &hands->shop->site->own_domains;

	add_key(keys, person->login);
	for (size_t i = 0; i < own->count; i++)
		add_at_domain(keys, person->login, own->list[i]);
	for (char **mail = person->mails; *mail != NULL; mail++) {
		const char *at = strrchr(*mail, '@');

		add_key(keys, *mail);
		if (at != NULL)
			add_at_domain(keys, person->login, at + 1);
	}
	for (char **alias = person->aliases; *alias != NULL; alias++)
		add_key(keys, *alias);
}

/* One server that is away does not keep the others. */
int
hooks_forget(struct hands *hands, const struct person *person, struct err *err)
{
	const struct conf_words *servers = &hands->shop->hooks->sogo_memcached;
	struct keys keys = {.arena = &hands->arena};
	int rc = 0;

	if (servers->count > 0)
		gather(hands, person, &keys);
	for (size_t i = 0; i < servers->count; i++)
		if (memcached_delete(hands->names, servers->list[i], keys.list,
			keys.count, HOOKS_MEMCACHED_MS, err) != 0)
			rc = -1;
	return rc;
}

/* --- the program ---------------------------------------------------------- */

static const char *
event_name(enum errand_what what)
{
	switch (what) {
	case ERRAND_RUN_CLOSED:
		return "account-suspended";
	case ERRAND_RUN_OPENED:
		return "account-resumed";
	default:
		return "password-changed";
	}
}

static const char *
event_line(struct hands *hands, const struct person *person,
    const struct errand *errand, const char *id)
{
	struct json *event = json_new_object();
	struct json *mails;
	const char *line;

	json_text(event, "id", id);
	json_text(event, "event", event_name(errand->what));
	json_text(event, "login", person->login);
	mails = json_add(event, "mails", json_new_array());
	for (char **mail = person->mails; *mail != NULL; mail++)
		json_add_text(mails, *mail);
	json_text(event, "ref", errand->ref);
	line = json_line(&hands->arena, event);
	json_free(event);
	return arena_printf(&hands->arena, "%s\n", line);
}

static int
judge(const struct runner_end *end, const char *program, struct err *err)
{
	switch (end->how) {
	case RUNNER_EXITED:
		if (end->code == 0)
			return 0;
		return err_set(err, ERR_UNAVAILABLE, "%s: ended with %d",
		    program, end->code);
	case RUNNER_SIGNALLED:
		return err_set(err, ERR_UNAVAILABLE, "%s: ended by signal %d",
		    program, end->code);
	case RUNNER_TIMED_OUT:
		return err_set(err, ERR_UNAVAILABLE, "%s: killed after %d ms",
		    program, HOOKS_TIMEOUT_MS);
	case RUNNER_NOT_STARTED:
		break;
	}
	return err_set(err, ERR_UNAVAILABLE, "%s: cannot be started: %s",
	    program, strerror(end->code));
}

int
hooks_run(struct hands *hands, const struct person *person,
    const struct errand *errand, const char *id, struct err *err)
{
	const char *program = hands->shop->hooks->after_password_change;
	struct runner_end end = {0};
	int rc;

	if (program[0] == '\0' || hands->shop->runner == NULL)
		return 0;
	if (runner_run(hands->shop->runner,
		event_line(hands, person, errand, id), HOOKS_TIMEOUT_MS, &end,
		err) != 0)
		return -1;
	rc = judge(&end, program, err);
	log_event(rc == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
	    rc == 0 ? "hook.done" : "hook.failed", "ref", errand->ref, "said",
	    end.output, NULL);
	return rc;
}

/* --- after a change, after a closing ---------------------------------------
 */

static int
owe(struct hands *hands, const struct errand *about, enum errand_what what,
    const char *id, struct err *err)
{
	struct errand errand = *about;

	errand.what = what;
	return errand_put(hands, &errand, id, err);
}

static int
follow(struct hands *hands, const struct person *person,
    const struct errand *about, const char *id, struct err *err)
{
	struct err away = {0};

	if (hooks_forget(hands, person, &away) != 0) {
		log_event(LOG_LEVEL_WARN, "hook.failed", "ref", about->ref,
		    "reason", away.text, NULL);
		if (owe(hands, about, ERRAND_FORGET, id, err) != 0)
			return -1;
	}
	if (hands->shop->hooks->after_password_change[0] == '\0')
		return 0;
	return owe(hands, about, about->what, id, err);
}

int
hooks_after_change(struct hands *hands, const struct person *person,
    const struct errand *about, const char *id, struct err *err)
{
	return hooks_after_state(hands, person, about, ERRAND_RUN, id, err);
}

int
hooks_after_state(struct hands *hands, const struct person *person,
    const struct errand *about, enum errand_what what, const char *id,
    struct err *err)
{
	struct errand errand = *about;

	errand.what = what;
	return follow(hands, person, &errand, id, err);
}

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/digest.h"
#include "lib/people/login.h"
#include "lib/people/people_conf.h"

enum { HOMONYMS_MAX = 100000 };

struct planner {
	const struct provision *provision;
	struct arena *arena;
	struct known *known;
	struct plan_writer *writer;
	struct provision_counts *counts;
};

/* Does one of the person's sources, behind head, stand among words? */
static bool
is_among(struct planner *planner, const struct feed_person *person,
    const char *head, const struct words *words)
{
	const char *sources[PROVISION_SOURCES_MAX];
	size_t keys = planner->provision->numbers->count;

	for (size_t key = 0; key < keys; key++) {
		size_t count = provision_sources(
		    planner->provision, person, key, planner->arena, sources);

		for (size_t i = 0; i < count; i++)
			if (words_have(words, arena_printf(planner->arena,
						  "%s%s", head, sources[i])))
				return true;
	}
	return false;
}

static bool
is_known(struct planner *planner, const struct feed_person *person)
{
	return is_among(planner, person, "", &planner->known->sources);
}

/* A run that was killed may have reserved a name for this very person. */
static bool
is_free(
    struct planner *planner, const struct feed_person *person, const char *name)
{
	const struct known *known = planner->known;

	if (words_have(&known->names, name))
		return false;
	return !words_have(&known->reserved, name) ||
	       is_among(planner, person,
		   arena_printf(planner->arena, "%s ", name), &known->holders);
}

static const char *
local_part(struct planner *planner, const char *mail)
{
	return arena_dup_n(planner->arena, mail, strcspn(mail, "@"));
}

/* The first number for which the login and the mail address are both free. */
static bool
choose_names(struct planner *planner, const struct feed_person *person,
    const char *base, const char **login, const char **mail)
{
	const struct provision_conf *conf = planner->provision->conf;
	struct words *names = &planner->known->names;

	for (unsigned n = 0; n < HOMONYMS_MAX; n++) {
		*login = login_candidate(
		    planner->arena, base, n, (size_t)conf->login_max);
		*mail = login_mail(planner->arena, conf->mail,
		    person->given_names, person->family, n);
		if (*mail == NULL)
			return false;
		if (login_is_reserved(*login) ||
		    !is_free(planner, person, *login) ||
		    !is_free(planner, person, local_part(planner, *mail)))
			continue;
		(void)words_add(names, *login);
		(void)words_add(names, local_part(planner, *mail));
		return true;
	}
	return false;
}

static void
write_creation(struct planner *planner, const struct feed_person *person,
    const char *login, const char *mail)
{
	struct json *line = json_new_object();
	struct json *names;

	json_text(line, "create", login);
	names = json_add(line, "names", json_new_array());
	json_add_text(names, login);
	if (strcmp(local_part(planner, mail), login) != 0)
		json_add_text(names, local_part(planner, mail));
	json_flag(line, "invite",
	    person->mail != NULL &&
		(person->until_ms == 0 ||
		    person->until_ms > planner->provision->now_ms));
	(void)json_add(line, "attributes",
	    provision_entry(
		planner->provision, person, login, mail, planner->arena));
	plan_writer_add(planner->writer, json_line(planner->arena, line));
	json_free(line);
}

/* For whom a run that was killed made an account and sent no invitation. */
static void
write_invitation(struct planner *planner, const struct feed_person *person)
{
	const char *sources[PROVISION_SOURCES_MAX], *login = NULL;
	size_t count = provision_sources(
	    planner->provision, person, 0, planner->arena, sources);
	const char *source = NULL;
	struct json *line;

	for (size_t i = 0; login == NULL && i < count; i++) {
		source = sources[i];
		login = words_value(&planner->known->waiting, source);
	}
	if (login == NULL || (person->until_ms != 0 &&
				 person->until_ms < planner->provision->now_ms))
		return;
	line = json_new_object();
	json_text(line, "invite_again", login);
	json_text(line, "source", source);
	plan_writer_add(planner->writer, json_line(planner->arena, line));
	json_free(line);
}

static void
moderate(
    struct planner *planner, const struct feed_person *person, const char *why)
{
	planner->counts->conflicts++;
	planner->provision->on_line(planner->provision->context,
	    arena_printf(planner->arena, "%s %s: no account: %s", person->given,
		person->family, why));
}

static void
plan_person(struct planner *planner, const struct feed_person *person)
{
	const struct provision_conf *conf = planner->provision->conf;
	const char *login, *mail;
	char *base;

	if (is_known(planner, person)) {
		planner->counts->unchanged++;
		write_invitation(planner, person);
		return;
	}
	switch (login_base(conf->login, person->given_names, person->family,
	    (size_t)conf->login_max, planner->arena, &base)) {
	case LOGIN_FOREIGN:
		moderate(planner, person,
		    "letters that cannot be written in a login");
		return;
	case LOGIN_SHORT:
		moderate(planner, person, "the name is too short for a login");
		return;
	case LOGIN_FINE:
		break;
	}
	if (!choose_names(planner, person, base, &login, &mail)) {
		moderate(planner, person, "no name is free");
		return;
	}
	write_creation(planner, person, login, mail);
	planner->counts->created++;
	if (person->mail == NULL)
		planner->counts->unreachable++;
}

static void
write_head(struct planner *planner, const char *const *files)
{
	struct json *line = json_new_object();
	struct json *list;
	char now[CLOCK_ISO];

	clock_iso(planner->provision->now_ms, now);
	json_number(line, "plan", 1);
	json_number(line, "year", planner->provision->year);
	json_text(line, "made", now);
	json_text(line, "base", planner->provision->people_base);
	list = json_add(line, "files", json_new_array());
	for (; *files != NULL; files++)
		json_add_text(list, *files);
	plan_writer_add(planner->writer, json_line(planner->arena, line));
	json_free(line);
}

static int
plan_all(const struct provision *provision, const char *const *files,
    const struct roll *roll, struct arena *arena, FILE *out,
    struct provision_counts *counts, struct err *err)
{
	struct known known = {
	    .names = {.arena = arena},
	    .reserved = {.arena = arena},
	    .holders = {.arena = arena},
	    .sources = {.arena = arena},
	    .waiting = {.arena = arena},
	};
	struct planner planner = {.provision = provision,
	    .arena = arena,
	    .known = &known,
	    .counts = counts};
	int rc;

	rc = provision_sweep(provision, &known, err);
	if (rc == 0) {
		planner.writer = plan_writer_new(out);
		write_head(&planner, files);
		for (size_t i = 0; i < roll->count; i++)
			plan_person(&planner, roll->list[i]);
		rc = plan_writer_end(planner.writer, err);
	}
	words_free(&known.names);
	words_free(&known.reserved);
	words_free(&known.holders);
	words_free(&known.sources);
	words_free(&known.waiting);
	return rc;
}

int
provision_plan(const struct provision *provision, const char *const *files,
    FILE *out, struct json *report, struct provision_counts *counts,
    struct err *err)
{
	struct arena arena = {0};
	struct roll roll = {0};
	int rc;

	rc = provision_read(
	    provision, files, &arena, &roll, report, counts, err);
	if (rc == 0 && roll.count == 0)
		rc = err_set(err, ERR_INPUT, "no usable row in the files");
	if (rc == 0)
		rc =
		    plan_all(provision, files, &roll, &arena, out, counts, err);
	free(roll.list);
	arena_reset(&arena);
	return rc;
}

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/flow/moderation.h"
#include "lib/flow/provision_internal.h"
#include "lib/flow/wave.h"
#include "lib/people/login.h"
#include "lib/people/people_conf.h"

/* --- telling -------------------------------------------------------------- */

static void
tell(struct planner *planner, const struct seat *seat, const char *why)
{
	planner->provision->on_line(planner->provision->context,
	    arena_printf(planner->arena, "%s %s: %s", seat->person->given,
		seat->person->family, why));
}

static void
refuse(struct planner *planner, const struct seat *seat, const char *why)
{
	planner->counts->conflicts++;
	tell(
	    planner, seat, arena_printf(planner->arena, "no account: %s", why));
}

static void
write_line(struct planner *planner, struct json *line)
{
	plan_writer_add(planner->writer, json_line(&planner->line, line));
	json_free(line);
}

/* --- people who have an account ------------------------------------------- */

static const char *
first_source(struct planner *planner, const struct seat *seat)
{
	const char *sources[PROVISION_SOURCES_MAX] = {NULL};

	(void)provision_sources(
	    planner->provision, seat->person, 0, &planner->line, sources);
	return sources[0];
}

/* For whom a run that was killed made an account and sent no invitation. */
/* To be invited: they are not gone, and their wave has come. */
static bool
is_their_turn(const struct planner *planner, const struct feed_person *person)
{
	const struct provision *provision = planner->provision;

	return (person->until_ms == 0 ||
		   person->until_ms > provision->now_ms) &&
	       wave_has(provision->waves, person->establishments);
}

static void
write_invitation(struct planner *planner, const struct seat *seat)
{
	struct json *line;

	if (!is_their_turn(planner, seat->person))
		return;
	line = json_new_object();
	json_text(line, "invite_again", seat->login);
	json_text(line, "source", first_source(planner, seat));
	write_line(planner, line);
}

static void
count_change(struct planner *planner, const struct delta *delta)
{
	if (!delta->any) {
		planner->counts->unchanged++;
		return;
	}
	planner->counts->changed++;
	planner->counts->leaving += delta->leaves == DELTA_LEAVES ? 1 : 0;
}

static void
plan_change(struct planner *planner, struct seat *seat)
{
	struct delta delta;

	if (seat->entry != NULL) {
		delta =
		    delta_begin(planner, &planner->line, seat->entry, false);
		delta.seat = seat;
		provision_update(&delta, seat);
		count_change(planner, &delta);
		delta_end(&delta, first_source(planner, seat));
	} else {
		planner->counts->unchanged++;
	}
	if (seat->waiting)
		write_invitation(planner, seat);
}

/* --- people who have none ------------------------------------------------- */

static void
write_creation(struct planner *planner, const struct seat *seat,
    const char *login, const char *mail)
{
	const struct feed_person *person = seat->person;
	const char *local = provision_local_part(&planner->line, mail);
	struct json *line = json_new_object();
	struct json *names;

	json_text(line, "create", login);
	json_text(line, "establishment", person->establishments[0]);
	json_text(line, "kind", person->kind);
	names = json_add(line, "names", json_new_array());
	if (!provision_holds(seat, login))
		json_add_text(names, login);
	if (strcmp(local, login) != 0 && !provision_holds(seat, local))
		json_add_text(names, local);
	if (json_size(names) > 0)
		json_text(line, "mark",
		    provision_mark(planner, seat, login, &planner->line));
	plan_add_names(line, "held", seat->held);
	plan_add_names(line, "strangers", seat->strangers);
	json_flag(line, "invite",
	    person->mail != NULL && is_their_turn(planner, person));
	(void)json_add(line, "attributes",
	    provision_entry(
		planner->provision, person, login, mail, &planner->line));
	write_line(planner, line);
}

/* A row that joins the numbers of two earlier ones. */
static bool
is_created_twice(struct planner *planner, const struct seat *seat)
{
	const char *sources[PROVISION_SOURCES_MAX];
	size_t count = provision_sources(
	    planner->provision, seat->person, 0, &planner->line, sources);

	for (size_t i = 0; i < count; i++) {
		const struct index_item *item =
		    index_find(&planner->by_source, sources[i]);

		for (; item != NULL; item = item->next)
			if (((struct seat *)item->what)->created)
				return true;
	}
	return false;
}

static void
create(struct planner *planner, struct seat *seat)
{
	const struct provision_conf *conf = planner->provision->conf;
	const struct feed_person *person = seat->person;
	const char *login, *mail;
	char *base;

	switch (login_base(conf->login, person->given_names, person->family,
	    (size_t)conf->login_max, planner->arena, &base)) {
	case LOGIN_FOREIGN:
		refuse(
		    planner, seat, "letters that cannot be written in a login");
		return;
	case LOGIN_SHORT:
		refuse(planner, seat, "the name is too short for a login");
		return;
	case LOGIN_FINE:
		break;
	}
	if (!provision_choose_names(planner, seat, base, &login, &mail)) {
		refuse(planner, seat, "no name is free");
		return;
	}
	write_creation(planner, seat, login, mail);
	seat->login = login;
	seat->created = true;
	planner->counts->created++;
	if (person->mail == NULL)
		planner->counts->unreachable++;
}

static void
ask(struct planner *planner, struct seat *seat)
{
	planner->counts->pending++;
	provision_ask(planner, seat);
	if (!seat->open)
		return;
	planner->counts->conflicts++;
	tell(planner, seat,
	    arena_printf(planner->arena,
		"may be %s: no account until you decide (rentree provision "
		"moderate)",
		seat->doubts->account.login));
}

static void
plan_seat(struct planner *planner, struct seat *seat)
{
	if (seat->joined)
		return;
	if (seat->rival != NULL) {
		refuse(planner, seat,
		    arena_printf(planner->arena,
			"more than one account or row goes by this number "
			"(%s)",
			seat->rival));
		return;
	}
	if (seat->login != NULL) {
		plan_change(planner, seat);
		return;
	}
	if (is_created_twice(planner, seat)) {
		refuse(planner, seat, "another row goes by this number");
		return;
	}
	provision_match_created(planner, seat);
	if (seat->doubts != NULL)
		ask(planner, seat);
	else
		create(planner, seat);
}

/* --- people nobody listed ------------------------------------------------- */

static int
by_login(const void *a, const void *b)
{
	const struct directory_entry *const *left = a, *const *right = b;

	return strcmp(
	    (*left)->values[SWEPT_UID][0], (*right)->values[SWEPT_UID][0]);
}

static void
plan_leavers(struct planner *planner)
{
	if (planner->leaver_count > 0)
		qsort(planner->leavers, planner->leaver_count,
		    sizeof *planner->leavers, by_login);
	for (size_t i = 0; i < planner->leaver_count; i++) {
		const struct directory_entry *entry = planner->leavers[i];
		struct delta delta;

		if (words_have(&planner->asked, entry->values[SWEPT_UID][0]))
			continue;
		delta = delta_begin(planner, &planner->line, entry, false);
		provision_leave(&delta);
		count_change(planner, &delta);
		delta_end(&delta, entry->values[SWEPT_SOURCE][0]);
		arena_reset(&planner->line);
	}
}

/* --- the plan ------------------------------------------------------------- */

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
	write_line(planner, line);
}

/* True when the valve refuses, and the operator did not foresee the number. */
static void
judge(struct planner *planner)
{
	const struct provision *provision = planner->provision;
	const char *sentence;
	struct json *line;
	long force;

	if (!valve_judge(planner, &sentence, &force))
		return;
	if (force == provision->force) {
		provision->on_line(provision->context,
		    arena_printf(planner->arena, "forced: %s", sentence));
		return;
	}
	line = json_new_object();
	json_text(line, "valve", sentence);
	json_number(line, "force", force);
	write_line(planner, line);
	planner->counts->refused = force;
	if (planner->report != NULL)
		json_text(planner->report, "refused", sentence);
	provision->on_line(provision->context,
	    arena_printf(planner->arena,
		"nothing is done: %s; is a file truncated? If not: --force "
		"%ld",
		sentence, force));
}

/* Questions about people of these files that did not arise again. */
static void
drop_answered(struct planner *planner)
{
	struct moderation_case *next, *one = planner->moderation->first;

	for (; one != NULL; one = next) {
		bool listed = false;

		next = one->next;
		for (size_t i = 0; one->sources[i] != NULL; i++)
			listed = listed || index_find(&planner->by_source,
					       one->sources[i]) != NULL;
		if (listed && !one->arose &&
		    (one->word == MODERATION_OPEN ||
			one->word == MODERATION_LATER))
			moderation_drop(planner->moderation, one);
	}
}

static bool
is_anybodys(const struct planner *planner, const char *wave)
{
	const char *const one[] = {wave, NULL};

	for (size_t i = 0; i < planner->count; i++)
		if (wave_has(one, planner->seats[i].person->establishments))
			return true;
	return false;
}

/* A slip in --wave would invite nobody, and say so nowhere. */
static void
tell_idle_waves(struct planner *planner)
{
	const struct provision *provision = planner->provision;
	const char *const *wave = provision->waves;

	for (; wave != NULL && *wave != NULL && !provision->partial; wave++)
		if (!is_anybodys(planner, *wave))
			provision->on_line(provision->context,
			    arena_printf(planner->arena,
				"wave %s: no establishment of the files "
				"begins so",
				*wave));
}

static int
plan_all(struct planner *planner, const char *const *files, FILE *out,
    struct err *err)
{
	enum lookup policy =
	    directory_knows(planner->provision->directory, "pwdEndTime", err);

	if (policy == LOOKUP_FAILED || provision_sweep(planner, err) != 0)
		return -1;
	planner->has_policy = policy == LOOKUP_FOUND;
	planner->writer = plan_writer_new(out);
	write_head(planner, files);
	judge(planner);
	for (size_t i = 0; i < planner->count; i++) {
		plan_seat(planner, &planner->seats[i]);
		arena_reuse(&planner->line);
	}
	plan_leavers(planner);
	drop_answered(planner);
	tell_idle_waves(planner);
	provision_tell_stale(planner);
	if (plan_writer_end(planner->writer, err) != 0)
		return -1;
	if (planner->broken.kind == ERR_NONE)
		return 0;
	*err = planner->broken;
	return err_in(err, "names");
}

static int
plan_roll(const struct provision *provision, const char *const *files,
    const struct roll *roll, struct json *report, struct arena *arena,
    FILE *out, struct provision_counts *counts, struct err *err)
{
	struct moderation moderation;
	struct planner planner = {.provision = provision,
	    .arena = arena,
	    .moderation = &moderation,
	    .report = report,
	    .counts = counts};
	int rc;

	if (moderation_open(&moderation, provision->moderation, arena, err) !=
	    0) {
		moderation_close(&moderation);
		return -1;
	}
	planner_seat(&planner, roll);
	rc = plan_all(&planner, files, out, err);
	/* A column that has slipped asks about everybody: those questions go
	 * the way of the plan. */
	if (rc == 0 && counts->refused == 0)
		rc = moderation_save(&moderation, err);
	arena_reset(&planner.line);
	planner_free(&planner);
	moderation_close(&moderation);
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
	if (rc == 0 && roll.count == 0 &&
	    (counts->rows > 0 || !provision->partial))
		rc = err_set(err, ERR_INPUT, "no usable row in the files");
	if (rc == 0)
		rc = plan_roll(
		    provision, files, &roll, report, &arena, out, counts, err);
	free(roll.list);
	free(roll.spared);
	arena_reset(&arena);
	return rc;
}

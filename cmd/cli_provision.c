#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/cli_batch.h"
#include "cmd/cli_letters.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/fault.h"
#include "lib/base/text.h"
#include "lib/store/audit.h"
#include "lib/store/kv.h"

enum {
	YEAR_MIN = 2000,
	YEAR_MAX = 2100,
	FORCE_MAX = 10000000,
	ROWS_MAX = 100000000
};

/* --- options ------------------------------------------------------------- */

/* 0, or the exit code. */
static int
read_force(const struct cli *cli, long *force)
{
	const char *typed = cli->options[CLI_FORCE];

	*force = -1;
	if (typed != NULL && !text_to_long(typed, 0, FORCE_MAX, force))
		return cli_usage(cli, "--force wants a number of accounts");
	return 0;
}

static int
read_options(const struct cli *cli, long *year, long *force)
{
	const char *typed = cli->options[CLI_YEAR];

	if (typed == NULL)
		return cli_usage(cli,
		    "--year is missing: 2026 is the school year 2026-2027");
	if (!text_to_long(typed, YEAR_MIN, YEAR_MAX, year))
		return cli_usage(cli, "--year is not a year, such as 2026");
	return read_force(cli, force);
}

/* --expect N,N: rows of each file, in the order of the files. 0, or the exit
 * code. */
static int
read_expected(struct cli *cli, const long **expected)
{
	const char *typed = cli->options[CLI_EXPECT];
	size_t count = 0;
	char **words;
	long *list;

	*expected = NULL;
	if (typed == NULL)
		return 0;
	words = text_split(&cli->arena, typed, ",", &count);
	if (count != cli->count)
		return cli_usage(cli,
		    "--expect wants a number of rows for each file, as "
		    "5012,48211");
	list = arena_array(&cli->arena, count, sizeof *list);
	for (size_t i = 0; i < count; i++)
		if (!text_to_long(words[i], 0, ROWS_MAX, &list[i]))
			return cli_usage(
			    cli, "--expect: %s is no number of rows", words[i]);
	*expected = list;
	return 0;
}

/* --- the plan's file ------------------------------------------------------ */

/* A plan under a name that nobody else can have: it holds names and addresses.
 * template ends in "XXXXXX" and a suffix of that many characters. */
static FILE *
create_plan(char *template, size_t suffix, struct err *err)
{
	int fd = mkostemps(template, (int)suffix, O_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;

	if (file != NULL)
		return file;
	err_set(
	    err, ERR_INPUT, "cannot write %s: %s", template, strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

static int
write_plan(struct cli_batch *batch, FILE *file, struct err *err)
{
	int rc;

	rc = provision_plan(&batch->provision,
	    (const char *const *)batch->cli->words, file, batch->report,
	    &batch->planned, err);
	batch->was_planned = batch->planned.rows > 0;
	if (rc == 0)
		rc = provision_summary(file,
		    json_add(batch->report, "summary", json_new_object()), err);
	return rc;
}

/* Old or new, never half a plan. */
static int
plan_into(struct cli_batch *batch, const char *path, struct err *err)
{
	char *beside = arena_printf(&batch->cli->arena, "%s.XXXXXX", path);
	FILE *file = create_plan(beside, 0, err);
	int rc;

	if (file == NULL)
		return -1;
	rc = write_plan(batch, file, err);
	if (rc == 0 && fsync(fileno(file)) != 0)
		rc = err_set(err, ERR_UNAVAILABLE, "cannot write %s: %s", path,
		    strerror(errno));
	fclose(file);
	FAULT_POINT("plan.written");
	if (rc == 0 && rename(beside, path) != 0)
		rc = err_set(err, ERR_INPUT, "cannot write %s: %s", path,
		    strerror(errno));
	FAULT_POINT("plan.named");
	if (rc == 0)
		batch->plan = path;
	else
		(void)unlink(beside);
	return rc;
}

int
cli_provision_plan(struct cli *cli, struct err *err)
{
	const char *path = cli->options[CLI_OUT];
	const long *expected;
	struct cli_batch batch;
	long year, force;
	int rc = read_options(cli, &year, &force);

	if (rc == 0)
		rc = read_expected(cli, &expected);
	if (rc != 0)
		return rc;
	if (path == NULL)
		path = arena_printf(&cli->arena, "rentree-%ld.plan", year);
	rc = cli_batch_begin(&batch, cli, year, err);
	batch.provision.force = force;
	batch.provision.expected = expected;
	if (rc == 0)
		rc = plan_into(&batch, path, err);
	return cli_batch_end(&batch, rc, err);
}

/* --- applying ------------------------------------------------------------- */

/* Redis is asked before anything else is done: an account without its
 * invitation helps nobody. */
static int
open_for_writing(struct cli_batch *batch, struct err *err)
{
	struct cli *cli = batch->cli;
	int64_t redis_ms;

	if (cli_audit(cli, err) != 0 || cli_sealer(cli, err) != 0 ||
	    cli_kv(cli, err) != 0)
		return -1;
	if (kv_time(cli->kv, &redis_ms, err) != 0 ||
	    kv_check_functions(cli->kv, err) != 0)
		return err_in(err, "redis");
	batch->provision.kv = cli->kv;
	batch->provision.sealer = &cli->sealer;
	return cli_letters_check(cli, err);
}

static int
note(struct cli_batch *batch, const char *event, const char *reason,
    struct err *err)
{
	const struct audit_entry entry = {
	    .event = event, .actor = cli_actor(batch->cli), .reason = reason};

	return audit_write(batch->cli->audit, &entry, err);
}

static int
note_end(struct cli_batch *batch, bool whole, struct err *err)
{
	const struct provision_counts *done = &batch->applied;

	return note(batch, "provision.end",
	    arena_printf(&batch->cli->arena,
		"%s: %zu created, %zu changed, %zu unchanged, %zu "
		"conflicts, %zu invited",
		whole ? "done" : "broken off", done->created, done->changed,
		done->unchanged, done->conflicts, done->invited),
	    err);
}

static int
apply(struct cli_batch *batch, FILE *plan, const char *name, struct err *err)
{
	struct err note_err = {0};
	int rc;

	if (note(batch, "provision.begin", NULL, err) != 0)
		return -1;
	rc = provision_apply(
	    &batch->provision, plan, name, &batch->applied, err);
	/* A plan that could not even be read is no result. */
	batch->was_applied = rc == 0 || batch->applied.created > 0 ||
			     batch->applied.changed > 0 ||
			     batch->applied.unchanged > 0 ||
			     batch->applied.conflicts > 0;
	if (note_end(batch, rc == 0, &note_err) != 0 && rc == 0) {
		*err = note_err;
		rc = -1;
	}
	return rc;
}

int
cli_provision_apply(struct cli *cli, struct err *err)
{
	const char *path = cli->words[0];
	struct cli_batch batch;
	FILE *plan = NULL;
	long force;
	int rc = read_force(cli, &force);

	if (rc != 0)
		return rc;
	/* Nobody is to think that it holds invitations back. */
	if (cli->options[CLI_WAVE] != NULL && cli->options[CLI_LETTERS] == NULL)
		return cli_usage(cli,
		    "whom to invite is in the plan: --wave is for provision "
		    "plan, or here for --letters");
	rc = cli_batch_begin(&batch, cli, 0, err);
	if (rc == 0)
		rc = open_for_writing(&batch, err);
	if (rc == 0) {
		plan = fopen(path, "re");
		if (plan == NULL)
			rc = err_set(
			    err, ERR_INPUT, "%s: %s", path, strerror(errno));
	}
	if (rc == 0)
		rc = plan_check_valve(plan, path, force, err);
	if (rc == 0)
		rc = apply(&batch, plan, path, err);
	if (rc == 0)
		rc = cli_letters_write(&batch, err);
	if (plan != NULL)
		fclose(plan);
	return cli_batch_end(&batch, rc, err);
}

/*
 * The plan has a name while it is applied: should this be killed, the same
 * plan can be finished, with the invitations it had not sent.
 */
static int
plan_and_apply_unnamed(struct cli_batch *batch, struct err *err)
{
	const char *folder = secure_getenv("TMPDIR");
	char *path = arena_printf(&batch->cli->arena, "%s/rentree-XXXXXX.plan",
	    folder != NULL && folder[0] == '/' ? folder : P_tmpdir);
	FILE *plan = create_plan(path, strlen(".plan"), err);
	int rc;

	if (plan == NULL)
		return -1;
	rc = write_plan(batch, plan, err);
	if (rc == 0 && batch->planned.refused == 0) {
		FAULT_POINT("provision.planned");
		rewind(plan);
		rc = apply(batch, plan, path, err);
	}
	fclose(plan);
	if (rc == 0 || batch->applied.created + batch->applied.changed == 0)
		(void)unlink(path);
	else
		batch->plan = path;
	return rc;
}

static int
name_plan(const char *from, const char *to, struct err *err)
{
	return rename(from, to) == 0
		   ? 0
		   : err_set(err, ERR_INPUT, "cannot name %s: %s", to,
			 strerror(errno));
}

/* What a run that was broken off has done is undone from its plan alone: this
 * run does not write over it. */
static int
keep_unfinished(
    struct cli_batch *batch, const char *unfinished, struct err *err)
{
	struct arena *arena = &batch->cli->arena;
	char when[CLOCK_GENERALIZED];
	struct stat status;
	const char *kept;

	if (stat(unfinished, &status) != 0)
		return 0;
	clock_generalized((int64_t)status.st_mtime * 1000, when);
	kept = arena_printf(arena, "%s-%s", unfinished, when);
	if (name_plan(unfinished, kept, err) != 0)
		return -1;
	batch->provision.on_line(batch->provision.context,
	    arena_printf(arena,
		"%s: the plan of a run that was broken off: what it has done "
		"is undone by provision ldif --inverse; this run goes on",
		kept));
	return 0;
}

static int
apply_named(struct cli_batch *batch, const char *path, struct err *err)
{
	FILE *plan = fopen(path, "re");
	int rc;

	if (plan == NULL)
		return err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	rc = apply(batch, plan, path, err);
	fclose(plan);
	return rc;
}

/* Under a name of the operator's it stays: what undoes a run is made from its
 * plan. It gets that name when it is done (or refused: nothing was done). */
static int
plan_and_apply(struct cli_batch *batch, struct err *err)
{
	const char *path = batch->cli->options[CLI_OUT];
	const char *unfinished;
	int rc;

	if (path == NULL)
		return plan_and_apply_unnamed(batch, err);
	unfinished = arena_printf(&batch->cli->arena, "%s.unfinished", path);
	if (keep_unfinished(batch, unfinished, err) != 0 ||
	    plan_into(batch, unfinished, err) != 0)
		return -1;
	if (batch->planned.refused == 0)
		rc = apply_named(batch, unfinished, err);
	else
		rc = 0;
	if (rc != 0)
		return rc;
	rc = name_plan(unfinished, path, err);
	/* Done, nothing is left to be applied. */
	batch->plan = batch->planned.refused > 0 ? path : NULL;
	return rc;
}

int
cli_provision_run(struct cli *cli, struct err *err)
{
	const long *expected;
	struct cli_batch batch;
	long year, force;
	int rc = read_options(cli, &year, &force);

	if (rc == 0)
		rc = read_expected(cli, &expected);
	if (rc != 0)
		return rc;
	rc = cli_batch_begin(&batch, cli, year, err);
	batch.provision.force = force;
	batch.provision.expected = expected;
	if (rc == 0)
		rc = open_for_writing(&batch, err);
	if (rc == 0)
		rc = plan_and_apply(&batch, err);
	if (rc == 0 && batch.was_applied)
		rc = cli_letters_write(&batch, err);
	return cli_batch_end(&batch, rc, err);
}

/* Those who have no letter yet, whichever run made their account. */
int
cli_provision_letters(struct cli *cli, struct err *err)
{
	struct cli_batch batch;
	int rc;

	cli->options[CLI_LETTERS] = cli->words[0];
	rc = cli_batch_begin(&batch, cli, 0, err);
	if (rc == 0)
		rc = cli_letters_check(cli, err);
	if (rc == 0)
		rc = cli_letters_write(&batch, err);
	return cli_batch_end(&batch, rc, err);
}

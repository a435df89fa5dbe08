#include "cmd/cli_batch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cli_letters.h"
#include "cmd/cli_lock.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/flow/flow_conf.h"

/* What --quiet holds back until it is known whether anybody wants it. */
enum { HELD_MAX = 256 * 1024, CLI_LINE_MAX = 4096 };

/* --- beginning ----------------------------------------------------------- */

static void
on_line(void *context, const char *line)
{
	struct cli_batch *batch = context;

	cli_progress_clear(&batch->progress);
	if (!batch->progress.quiet)
		fprintf(stderr, "%s\n", cli_clean(batch->cli, line));
	else if (batch->held.len < HELD_MAX - CLI_LINE_MAX)
		buf_addf(&batch->held, "%s\n", cli_clean(batch->cli, line));
	else if (batch->held_back++ == 0)
		buf_addf(&batch->held, "... and more: see the report\n");
}

static void
on_progress(void *context, const char *what, size_t done, size_t total)
{
	struct cli_batch *batch = context;

	cli_progress_show(&batch->progress, what, done, total);
}

/* Mapped attributes that hold the date itself. */
static const char *const *
clear_births(struct cli *cli)
{
	const struct conf_words *names = &cli->settings.attributes.birth_date;
	const char **list =
	    arena_array(&cli->arena, names->count + 1, sizeof(char *));
	size_t count = 0;

	for (size_t i = 0; i < names->count; i++)
		if (!text_equal_nocase(names->list[i], "rentreeBirth"))
			list[count++] = names->list[i];
	return list;
}

const char *
cli_moderation_path(struct cli *cli)
{
	const char *path = cli->settings.provision.moderation;

	if (path[0] != '\0')
		return path;
	return arena_printf(
	    &cli->arena, "%s/moderation.jsonl", cli->settings.provision.state);
}

/* Told before anything is done, not after all of it. */
static int
check_place(struct cli *cli, const char *path, struct err *err)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	const char *folder = ".";

	if (path == NULL)
		return 0;
	if (slash != NULL)
		folder = arena_printf(
		    &cli->arena, "%.*s", (int)(slash + 1 - path), path);
	if (access(folder, W_OK | X_OK) == 0)
		return 0;
	return err_set(err, ERR_INPUT, "cannot write beside %s: %s", path,
	    strerror(errno));
}

int
cli_batch_begin(
    struct cli_batch *batch, struct cli *cli, long year, struct err *err)
{
	const struct settings *s = &cli->settings;

	*batch = (struct cli_batch){
	    .cli = cli, .report = json_new_object(), .lock = -1};
	cli_progress_begin(&batch->progress);
	batch->progress.quiet = cli->options[CLI_QUIET] != NULL;
	batch->began_ms = clock_now_ms();
	buf_init(&batch->held, HELD_MAX);
	if (cli_settings(cli, err) != 0 ||
	    check_place(cli, cli->options[CLI_REPORT], err) != 0 ||
	    check_place(cli, cli->options[CLI_TEXTFILE], err) != 0)
		return -1;
	batch->lock = cli_lock(cli, err);
	if (batch->lock < 0 || cli_numbers(cli, err) != 0 ||
	    cli_directory(cli, err) != 0)
		return -1;
	batch->provision = (struct provision){.conf = &s->provision,
	    .site = &s->site,
	    .people_base = s->directory.base,
	    .numbers = &cli->numbers,
	    .directory = cli->directory,
	    .year = (int)year,
	    .force = -1,
	    .waves = cli_waves(cli),
	    .partial = cli->options[CLI_PARTIAL] != NULL,
	    .moderation = cli_moderation_path(cli),
	    .clear_birth = clear_births(cli),
	    .expels = hooks_conf_any(&s->hooks),
	    .now_ms = clock_now_ms(),
	    .on_line = on_line,
	    .on_progress = on_progress,
	    .context = batch};
	return 0;
}

/* --- ending -------------------------------------------------------------- */

/* Something to report: rows, or files that could not be taken at all. Not a
 * batch that never began: the report may be that of the one at work. */
static bool
has_result(const struct cli_batch *batch, int rc, const struct err *err)
{
	return batch->was_planned || batch->was_applied || batch->had_letters ||
	       (rc != 0 && batch->provision.year > 0 &&
		   (err->kind == ERR_INPUT || err->kind == ERR_REFUSED));
}

static int
exit_code(const struct cli_batch *batch, int rc, const struct err *err)
{
	if (rc != 0)
		return err_exit_code(err->kind);
	if (batch->planned.rejected > 0)
		return err_exit_code(ERR_INPUT);
	return cli_batch_conflicts(batch) + batch->applied.failed > 0 ||
		       batch->planned.refused > 0
		   ? err_exit_code(ERR_REFUSED)
		   : 0;
}

/* What was held back is told when something needs the operator. */
static bool
is_worth_telling(const struct cli_batch *batch, int code)
{
	return !batch->progress.quiet || code != 0 ||
	       batch->planned.pending > 0;
}

static void
tell_all(struct cli_batch *batch, int code)
{
	if (is_worth_telling(batch, code)) {
		if (batch->progress.quiet)
			fputs(buf_text(&batch->held), stderr);
		if (batch->cli->json)
			cli_print_json(batch->cli, batch->report);
		else if (batch->was_planned || batch->was_applied ||
			 batch->had_letters)
			cli_batch_print(batch);
		if (batch->cli->json)
			batch->report = NULL;
	}
}

int
cli_batch_end(struct cli_batch *batch, int rc, struct err *err)
{
	int code = exit_code(batch, rc, err);
	struct err report_err = {0};
	int written = 0;

	cli_progress_clear(&batch->progress);
	if (has_result(batch, rc, err)) {
		cli_batch_fill(batch);
		if (rc != 0)
			json_text(batch->report, "error",
			    cli_clean(batch->cli, err->text));
		written = cli_batch_write(batch, &report_err);
		tell_all(batch, code);
	}
	/* Whoever did not get the lock says nothing about the other's run. */
	if (written == 0 && batch->lock >= 0)
		written = cli_batch_textfile(batch, code, &report_err);
	json_free(batch->report);
	buf_free(&batch->held);
	if (batch->lock >= 0)
		close(batch->lock);
	if (rc == 0 && written != 0) {
		*err = report_err;
		rc = -1;
	}
	return rc != 0 ? -1 : code;
}

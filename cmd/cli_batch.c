#include "cmd/cli_batch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cli_lock.h"
#include "cmd/cli_plan.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/text.h"

/* --- beginning ----------------------------------------------------------- */

static void
on_line(void *context, const char *line)
{
	struct cli_batch *batch = context;

	cli_progress_clear(&batch->progress);
	fprintf(stderr, "%s\n", cli_clean(batch->cli, line));
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
	const char *audit = cli->settings.audit.file;
	const char *slash = strrchr(audit, '/');

	if (path[0] != '\0')
		return path;
	return arena_printf(&cli->arena, "%.*smoderation.jsonl",
	    slash != NULL ? (int)(slash + 1 - audit) : 0, audit);
}

int
cli_batch_begin(
    struct cli_batch *batch, struct cli *cli, long year, struct err *err)
{
	const struct settings *s = &cli->settings;

	*batch = (struct cli_batch){
	    .cli = cli, .report = json_new_object(), .lock = -1};
	cli_progress_begin(&batch->progress);
	if (cli_settings(cli, err) != 0)
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
	    .partial = cli->options[CLI_PARTIAL] != NULL,
	    .moderation = cli_moderation_path(cli),
	    .clear_birth = clear_births(cli),
	    .now_ms = clock_now_ms(),
	    .on_line = on_line,
	    .on_progress = on_progress,
	    .context = batch};
	return 0;
}

/* --- telling ------------------------------------------------------------- */

static size_t
conflicts(const struct cli_batch *batch)
{
	return batch->planned.conflicts + batch->applied.conflicts;
}

static void
tell(struct cli_batch *batch, struct cli_card *card)
{
	const struct provision_counts *planned = &batch->planned;
	const struct provision_counts *applied = &batch->applied;

	if (batch->was_planned) {
		cli_card_number(card, "rows", (long long)planned->rows);
		cli_card_number(card, "rejected", (long long)planned->rejected);
		cli_card_number(card, "warnings", (long long)planned->warnings);
		cli_card_number(card, "to_create", (long long)planned->created);
		cli_card_number(card, "to_change", (long long)planned->changed);
		cli_card_number(card, "leaving", (long long)planned->leaving);
		cli_card_number(card, "pending", (long long)planned->pending);
		cli_card_number(
		    card, "unreachable", (long long)planned->unreachable);
	}
	if (batch->was_applied) {
		cli_card_number(card, "created", (long long)applied->created);
		cli_card_number(card, "changed", (long long)applied->changed);
		cli_card_number(card, "invited", (long long)applied->invited);
	}
	cli_card_number(card, "unchanged",
	    (long long)(planned->unchanged + applied->unchanged));
	cli_card_number(card, "conflicts", (long long)conflicts(batch));
	if (batch->was_applied)
		cli_card_number(card, "failed", (long long)applied->failed);
}

static void
print_summary(struct cli_batch *batch)
{
	struct cli_card card = {NULL};

	tell(batch, &card);
	cli_plan_print(json_get(batch->report, "summary"));
	if (batch->plan == NULL)
		return;
	printf("\nThe plan is in %s\nApply it with: rentree provision apply ",
	    batch->plan);
	if (batch->planned.refused > 0)
		printf("--force %ld ", batch->planned.refused);
	printf("%s\n", batch->plan);
}

static void
fill_report(struct cli_batch *batch)
{
	struct cli_card counts = {json_new_object()};

	if (batch->was_planned)
		json_number(batch->report, "year", batch->provision.year);
	tell(batch, &counts);
	(void)json_add(batch->report, "counts", counts.object);
	if (batch->plan != NULL)
		json_text(batch->report, "plan", batch->plan);
}

static int
write_report(struct cli_batch *batch, struct err *err)
{
	const char *path = batch->cli->options[CLI_REPORT];
	const char *text;

	if (path == NULL)
		return 0;
	text = json_pretty(&batch->cli->arena, batch->report);
	return file_replace(path, 0600, text, strlen(text), err);
}

/* Something to report: rows, or files that could not be taken at all. Not a
 * batch that never began: the report may be that of the one at work. */
static bool
has_result(const struct cli_batch *batch, int rc, const struct err *err)
{
	return batch->was_planned || batch->was_applied ||
	       (rc != 0 && batch->provision.year > 0 &&
		   (err->kind == ERR_INPUT || err->kind == ERR_REFUSED));
}

int
cli_batch_end(struct cli_batch *batch, int rc, struct err *err)
{
	struct err report_err = {0};
	int written = 0;

	cli_progress_clear(&batch->progress);
	if (has_result(batch, rc, err)) {
		fill_report(batch);
		if (rc != 0)
			json_text(batch->report, "error",
			    cli_clean(batch->cli, err->text));
		written = write_report(batch, &report_err);
		if (batch->cli->json)
			cli_print_json(batch->cli, batch->report);
		else if (batch->was_planned || batch->was_applied)
			print_summary(batch);
		if (batch->cli->json)
			batch->report = NULL;
	}
	json_free(batch->report);
	if (batch->lock >= 0)
		close(batch->lock);
	if (rc != 0)
		return -1;
	if (written != 0) {
		*err = report_err;
		return -1;
	}
	if (batch->planned.rejected > 0)
		return err_exit_code(ERR_INPUT);
	return conflicts(batch) + batch->applied.failed > 0 ||
		       batch->planned.refused > 0
		   ? err_exit_code(ERR_REFUSED)
		   : 0;
}

/* What a batch tells: the summary, the report, the file for Prometheus. */
#include <stdio.h>
#include <string.h>

#include "cmd/cli_batch.h"
#include "cmd/cli_plan.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/json.h"

/* --- telling ------------------------------------------------------------- */

size_t
cli_batch_conflicts(const struct cli_batch *batch)
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
	if (batch->was_planned || batch->was_applied) {
		cli_card_number(card, "unchanged",
		    (long long)(planned->unchanged + applied->unchanged));
		cli_card_number(
		    card, "conflicts", (long long)cli_batch_conflicts(batch));
	}
	if (batch->was_applied)
		cli_card_number(card, "failed", (long long)applied->failed);
	if (batch->had_letters) {
		cli_card_number(
		    card, "letters", (long long)batch->letters.letters);
		cli_card_number(
		    card, "letter_files", (long long)batch->letters.files);
	}
}

void
cli_batch_print(struct cli_batch *batch)
{
	struct cli_card card = {NULL};
	char since[CLOCK_ISO];

	/* Read in a mail, a day later. */
	if (batch->progress.quiet) {
		clock_iso(batch->began_ms, since);
		printf("%s: rentree %s, begun %s\n\n",
		    batch->cli->settings.site.name, batch->cli->command->name,
		    since);
	}
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

void
cli_batch_fill(struct cli_batch *batch)
{
	struct cli_card counts = {json_new_object()};

	if (batch->was_planned)
		json_number(batch->report, "year", batch->provision.year);
	tell(batch, &counts);
	(void)json_add(batch->report, "counts", counts.object);
	if (batch->plan != NULL)
		json_text(batch->report, "plan", batch->plan);
}

int
cli_batch_write(struct cli_batch *batch, struct err *err)
{
	const char *path = batch->cli->options[CLI_REPORT];
	const char *text;

	if (path == NULL)
		return 0;
	text = json_pretty(&batch->cli->arena, batch->report);
	return file_replace(path, 0600, text, strlen(text), err);
}

/* --- for the textfile collector of Prometheus' node exporter ---------------
 */

enum { TEXTFILE_MAX = 8192 };

static void
gauge(struct buf *out, const char *name, const char *help, long long value)
{
	buf_addf(out,
	    "# HELP rentree_provision_%s %s\n"
	    "# TYPE rentree_provision_%s gauge\n"
	    "rentree_provision_%s %lld\n",
	    name, help, name, name, value);
}

static void
count_of(struct buf *out, const char *what, size_t count)
{
	buf_addf(
	    out, "rentree_provision_last{count=\"%s\"} %zu\n", what, count);
}

int
cli_batch_textfile(struct cli_batch *batch, int code, struct err *err)
{
	const struct provision_counts *planned = &batch->planned;
	const struct provision_counts *applied = &batch->applied;
	const char *path = batch->cli->options[CLI_TEXTFILE];
	int64_t now_ms = clock_now_ms();
	struct buf out;
	int rc;

	if (path == NULL)
		return 0;
	buf_init(&out, TEXTFILE_MAX);
	gauge(&out, "end_timestamp_seconds", "When the last run ended.",
	    now_ms / 1000);
	gauge(&out, "duration_seconds", "How long it took.",
	    (now_ms - batch->began_ms) / 1000);
	gauge(&out, "exit_code", "How it ended: rentree(1); 0 is well.", code);
	buf_addf(&out, "# HELP rentree_provision_last Of the last run.\n"
		       "# TYPE rentree_provision_last gauge\n");
	count_of(&out, "rows", planned->rows);
	count_of(&out, "rejected", planned->rejected);
	count_of(&out, "pending", planned->pending);
	count_of(&out, "leaving", planned->leaving);
	count_of(&out, "created", applied->created);
	count_of(&out, "changed", applied->changed);
	count_of(&out, "unchanged", planned->unchanged + applied->unchanged);
	count_of(&out, "conflicts", cli_batch_conflicts(batch));
	count_of(&out, "failed", applied->failed);
	count_of(&out, "invited", applied->invited);
	count_of(&out, "letters", batch->letters.letters);
	rc = file_replace(path, 0644, out.bytes, out.len, err);
	buf_free(&out);
	return rc;
}

/*
 * cli_batch - one run of `rentree provision`: what it needs, what it counts,
 * what it tells, and how it ends.
 */
#ifndef CMD_CLI_BATCH_H
#define CMD_CLI_BATCH_H

#include "cmd/cli.h"
#include "cmd/cli_progress.h"
#include "lib/base/buf.h"
#include "lib/flow/handout.h"
#include "lib/flow/provision.h"

struct cli_batch {
	struct cli *cli;
	struct provision provision;
	struct cli_progress progress;
	/* Both steps, as far as they were taken. */
	struct provision_counts planned, applied;
	bool was_planned, was_applied;
	struct json *report;
	const char *plan; /* name of the plan for the operator, or NULL */
	struct handout_counts letters;
	bool had_letters;
	struct buf held; /* lines of a quiet run */
	size_t held_back;
	int64_t began_ms;
	int lock;
};

/*
 * Settings, and the lock that keeps two batches apart (ERR_TEMPORARY when it
 * is held). Must be ended whatever comes.
 */
int cli_batch_begin(struct cli_batch *batch, struct cli *cli, long year,
    struct err *err) MUST_CHECK;
/*
 * Writes the report and prints the summary. rc: what the last step returned,
 * with its err. Returns the exit code, or -1 with err: rows that were rejected
 * are 65, conflicts 1.
 */
int cli_batch_end(struct cli_batch *batch, int rc, struct err *err) MUST_CHECK;

/* Of cli_batch_end() (cli_batch_report.c). */
size_t cli_batch_conflicts(const struct cli_batch *batch);
void cli_batch_print(struct cli_batch *batch);
void cli_batch_fill(struct cli_batch *batch);
int cli_batch_write(struct cli_batch *batch, struct err *err) MUST_CHECK;
int cli_batch_textfile(
    struct cli_batch *batch, int code, struct err *err) MUST_CHECK;

/* [provision] moderation, or the file in the folder of state. */
const char *cli_moderation_path(struct cli *cli);

#endif

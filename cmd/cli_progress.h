/*
 * cli_progress - how far long work has come, how fast, and how long it will
 * still take: a bar on a terminal, a line every five seconds elsewhere. On
 * standard error; results are never mixed with it.
 *
 * The rate is that of the whole step, so that it does not jump; a step begins
 * when another word is shown.
 */
#ifndef CMD_CLI_PROGRESS_H
#define CMD_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_progress {
	bool terminal;
	bool shown; /* a bar stands on the terminal's last line */
	bool quiet; /* nothing is shown at all */
	int64_t last_ms;
	const char *step; /* what is shown; a literal */
	int64_t step_ms;  /* since when */
	size_t step_done; /* and how far it was then */
};

void cli_progress_begin(struct cli_progress *progress);
/* total 0: not known. */
void cli_progress_show(
    struct cli_progress *progress, const char *what, size_t done, size_t total);
/* Before anything else is written to the terminal, and at the end. */
void cli_progress_clear(struct cli_progress *progress);

#endif

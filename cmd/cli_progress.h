/*
 * cli_progress - how far long work has come: a bar on a terminal, a line every
 * five seconds elsewhere. On standard error; results are never mixed with it.
 */
#ifndef CMD_CLI_PROGRESS_H
#define CMD_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_progress {
	bool terminal;
	bool shown; /* a bar stands on the terminal's last line */
	int64_t last_ms;
};

void cli_progress_begin(struct cli_progress *progress);
/* total 0: not known. */
void cli_progress_show(
    struct cli_progress *progress, const char *what, size_t done, size_t total);
/* Before anything else is written to the terminal, and at the end. */
void cli_progress_clear(struct cli_progress *progress);

#endif

/*
 * cli_letters - `provision letters`, and --letters of `run` and `apply`.
 */
#ifndef CMD_CLI_LETTERS_H
#define CMD_CLI_LETTERS_H

#include "cmd/cli_batch.h"

/* Before anything is done: may letters be written where --letters says? */
int cli_letters_check(struct cli *cli, struct err *err) MUST_CHECK;
/* Nothing without --letters. */
int cli_letters_write(struct cli_batch *batch, struct err *err) MUST_CHECK;

/* --wave UAI,UAI, else [provision] waves: NULL-terminated, or NULL for all. */
const char *const *cli_waves(struct cli *cli);

#endif

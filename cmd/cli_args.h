/*
 * cli_args - the command line of `rentree`: options in any place, then the
 * words of a command, then its operands.
 */
#ifndef CMD_CLI_ARGS_H
#define CMD_CLI_ARGS_H

#include <stdio.h>

#include "cmd/cli.h"

/* Finds the command in commands (NULL name ends) and checks what it takes.
 * An exit code to leave with, or -1 to go on. */
int cli_args_read(
    struct cli *cli, const struct cli_command *commands, int argc, char **argv);

#endif

/*
 * cli_desk - the acts of the secrétariat from the command line: the same
 * fences, quota and audit as at its pages (lib/flow/desk_act.h).
 */
#ifndef CMD_CLI_DESK_H
#define CMD_CLI_DESK_H

#include "cmd/cli.h"
#include "lib/flow/desk_act.h"

/* --id-document, if it was given. 64 when it is none we know. */
int cli_desk_document(struct cli *cli, enum desk_document *document) MUST_CHECK;

/* Does the act on the account that the first operand names; back ends are
 * opened. 0: done, or not needed. Else err says why. Wipe answer. */
int cli_desk_act(struct cli *cli, struct desk_act *act,
    struct desk_answer *answer, struct err *err) MUST_CHECK;

/* The same for an act that gives a code, and shows it (cli_reissue.c). */
int cli_desk_give(
    struct cli *cli, struct desk_act *act, struct err *err) MUST_CHECK;

/* "jdupont: <sentence>", or as JSON. */
void cli_desk_print(struct cli *cli, const struct desk_answer *answer,
    const char *event, const char *sentence);

#endif

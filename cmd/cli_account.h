/*
 * cli_account - finding an account, changing it, and the audit line of both.
 * Shared by the files of the group `account`.
 */
#ifndef CMD_CLI_ACCOUNT_H
#define CMD_CLI_ACCOUNT_H

#include "cmd/cli.h"
#include "lib/people/person.h"

/*
 * The account that the command's first operand names; directory and audit are
 * open then. ERR_INPUT when there is none: that leaves an audit line, too.
 */
int cli_account_open(struct cli *cli, const char *event, struct person *person,
    struct err *err) MUST_CHECK;

/* The audit line. person NULL: nobody was found, and what was typed stands
 * there as a pseudonym. */
int cli_account_note(struct cli *cli, const char *event,
    const struct person *person, const char *reason,
    struct err *err) MUST_CHECK;

/* pwdAccountLockedTime of an account, in cli->arena; NULL when there is none.
 */
int cli_account_lock(struct cli *cli, const struct person *person,
    const char **lock, struct err *err) MUST_CHECK;

#endif

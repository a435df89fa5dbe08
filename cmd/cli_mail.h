/*
 * cli_mail - a short letter by the way all letters go: for `mail test` and for
 * `check --mail`.
 */
#ifndef CMD_CLI_MAIL_H
#define CMD_CLI_MAIL_H

#include "cmd/cli.h"
#include "lib/flow/visitor.h"

struct cli_letter {
	const char *address;
	/* Set when a relay took it. */
	const char *relay;
	char ref[FLOW_REF + 1];
};

/* Settings are loaded. */
int cli_mail_send(
    struct cli *cli, struct cli_letter *sent, struct err *err) MUST_CHECK;

#endif

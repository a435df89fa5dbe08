/*
 * cli_texts - the sentences and letters the program carries, as the worker
 * opens them.
 */
#ifndef CMD_CLI_TEXTS_H
#define CMD_CLI_TEXTS_H

#include "cmd/cli.h"
#include "lib/flow/hands.h"

struct cli_texts {
	struct catalogue *opened[HANDS_LANGUAGES_MAX];
	const struct catalogue *catalogues[HANDS_LANGUAGES_MAX + 1];
	struct template_set *letters;
};

/* Settings are open. Close it also after a failure. */
int cli_texts_open(
    struct cli *cli, struct cli_texts *texts, struct err *err) MUST_CHECK;
void cli_texts_close(struct cli_texts *texts);

#endif

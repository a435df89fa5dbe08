#include <sys/stat.h>

#include "cmd/cli.h"
#include "cmd/common_keys.h"
#include "lib/base/err.h"

/* --dir needs no configuration: keys come first on a new machine. */
int
cli_keys_init(struct cli *cli, struct err *err)
{
	const char *dir = cli->options[CLI_DIR];

	if (dir != NULL && dir[0] == '\0')
		return cli_usage(cli, "--dir names no folder");
	if (dir == NULL) {
		if (cli_settings(cli, err) != 0)
			return -1;
		dir = cli->settings.keys.dir;
	}
	/* The folder of the public key is for all, whatever the shell says;
	 * the others have modes of their own. */
	(void)umask(S_IWGRP | S_IWOTH);
	return keys_init(dir, err);
}

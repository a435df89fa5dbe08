#include <sys/stat.h>

#include "cmd/cli.h"
#include "cmd/common_keys.h"
#include "lib/base/err.h"
#include "lib/base/json.h"

/* --dir needs no configuration: keys come first on a new machine. */
int
cli_keys_init(struct cli *cli, struct err *err)
{
	const char *dir = cli->options[CLI_DIR];
	struct json *list = NULL;
	int rc;

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
	if (cli->json)
		list = json_new_array();
	rc = keys_init(dir, list, err);
	/* What was made before it failed is told, too. */
	if (list != NULL)
		cli_print_json(cli, list);
	return rc;
}

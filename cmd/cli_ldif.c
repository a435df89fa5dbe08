/*
 * `provision ldif`: a plan as LDIF (RFC 2849). Its creations, for a first load
 * with slapadd; with --changes all that it would do, with --inverse what undoes
 * it. `provision apply` of the same plan after a first load finds everybody
 * there and sends the invitations.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cli.h"
#include "lib/base/err.h"
#include "lib/flow/provision.h"

int
cli_provision_ldif(struct cli *cli, struct err *err)
{
	const char *path = cli->words[0];
	struct ldif_input input = {.style = LDIF_ENTRIES};
	FILE *plan;
	int rc;

	if (cli->json)
		return cli_usage(cli, "LDIF is not JSON");
	if (cli->options[CLI_CHANGES] != NULL &&
	    cli->options[CLI_INVERSE] != NULL)
		return cli_usage(cli, "--changes or --inverse, not both");
	if (cli->options[CLI_CHANGES] != NULL)
		input.style = LDIF_CHANGES;
	if (cli->options[CLI_INVERSE] != NULL)
		input.style = LDIF_INVERSE;
	if (cli_settings(cli, err) != 0)
		return -1;
	input.people_base = cli->settings.directory.base;
	input.registry_base = cli->settings.provision.registry_base;
	plan = fopen(path, "re");
	if (plan == NULL)
		return err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	rc = provision_ldif(plan, path, &input, stdout, err);
	fclose(plan);
	return rc;
}

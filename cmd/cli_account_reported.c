/*
 * `account reported`: whose mail was answered "it was not me", and nobody has
 * looked into it yet.
 */
#include <stdio.h>

#include "cmd/cli_account.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/store/audit.h"
#include "lib/store/directory.h"

struct listing {
	struct cli *cli;
	struct json *list; /* with --json */
	size_t count;
};

static const char *
first(char **values)
{
	return values[0] != NULL ? values[0] : "";
}

static const char *
readable(struct cli *cli, const char *generalized)
{
	char text[CLOCK_ISO];
	int64_t ms;

	if (!clock_from_generalized(generalized, &ms))
		return generalized;
	clock_iso(ms, text);
	return arena_dup(&cli->arena, text);
}

static int
on_entry(const struct directory_entry *entry, void *context, struct err *err)
{
	struct listing *listing = context;
	struct cli *cli = listing->cli;
	const char *login = first(entry->values[0]);
	const char *since = readable(cli, first(entry->values[1]));
	const char *name = first(entry->values[2]);
	struct json *item;

	(void)err;
	listing->count++;
	if (listing->list == NULL) {
		printf("%-20s %s %s\n", cli_clean(cli, login), since,
		    cli_clean(cli, name));
		return 0;
	}
	item = json_add(listing->list, NULL, json_new_object());
	json_text(item, "login", login);
	json_text(item, "reported", since);
	json_text(item, "name", name);
	return 0;
}

int
cli_account_reported(struct cli *cli, struct err *err)
{
	const char *attributes[] = {NULL, "rentreeDisowned", "cn", NULL};
	struct audit_entry entry = {.event = "account.reported"};
	struct listing listing = {.cli = cli};

	if (cli_audit(cli, err) != 0 || cli_directory(cli, err) != 0)
		return -1;
	entry.actor = cli_actor(cli);
	if (audit_write(cli->audit, &entry, err) != 0)
		return -1;
	attributes[0] = cli->settings.attributes.login.list[0];
	listing.list = cli->json ? json_new_array() : NULL;
	if (directory_sweep(cli->directory, cli->settings.directory.base,
		"(rentreeDisowned=*)", attributes, on_entry, &listing,
		err) != 0) {
		json_free(listing.list);
		return -1;
	}
	if (listing.list != NULL)
		cli_print_json(cli, listing.list);
	else if (listing.count == 0)
		fputs("nobody is reported\n", stderr);
	return 0;
}

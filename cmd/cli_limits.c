/*
 * `limits show | clear`. Counters are keyed hashes: the operator sees how many
 * there are of each group, and may clear a group (an establishment that a
 * limit shut out by mistake), never one person's.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/cli.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/store/audit.h"
#include "lib/store/limiter_look.h"

/* --- show ----------------------------------------------------------------- */

static void
print_json(struct cli *cli, const struct limiter_view *view)
{
	struct json *root = json_new_object();
	struct json *list = json_add(root, "groups", json_new_array());

	for (size_t i = 0; i < view->count; i++) {
		const struct limiter_group *group = &view->groups[i];
		struct json *one = json_add(list, NULL, json_new_object());

		json_text(one, "group", group->name);
		json_text(one, "key", group->key);
		json_number(one, "counters", group->counters);
		if (group->used_up >= 0)
			json_number(one, "used_up", group->used_up);
		json_number(one, "refilled_in_s", group->refilled_ms / 1000);
	}
	cli_print_json(cli, root);
}

static void
print_group(const struct limiter_group *group)
{
	char used_up[24] = "-";

	if (group->used_up >= 0)
		(void)snprintf(used_up, sizeof(used_up), "%lld",
		    (long long)group->used_up);
	printf("%-9s %9lld %9s %9llds  %s\n", group->name,
	    (long long)group->counters, used_up,
	    (long long)(group->refilled_ms / 1000),
	    group->key != NULL ? group->key : "");
}

int
cli_limits_show(struct cli *cli, struct err *err)
{
	struct limiter_view view;

	if (cli_kv(cli, err) != 0 ||
	    limiter_look(cli->kv, &cli->settings.limits, &view, err) != 0)
		return -1;
	if (cli->json) {
		print_json(cli, &view);
		return 0;
	}
	printf("%-9s %9s %9s %10s  %s\n", "group", "counters", "used up",
	    "refilled", "[limits]");
	for (size_t i = 0; i < view.count; i++)
		print_group(&view.groups[i]);
	return 0;
}

/* --- clear ---------------------------------------------------------------- */

static int
clear_one(struct cli *cli, const char *group, int64_t *sum, struct err *err)
{
	const struct audit_entry entry = {.event = "limits.clear",
	    .actor = cli_actor(cli),
	    .reason = group != NULL ? group : "all"};
	int64_t cleared;

	/* The audit first: what cannot be written down is not done. */
	if (audit_write(cli->audit, &entry, err) != 0 ||
	    limiter_clear(cli->kv, group, &cleared, err) != 0)
		return -1;
	*sum += cleared;
	return 0;
}

int
cli_limits_clear(struct cli *cli, struct err *err)
{
	bool all = strcmp(cli->words[0], "all") == 0;
	struct cli_card card;
	int64_t cleared = 0;

	if (all && cli->count > 1)
		return cli_usage(cli, "either all, or some");
	for (size_t i = 0; !all && i < cli->count; i++)
		if (!limiter_has_group(cli->words[i]))
			return cli_usage(cli, "%s: groups are %s",
			    cli_clean(cli, cli->words[i]),
			    limiter_group_names());
	if (cli_audit(cli, err) != 0 || cli_kv(cli, err) != 0)
		return -1;
	for (size_t i = 0; i < cli->count; i++)
		if (clear_one(cli, all ? NULL : cli->words[i], &cleared, err) !=
		    0)
			return -1;
	card = cli_card_new(cli);
	cli_card_number(&card, "cleared", (long long)cleared);
	cli_card_end(cli, &card);
	return 0;
}

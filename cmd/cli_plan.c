/*
 * `provision show`: a plan for people, line by line, and in numbers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cli.h"
#include "cmd/cli_plan.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/flow/provision.h"

static const char *const acts[] = {
    [PLAN_CREATE] = "create",
    [PLAN_CHANGE] = "change",
    [PLAN_LEAVE] = "leave",
};

/* "absent, name" */
static const char *
reasons(struct arena *arena, const struct json *list)
{
	const char *text = "";

	for (size_t i = 0; i < json_size(list); i++)
		text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "",
		    json_text_at(list, i));
	return text;
}

/* One person, on a line or in the list of the result. */
static void
show_item(struct cli *cli, const struct plan_item *item, struct json *people)
{
	struct arena arena = {0};
	const char *why = reasons(&arena, item->why);
	struct json *one;

	if (people == NULL) {
		printf("%-7s %-20s %-13s %-8s %s\n", acts[item->act],
		    cli_clean(cli, item->login),
		    item->kind != NULL ? item->kind : "-",
		    item->establishment != NULL ? item->establishment : "-",
		    why);
	} else {
		one = json_add(people, NULL, json_new_object());
		json_text(one, "act", acts[item->act]);
		json_text(one, "login", item->login);
		json_text(one, "kind", item->kind);
		json_text(one, "establishment", item->establishment);
		json_text(one, "why", why);
	}
	arena_reset(&arena);
}

static int
show_lines(struct cli *cli, FILE *plan, struct json *people, struct err *err)
{
	char *text = malloc(PLAN_LINE_MAX);
	int rc = 0;

	if (text == NULL)
		err_no_memory();
	while (rc == 0 && fgets(text, PLAN_LINE_MAX, plan) != NULL) {
		struct json *line = json_parse(text, strlen(text), err);
		struct plan_item item;

		if (line == NULL) {
			rc = -1;
			break;
		}
		plan_describe(line, &item);
		if (item.act != PLAN_OTHER)
			show_item(cli, &item, people);
		json_free(line);
	}
	free(text);
	return rc;
}

static void
print_table(const char *title, const struct json *table)
{
	const char *name;

	for (size_t i = 0; (name = json_name_at(table, i)) != NULL; i++) {
		const struct json *row = json_get(table, name);

		printf("%s %-14s create %6lld   change %6lld   leave %6lld\n",
		    i == 0 ? title : "             ", name,
		    json_get_number(row, "create", 0),
		    json_get_number(row, "change", 0),
		    json_get_number(row, "leave", 0));
	}
}

void
cli_plan_print(const struct json *summary)
{
	print_table("\nkind         ", json_get(summary, "kinds"));
	print_table("\nestablishment", json_get(summary, "establishments"));
}

static int
show(struct cli *cli, FILE *plan, const char *path, struct err *err)
{
	struct json *result = json_new_object();
	struct json *people =
	    cli->json ? json_add(result, "people", json_new_array()) : NULL;
	struct json *summary = json_add(result, "summary", json_new_object());
	int rc = plan_verify(plan, path, NULL, err);

	if (rc == 0)
		rc = show_lines(cli, plan, people, err);
	if (rc == 0)
		rc = provision_summary(plan, summary, err);
	if (rc == 0 && cli->json) {
		cli_print_json(cli, result);
		return 0;
	}
	if (rc == 0)
		cli_plan_print(summary);
	json_free(result);
	return rc;
}

int
cli_provision_show(struct cli *cli, struct err *err)
{
	const char *path = cli->words[0];
	FILE *plan = fopen(path, "re");
	int rc;

	if (plan == NULL)
		return err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	rc = show(cli, plan, path, err);
	fclose(plan);
	return rc;
}

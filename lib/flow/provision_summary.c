/* A plan in numbers, by kind and by establishment. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/flow/provision_internal.h"

struct tally {
	const char *name;
	size_t create, change, leave;
};

struct table {
	struct index by_name;
	struct tally **list;
	size_t count, room;
};

struct summary {
	struct arena arena, line;
	struct table kinds, establishments;
};

static struct tally *
tally_of(struct summary *summary, struct table *table, const char *name)
{
	const struct index_item *found;
	struct tally *tally;

	if (name == NULL || *name == '\0')
		name = "-";
	found = index_find(&table->by_name, name);
	if (found != NULL)
		return found->what;
	if (table->count == table->room) {
		table->room = table->room == 0 ? 64 : 2 * table->room;
		table->list =
		    reallocarray(table->list, table->room, sizeof *table->list);
		if (table->list == NULL)
			err_no_memory();
	}
	tally = arena_alloc(&summary->arena, sizeof *tally);
	tally->name = arena_dup(&summary->arena, name);
	index_add(&table->by_name, name, tally);
	table->list[table->count++] = tally;
	return tally;
}

static void
count(struct tally *tally, enum plan_act act)
{
	tally->create += act == PLAN_CREATE ? 1 : 0;
	tally->change += act == PLAN_CHANGE ? 1 : 0;
	tally->leave += act == PLAN_LEAVE ? 1 : 0;
}

static int
read_line(struct summary *summary, const char *text, struct err *err)
{
	struct plan_item item;
	struct json *line = json_parse(text, strlen(text), err);

	if (line == NULL)
		return -1;
	plan_describe(line, &item);
	if (item.act != PLAN_OTHER) {
		count(tally_of(summary, &summary->kinds, item.kind), item.act);
		count(tally_of(summary, &summary->establishments,
			  item.establishment),
		    item.act);
	}
	json_free(line);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct tally *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static void
write_table(struct json *object, const char *name, struct table *table)
{
	struct json *rows = json_add(object, name, json_new_object());

	if (table->count > 0)
		qsort(table->list, table->count, sizeof *table->list, by_name);
	for (size_t i = 0; i < table->count; i++) {
		const struct tally *tally = table->list[i];
		struct json *row =
		    json_add(rows, tally->name, json_new_object());

		json_number(row, "create", (long long)tally->create);
		json_number(row, "change", (long long)tally->change);
		json_number(row, "leave", (long long)tally->leave);
	}
	index_free(&table->by_name);
	free(table->list);
}

static bool
has_word(const struct json *list, const char *const *words)
{
	for (size_t i = 0; i < json_size(list); i++)
		for (size_t j = 0; words[j] != NULL; j++)
			if (strcmp(json_text_at(list, i), words[j]) == 0)
				return true;
	return false;
}

void
plan_describe(const struct json *line, struct plan_item *item)
{
	static const char *const leaving[] = {
	    "absent", "state-sursis", "state-inactif", NULL};
	const char *changed = json_get_text(line, "change");

	*item = (struct plan_item){.act = PLAN_OTHER,
	    .login = json_get_text(line, "create"),
	    .kind = json_get_text(line, "kind"),
	    .establishment = json_get_text(line, "establishment"),
	    .why = json_get(line, "why")};
	if (item->login != NULL) {
		item->act = PLAN_CREATE;
	} else if (changed != NULL) {
		item->login = changed;
		item->act =
		    has_word(item->why, leaving) ? PLAN_LEAVE : PLAN_CHANGE;
	}
}

int
provision_summary(FILE *plan, struct json *object, struct err *err)
{
	struct summary summary = {0};
	char *line = malloc(PLAN_LINE_MAX);
	int rc = 0;

	if (line == NULL)
		err_no_memory();
	summary.kinds.by_name.arena = &summary.arena;
	summary.establishments.by_name.arena = &summary.arena;
	rewind(plan);
	while (rc == 0 && fgets(line, PLAN_LINE_MAX, plan) != NULL)
		rc = read_line(&summary, line, err);
	rewind(plan);
	free(line);
	write_table(object, "kinds", &summary.kinds);
	write_table(object, "establishments", &summary.establishments);
	arena_reset(&summary.arena);
	return rc;
}

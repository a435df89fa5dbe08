/* One Modify under construction: what was seen, what is to be. */
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/names.h"

struct delta
delta_begin(struct planner *planner, struct arena *arena,
    const struct directory_entry *entry, bool probe)
{
	struct delta delta = {
	    .planner = planner, .arena = arena, .entry = entry, .probe = probe};

	if (probe)
		return delta;
	delta.before = json_new_array();
	delta.after = json_new_array();
	delta.why = json_new_array();
	delta.names = json_new_array();
	delta.notices = json_new_array();
	return delta;
}

static bool
has(const char *const *list, const char *value)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, value) == 0)
			return true;
	return false;
}

static bool
are_equal(const char *const *a, const char *const *b)
{
	for (size_t i = 0; a[i] != NULL; i++)
		if (!has(b, a[i]))
			return false;
	for (size_t i = 0; b[i] != NULL; i++)
		if (!has(a, b[i]))
			return false;
	return true;
}

static void
add(struct json *list, const char *name, const char *const *values)
{
	struct json *item = json_add(list, NULL, json_new_object());
	struct json *array;

	json_text(item, "name", name);
	array = json_add(item, "values", json_new_array());
	for (; *values != NULL; values++)
		json_add_text(array, *values);
}

static void
add_why(struct json *list, const char *why)
{
	for (size_t i = 0; i < json_size(list); i++)
		if (strcmp(json_text_at(list, i), why) == 0)
			return;
	json_add_text(list, why);
}

/* The value of list that is name to the server; which rule it compares by is
 * not asked: too alike is too alike. */
static const char **
like(struct delta *delta, const char **list, const char *name)
{
	const char *key = names_key(delta->arena, name);

	while (
	    *list != NULL && strcmp(names_key(delta->arena, *list), key) != 0)
		list++;
	return *list != NULL ? list : NULL;
}

static void
tell_kept(struct delta *delta, const char *name, const char *value)
{
	const struct provision *provision = delta->planner->provision;

	if (!delta->probe)
		provision->on_line(provision->context,
		    arena_printf(delta->arena,
			"%s: the entry is named %s=%s: that value stays beside "
			"the new one (ldapmodrdn gives an entry another name)",
			delta_old(delta, SWEPT_UID), name, value));
}

/*
 * The name of an entry that others made may be its cn: the server refuses to
 * remove it. So it stays, and the rest changes around it; told in the run that
 * changes something, and in no later one.
 */
static const char *const *
keep_rdn(struct delta *delta, size_t attribute, const char *const *values)
{
	const char *name = delta->planner->swept.list[attribute];
	char **kept =
	    directory_rdn_values(delta->arena, delta->entry->dn, name);
	struct values list = {NULL, 0};
	size_t count = 0, more = 0;

	while (kept[more] != NULL)
		more++;
	if (more == 0)
		return values;
	while (values[count] != NULL)
		count++;
	list.values =
	    arena_array(delta->arena, count + more + 1, sizeof(char *));
	for (; list.count < count; list.count++)
		list.values[list.count] = values[list.count];
	for (size_t i = 0; i < more; i++) {
		const char **same = like(delta, list.values, kept[i]);

		if (same != NULL) {
			*same = kept[i];
			continue;
		}
		list.values[list.count++] = kept[i];
		if (!has((const char *const *)delta->entry->values[attribute],
			values[0] != NULL ? values[0] : ""))
			tell_kept(delta, name, kept[i]);
	}
	return list.values;
}

void
delta_set(struct delta *delta, size_t attribute, const char *const *values,
    const char *why)
{
	const char *const *old =
	    (const char *const *)delta->entry->values[attribute];

	if (are_equal(old, values))
		return;
	values = keep_rdn(delta, attribute, values);
	if (are_equal(old, values))
		return;
	delta->any = true;
	if (delta->probe)
		return;
	add(delta->before, delta->planner->swept.list[attribute], old);
	add(delta->after, delta->planner->swept.list[attribute], values);
	add_why(delta->why, why);
}

void
delta_set_one(
    struct delta *delta, size_t attribute, const char *value, const char *why)
{
	const char *values[] = {value, NULL};

	delta_set(delta, attribute, values, why);
}

void
delta_set_time(
    struct delta *delta, size_t attribute, int64_t ms, const char *why)
{
	const char *old = delta_old(delta, attribute);
	char text[CLOCK_GENERALIZED];
	int64_t old_ms = 0;

	if (old != NULL && clock_from_generalized(old, &old_ms) &&
	    old_ms / 1000 == ms / 1000)
		return;
	if (ms != 0)
		clock_generalized(ms, text);
	delta_set_one(delta, attribute,
	    ms != 0 ? arena_dup(delta->arena, text) : NULL, why);
}

const char *
delta_old(const struct delta *delta, size_t attribute)
{
	return delta->entry->values[attribute][0];
}

/* What the entry says after the change, if it says nothing before. */
static const char *
old_or_new(const struct delta *delta, size_t attribute)
{
	const char *wanted = delta->planner->swept.list[attribute];
	const char *found = delta_old(delta, attribute);

	for (size_t i = 0; found == NULL && i < json_size(delta->after); i++) {
		const struct json *item = json_at(delta->after, i);

		if (strcmp(json_get_text(item, "name"), wanted) == 0)
			found = json_text_at(json_get(item, "values"), 0);
	}
	return found;
}

void
plan_add_names(struct json *line, const char *name, const struct held *list)
{
	struct json *array;

	if (list == NULL)
		return;
	array = json_add(line, name, json_new_array());
	for (; list != NULL; list = list->next)
		json_add_text(array, list->name);
}

void
delta_end(struct delta *delta, const char *source)
{
	const struct directory_entry *entry = delta->entry;
	struct json *line = json_new_object();

	json_text(line, "change", entry->values[SWEPT_UID][0]);
	json_text(line, "dn", entry->dn);
	json_text(line, "uuid", delta_old(delta, SWEPT_UUID));
	(void)json_add(line, "why", delta->why);
	(void)json_add(line, "before", delta->before);
	(void)json_add(line, "after", delta->after);
	(void)json_add(line, "names", delta->names);
	json_text(line, "source", source);
	(void)json_add(line, "notices", delta->notices);
	if (delta->seat != NULL && json_size(delta->names) > 0)
		json_text(line, "mark",
		    provision_mark(delta->planner, delta->seat,
			delta_old(delta, SWEPT_UID), delta->arena));
	if (delta->seat != NULL)
		plan_add_names(line, "strangers", delta->seat->strangers);
	json_text(
	    line, "establishment", old_or_new(delta, SWEPT_ESTABLISHMENT));
	json_text(line, "kind", old_or_new(delta, SWEPT_KIND));
	if (delta->any)
		plan_writer_add(
		    delta->planner->writer, json_line(delta->arena, line));
	json_free(line);
}

struct values
values_of(struct delta *delta, size_t attribute, size_t more)
{
	char *const *old = delta->entry->values[attribute];
	struct values list = {NULL, 0};
	size_t count = 0;

	while (old[count] != NULL)
		count++;
	list.values =
	    arena_array(delta->arena, count + more + 1, sizeof(char *));
	for (; list.count < count; list.count++)
		list.values[list.count] = old[list.count];
	return list;
}

bool
values_have(const struct values *list, const char *value)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equal_nocase(list->values[i], value))
			return true;
	return false;
}

void
values_add(struct values *list, const char *value)
{
	if (!values_have(list, value))
		list->values[list->count++] = value;
}

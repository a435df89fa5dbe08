/* A change of a plan as one Modify. */
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/flow/provision_job.h"
#include "lib/store/directory.h"

static bool
has_value(const struct json *values, const char *value)
{
	for (size_t i = 0; i < json_size(values); i++)
		if (strcmp(json_text_at(values, i), value) == 0)
			return true;
	return false;
}

/* The values of one list that the other has not, NULL-terminated. */
static const char **
only_in(struct arena *arena, const struct json *list, const struct json *other)
{
	size_t n = 0;
	const char **found =
	    arena_array(arena, json_size(list) + 1, sizeof *found);

	for (size_t i = 0; i < json_size(list); i++)
		if (!has_value(other, json_text_at(list, i)))
			found[n++] = json_text_at(list, i);
	return found;
}

size_t
change_list(
    const struct plan_change *change, struct arena *arena, struct change **list)
{
	size_t count = 0;

	*list = arena_array(
	    arena, 2 * json_size(change->before) + 1, sizeof **list);
	for (size_t i = 0; i < json_size(change->before); i++) {
		const struct json *before = json_at(change->before, i);
		const struct json *after = json_at(change->after, i);
		const struct json *old = json_get(before, "values");
		const struct json *new = json_get(after, "values");
		const char *name = json_get_text(before, "name");
		const char **gone = only_in(arena, old, new);
		const char **come = only_in(arena, new, old);

		if (gone[0] != NULL)
			(*list)[count++] =
			    (struct change){CHANGE_DELETE, name, gone};
		if (come[0] != NULL)
			(*list)[count++] =
			    (struct change){CHANGE_ADD, name, come};
	}
	return count;
}

const char *const *
change_numbers(const struct plan_change *change, struct arena *arena)
{
	for (size_t i = 0; i < json_size(change->before); i++) {
		const struct json *before = json_at(change->before, i);
		const struct json *after = json_at(change->after, i);

		if (text_equal_nocase(
			json_get_text(before, "name"), "rentreeSource"))
			return only_in(arena, json_get(after, "values"),
			    json_get(before, "values"));
	}
	return arena_array(arena, 1, sizeof(char *));
}

static char *
same_entry(const struct plan_change *change, struct arena *arena)
{
	return directory_equals(arena, "entryUUID", change->uuid);
}

const char *
change_assertion(const struct plan_change *change, struct arena *arena)
{
	const char *filter = same_entry(change, arena);

	for (size_t i = 0; i < json_size(change->before); i++) {
		const struct json *item = json_at(change->before, i);

		if (json_size(json_get(item, "values")) == 0)
			filter = arena_printf(arena, "%s(!(%s=*))", filter,
			    json_get_text(item, "name"));
	}
	return arena_printf(arena, "(&%s)", filter);
}

const char *
change_done_filter(const struct plan_change *change, const struct change *list,
    size_t count, struct arena *arena)
{
	const char *filter = same_entry(change, arena);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; list[i].values[j] != NULL; j++) {
			char *holds = directory_equals(
			    arena, list[i].attribute, list[i].values[j]);

			filter = arena_printf(arena,
			    list[i].verb == CHANGE_ADD ? "%s%s" : "%s(!%s)",
			    filter, holds);
		}
	return arena_printf(arena, "(&%s)", filter);
}

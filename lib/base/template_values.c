#include "lib/base/template.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/template_internal.h"

enum { BUCKETS = 16 }; /* a page has some fifty values */

struct entry {
	struct entry *older; /* of the same bucket */
	struct label label;
	const char *text; /* NULL for a flag and for a list */
	bool set;
	struct values *first; /* items of a list, in order */
	struct values *last;
};

struct values {
	struct arena *arena;
	const struct values *outer;
	struct values *next; /* item of the same list */
	struct entry *newest[BUCKETS];
};

struct values *
values_new(struct arena *arena)
{
	struct values *values = arena_alloc(arena, sizeof(*values));

	values->arena = arena;
	return values;
}

/* FNV-1a: names are short, few and ours. */
struct label
label_of(struct view text)
{
	struct label label = {text, 2166136261u};

	for (size_t i = 0; i < text.len; i++)
		label.hash =
		    (label.hash ^ (unsigned char)text.ptr[i]) * 16777619u;
	return label;
}

static struct label
label_of_name(const char *name)
{
	return label_of((struct view){name, strlen(name)});
}

static struct entry *
add(struct values *values, const char *name)
{
	struct entry *entry = arena_alloc(values->arena, sizeof(*entry));
	struct entry **bucket;

	entry->label = label_of_name(name);
	bucket = &values->newest[entry->label.hash % BUCKETS];
	entry->older = *bucket;
	*bucket = entry;
	return entry;
}

void
values_kept(struct values *values, const char *name, const char *text)
{
	struct entry *entry = add(values, name);

	entry->text = text != NULL ? text : "";
	entry->set = *entry->text != '\0';
}

void
values_text(struct values *values, const char *name, const char *text)
{
	values_kept(
	    values, name, text != NULL ? arena_dup(values->arena, text) : "");
}

void
values_number(struct values *values, const char *name, long long number)
{
	struct entry *entry = add(values, name);

	entry->text = arena_printf(values->arena, "%lld", number);
	entry->set = number != 0;
}

void
values_flag(struct values *values, const char *name, bool set)
{
	add(values, name)->set = set;
}

static bool
is_same(const struct label *a, const struct label *b)
{
	return a->hash == b->hash && a->text.len == b->text.len &&
	       memcmp(a->text.ptr, b->text.ptr, a->text.len) == 0;
}

static struct entry *
find_here(const struct values *values, const struct label *label)
{
	struct entry *entry = values->newest[label->hash % BUCKETS];

	while (entry != NULL && !is_same(&entry->label, label))
		entry = entry->older;
	return entry;
}

static const struct entry *
find(const struct values *values, const struct label *label)
{
	const struct entry *entry = NULL;

	while (entry == NULL && values != NULL) {
		entry = find_here(values, label);
		values = values->outer;
	}
	return entry;
}

struct values *
values_item(struct values *values, const char *name)
{
	struct label label = label_of_name(name);
	struct values *item = values_new(values->arena);
	struct entry *list = find_here(values, &label);

	item->outer = values;
	if (list == NULL || list->first == NULL) {
		list = add(values, name);
		list->first = item;
	} else {
		list->last->next = item;
	}
	list->last = item;
	return item;
}

const char *
values_get(const struct values *values, const struct label *label)
{
	const struct entry *entry = find(values, label);

	return entry != NULL ? entry->text : NULL;
}

const struct values *
values_open(const struct values *values, const struct label *label, bool *once)
{
	const struct entry *entry = find(values, label);

	*once = entry != NULL && entry->set;
	return entry != NULL ? entry->first : NULL;
}

const struct values *
values_next(const struct values *item)
{
	return item->next;
}

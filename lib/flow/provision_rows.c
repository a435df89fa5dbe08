/* Rows become people. */
#include "lib/flow/provision_rows.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/json.h"

void
rows_tell(struct reader *reader, const struct row_place *place,
    const char *column, const char *reason, bool fatal)
{
	struct arena *arena = &reader->scratch;
	struct json *item;

	reader->provision->on_line(reader->provision->context,
	    fatal ? arena_printf(arena, "%s:%lu: %s: %s", place->file,
			place->line, column, reason)
		  : arena_printf(arena, "%s:%lu: %s: warning: %s", place->file,
			place->line, column, reason));
	if (!fatal) {
		reader->counts->warnings++;
		return;
	}
	if (reader->rejected == NULL)
		return;
	item = json_add(reader->rejected, NULL, json_new_object());
	json_text(item, "file", place->file);
	json_number(item, "line", (long long)place->line);
	json_text(item, "column", column);
	json_text(item, "reason", reason);
}

static void
push(struct feed_person ***list, size_t *count, size_t *room,
    struct feed_person *person)
{
	if (*count == *room) {
		*room = *room == 0 ? 1024 : 2 * *room;
		*list =
		    reallocarray(*list, *room, sizeof(struct feed_person *));
		if (*list == NULL)
			err_no_memory();
	}
	(*list)[(*count)++] = person;
}

/* A number as the index knows it; NULL when the row has none of that kind. */
static const char *
number_key(struct reader *reader, const struct feed_person *person,
    enum feed_column column)
{
	switch (column) {
	case FEED_NUMEN:
		return person->has_numen ? arena_printf(&reader->scratch,
					       "NUMEN|%s", person->numen.text)
					 : NULL;
	case FEED_INE:
		return person->has_ine ? arena_printf(&reader->scratch,
					     "INE|%s", person->ine.text)
				       : NULL;
	default:
		return person->employee[0] != '\0'
			   ? arena_printf(
				 &reader->scratch, "EMP|%s", person->employee)
			   : NULL;
	}
}

static const enum feed_column numbers[] = {FEED_NUMEN, FEED_INE, FEED_EMPLOYEE};

/* Any number that stood on an earlier row makes it the same person, as it
 * would against the directory. */
static struct feed_person *
earlier(struct reader *reader, const struct feed_person *person)
{
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		const char *key = number_key(reader, person, numbers[i]);
		const struct index_item *found =
		    key != NULL ? index_find(&reader->seen, key) : NULL;

		if (found != NULL)
			return found->what;
	}
	return NULL;
}

static void
remember(struct reader *reader, struct feed_person *kept,
    const struct feed_person *row)
{
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		const char *key = number_key(reader, row, numbers[i]);

		if (key != NULL && index_find(&reader->seen, key) == NULL)
			index_add(&reader->seen, key, kept);
	}
}

static size_t
affiliations(const struct feed_person *person)
{
	size_t count = 0;

	for (size_t i = 0; person->kinds[i] != NULL; i++)
		count++;
	for (size_t i = 0; person->establishments[i] != NULL; i++)
		count++;
	return count;
}

void
rows_reject(struct reader *reader, const struct feed_person *person)
{
	reader->counts->rejected++;
	push(&reader->roll->spared, &reader->roll->spared_count,
	    &reader->roll->spared_room, feed_copy(person, reader->arena));
}

/* A file that lists one student is a feed of students. */
static void
note_feed(struct reader *reader, const char *kind)
{
	struct roll *roll = reader->roll;
	size_t i = 0;

	while (i < roll->feed_count && strcmp(roll->feeds[i].kind, kind) != 0)
		i++;
	if (i == FEED_KINDS)
		return;
	if (i == roll->feed_count)
		roll->feeds[roll->feed_count++] =
		    (struct roll_feed){.kind = kind};
	else if (reader->written_ms <= roll->feeds[i].written_ms)
		return;
	roll->feeds[i].file = reader->file;
	roll->feeds[i].written_ms = reader->written_ms;
}

/* The file was counted before its rows met the others. */
static void
count_rejected(struct reader *reader, const char *file)
{
	for (size_t i = 0; i < json_size(reader->files); i++) {
		/* The list is ours; json_at() is for readers. */
		struct json *item = (struct json *)json_at(reader->files, i);

		if (strcmp(json_get_text(item, "file"), file) == 0) {
			json_number(item, "rejected",
			    json_get_number(item, "rejected", 0) + 1);
			return;
		}
	}
}

/* Two contracts, a student who works: one person. A row that adds nothing is
 * told. */
static void
merge(struct reader *reader, struct feed_person *kept,
    const struct waiting_row *row)
{
	size_t before = affiliations(kept);

	if (!birth_agrees(&kept->birth, &row->person->birth)) {
		rows_tell(reader, &row->place, "date_naissance",
		    "the number stands on another row, with another birth "
		    "date",
		    true);
		rows_reject(reader, row->person);
		count_rejected(reader, row->place.file);
		return;
	}
	feed_merge(kept, row->person, reader->arena);
	remember(reader, kept, row->person);
	if (affiliations(kept) == before)
		rows_tell(reader, &row->place, "numen",
		    "the same person stands on another row: taken "
		    "together",
		    false);
}

void
rows_add(
    struct reader *reader, const struct feed_person *person, unsigned long line)
{
	if (reader->waiting_count == reader->waiting_room) {
		reader->waiting_room =
		    reader->waiting_room == 0 ? 1024 : 2 * reader->waiting_room;
		reader->waiting = reallocarray(reader->waiting,
		    reader->waiting_room, sizeof *reader->waiting);
		if (reader->waiting == NULL)
			err_no_memory();
	}
	reader->waiting[reader->waiting_count++] = (struct waiting_row){
	    feed_copy(person, reader->arena), {reader->file, line}};
	note_feed(reader, person->kind);
}

static int
by_content(const void *a, const void *b)
{
	const struct waiting_row *left = a, *right = b;

	return feed_compare(left->person, right->person);
}

static int
by_order(const void *a, const void *b)
{
	const struct feed_person *const *left = a, *const *right = b;
	int order;

	if ((*left)->from_ms != (*right)->from_ms)
		return (*left)->from_ms < (*right)->from_ms ? -1 : 1;
	order = strcmp((*left)->order, (*right)->order);
	return order != 0 ? order : feed_compare(*left, *right);
}

void
rows_settle(struct reader *reader)
{
	struct roll *roll = reader->roll;

	if (reader->waiting_count > 0)
		qsort(reader->waiting, reader->waiting_count,
		    sizeof *reader->waiting, by_content);
	for (size_t i = 0; i < reader->waiting_count; i++) {
		const struct waiting_row *row = &reader->waiting[i];
		struct feed_person *kept = earlier(reader, row->person);

		if (kept != NULL) {
			merge(reader, kept, row);
		} else {
			remember(reader, row->person, row->person);
			push(&roll->list, &roll->count, &roll->room,
			    row->person);
		}
		arena_reset(&reader->scratch);
	}
	if (roll->count > 0)
		qsort(roll->list, roll->count, sizeof(struct feed_person *),
		    by_order);
}

void
rows_free(struct reader *reader)
{
	index_free(&reader->seen);
	free(reader->waiting);
}

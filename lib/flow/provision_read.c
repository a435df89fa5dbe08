#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/csv.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/flow/provision_internal.h"
#include "lib/flow/provision_source.h"
#include "lib/people/people_conf.h"

struct reader {
	const struct provision *provision;
	struct arena *arena;
	struct arena scratch; /* of one row */
	struct roll *roll;
	struct index seen; /* numbers that stood on a row, and whose */
	struct json *rejected;
	struct provision_counts *counts;
	const char *file;
	struct source source;
	struct json *files;
	struct feed_header header;
	int64_t written_ms; /* of file */
	int this_year;
};

/* Every bad row, on the terminal and in the report. */
static void
tell(struct reader *reader, unsigned long line, const char *column,
    const char *reason, bool fatal)
{
	struct arena *arena = &reader->scratch;
	struct json *item;

	reader->provision->on_line(reader->provision->context,
	    fatal ? arena_printf(arena, "%s:%lu: %s: %s", reader->file, line,
			column, reason)
		  : arena_printf(arena, "%s:%lu: %s: warning: %s", reader->file,
			line, column, reason));
	if (!fatal) {
		reader->counts->warnings++;
		return;
	}
	if (reader->rejected == NULL)
		return;
	item = json_add(reader->rejected, NULL, json_new_object());
	json_text(item, "file", reader->file);
	json_number(item, "line", (long long)line);
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

/* What a bad row tells of numbers says who is not absent. */
static void
reject(struct reader *reader, const struct feed_person *person)
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

/* Two contracts, a student who works: one person. A row that adds nothing is
 * told, and one about somebody born on another day is a bad row. */
static void
merge(struct reader *reader, struct feed_person *kept,
    const struct feed_person *person, unsigned long line)
{
	size_t before = affiliations(kept);

	if (strcmp(kept->birth.text, person->birth.text) != 0) {
		tell(reader, line, "date_naissance",
		    "the number stands on an earlier row, with another birth "
		    "date",
		    true);
		reject(reader, person);
		return;
	}
	feed_merge(kept, feed_copy(person, reader->arena), reader->arena);
	remember(reader, kept, person);
	note_feed(reader, person->kind);
	if (affiliations(kept) == before)
		tell(reader, line, "numen",
		    "the same person stands on an earlier row: taken "
		    "together",
		    false);
}

static void
keep(
    struct reader *reader, const struct feed_person *person, unsigned long line)
{
	struct feed_person *kept = earlier(reader, person);

	if (kept != NULL) {
		merge(reader, kept, person, line);
		return;
	}
	kept = feed_copy(person, reader->arena);
	remember(reader, kept, kept);
	note_feed(reader, kept->kind);
	push(&reader->roll->list, &reader->roll->count, &reader->roll->room,
	    kept);
}

static void
read_row(struct reader *reader, const struct csv_row *row)
{
	struct feed_person person;
	struct feed_notes notes;

	feed_read_row(&reader->header, row->cells, row->count,
	    (const char *const *)reader->provision->site->own_domains.list,
	    reader->this_year, &reader->scratch, &person, &notes);
	for (size_t i = 0; i < notes.count; i++)
		tell(reader, row->line, feed_column_name(notes.list[i].column),
		    notes.list[i].reason, notes.list[i].fatal);
	if (!notes.rejected) {
		keep(reader, &person, row->line);
		return;
	}
	reject(reader, &person);
}

/* A row that failed as CSV. One whose last cells are missing is taken, if they
 * are none that it must have: spread sheets leave empty ones out. */
static void
read_bad_row(
    struct reader *reader, const struct csv_row *row, const struct err *reason)
{
	if (row->is_short) {
		tell(reader, row->line, "row",
		    arena_printf(&reader->scratch,
			"%s: what is missing is empty", reason->text),
		    false);
		read_row(reader, row);
		return;
	}
	reader->counts->rejected++;
	tell(reader, row->line, "row", reason->text, true);
}

/* Everything but a trailer is a row. */
static int
take_row(struct reader *reader, enum lookup got, const struct csv_row *row,
    struct err *err)
{
	if (reader->source.ended)
		return err_set(err, ERR_REFUSED,
		    "%s:%lu: a row stands behind the trailer: nothing is done",
		    reader->file, row->line);
	if (source_take_trailer(&reader->source, row, &reader->scratch))
		return 0;
	reader->counts->rows++;
	reader->source.rows++;
	if (got == LOOKUP_FOUND)
		read_row(reader, row);
	else
		read_bad_row(reader, row, err);
	return 0;
}

static int
read_rows(struct reader *reader, struct csv *csv, struct err *err)
{
	const struct provision *provision = reader->provision;
	size_t rejected = reader->counts->rejected;

	for (;;) {
		struct csv_row row = {0};
		enum lookup got = csv_next(csv, &reader->scratch, &row, err);

		if (got == LOOKUP_ABSENT)
			break;
		if (got == LOOKUP_FAILED && err->kind != ERR_INPUT)
			return err_in(err, "%s", reader->file);
		if (take_row(reader, got, &row, err) != 0)
			return -1;
		if (reader->counts->rows % 1000 == 0)
			provision->on_progress(provision->context, "reading",
			    reader->counts->rows, 0);
		arena_reset(&reader->scratch);
	}
	reader->source.rejected = reader->counts->rejected - rejected;
	if (reader->files != NULL)
		source_report(&reader->source, reader->files);
	return source_end(&reader->source, err);
}

static int
read_file(struct reader *reader, struct err *err)
{
	const char *unknown[CSV_COLUMNS_MAX + 1];
	struct csv *csv = csv_open(reader->file, err);
	char *const *names;
	size_t count, before;
	int rc;

	if (csv == NULL)
		return -1;
	reader->header.words = &reader->provision->conf->words;
	reader->header.kind = reader->source.kind;
	reader->written_ms = csv_written_ms(csv);
	if (reader->written_ms > reader->provision->now_ms)
		reader->written_ms = reader->provision->now_ms;
	count = csv_columns(csv, &names);
	rc = feed_read_header(names, count, &reader->header, unknown, err);
	if (rc != 0) {
		err_in(err, "%s:1", reader->file);
	} else {
		for (size_t i = 0; unknown[i] != NULL; i++)
			tell(reader, 1, unknown[i], "unknown column: ignored",
			    false);
		before = reader->counts->rows;
		rc = read_rows(reader, csv, err);
		if (rc == 0 && reader->counts->rows == before &&
		    !reader->provision->partial)
			rc = err_set(err, ERR_REFUSED,
			    "%s: has no row: nothing is done", reader->file);
	}
	csv_close(csv);
	return rc;
}

static int
by_order(const void *a, const void *b)
{
	const struct feed_person *const *left = a, *const *right = b;

	if ((*left)->from_ms != (*right)->from_ms)
		return (*left)->from_ms < (*right)->from_ms ? -1 : 1;
	return strcmp((*left)->order, (*right)->order);
}

/* How many people each establishment has in the files. */
static void
report_establishments(const struct roll *roll, struct json *report)
{
	struct json *counts =
	    json_add(report, "establishments", json_new_object());

	for (size_t i = 0; i < roll->count; i++)
		for (char **uai = roll->list[i]->establishments; *uai != NULL;
		     uai++)
			json_number(
			    counts, *uai, 1 + json_get_number(counts, *uai, 0));
}

int
provision_read(const struct provision *provision, const char *const *files,
    struct arena *arena, struct roll *roll, struct json *report,
    struct provision_counts *counts, struct err *err)
{
	struct reader reader = {.provision = provision,
	    .arena = arena,
	    .roll = roll,
	    .seen = {.arena = arena},
	    .counts = counts,
	    .this_year = clock_local_day(provision->now_ms, NULL, NULL).year};
	int rc = 0;

	if (report != NULL) {
		reader.rejected =
		    json_add(report, "rejected", json_new_array());
		reader.files = json_add(report, "files", json_new_array());
	}
	for (size_t i = 0; rc == 0 && files[i] != NULL; i++) {
		source_begin(&reader.source, files[i], provision->conf->trailer,
		    provision->expected != NULL ? provision->expected[i] : -1);
		reader.file = reader.source.path;
		rc = read_file(&reader, err);
	}
	if (report != NULL && rc == 0)
		report_establishments(roll, report);
	index_free(&reader.seen);
	arena_reset(&reader.scratch);
	if (roll->count > 0)
		qsort(roll->list, roll->count, sizeof(struct feed_person *),
		    by_order);
	return rc;
}

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/csv.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/flow/provision_rows.h"
#include "lib/people/people_conf.h"

/* Every bad row, on the terminal and in the report. */
static void
tell(struct reader *reader, unsigned long line, const char *column,
    const char *reason, bool fatal)
{
	const struct row_place place = {reader->file, line};

	rows_tell(reader, &place, column, reason, fatal);
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
	if (notes.rejected)
		rows_reject(reader, &person);
	else
		rows_add(reader, &person, row->line);
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
	if (rc == 0)
		rows_settle(&reader);
	if (report != NULL && rc == 0)
		report_establishments(roll, report);
	rows_free(&reader);
	arena_reset(&reader.scratch);
	return rc;
}

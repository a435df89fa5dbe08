#include "lib/base/csv.h"

#include <csv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/csv_internal.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

enum { CELL_BLOCK = 4096 };

static const char unclosed[] = "a quote is opened and not closed";

struct csv {
	struct csv_lines lines;
	enum csv_encoding encoding;
	unsigned char separator;
	struct csv_parser parser;
	struct arena arena; /* holds the header */
	char **names;
	size_t columns; /* 0 until the header is read */

	/* the row under way */
	struct arena *cells_arena;
	char *empty; /* all empty cells share it */
	char *cells[CSV_COLUMNS_MAX];
	size_t count; /* of cells, also of those that found no place */
	size_t dirty; /* number of the first cell that is no text, or 0 */
	size_t last;  /* number of the last cell that is not empty, or 0 */
	bool odd;     /* a row of one line, with other cells than the header */
	bool filled;  /* a cell has something in it */
	bool done;
};

/* --- libcsv --- */

static void
on_cell(void *bytes, size_t len, void *data)
{
	struct csv *csv = data;
	char *cell = csv->empty;

	csv->count++;
	if (len > 0) {
		csv->filled = true;
		csv->last = csv->count;
	}
	if (csv->count > CSV_COLUMNS_MAX)
		return;
	if (len > 0)
		cell = csv_cell(csv->cells_arena, csv->encoding, bytes, len);
	if (cell == NULL && csv->dirty == 0)
		csv->dirty = csv->count;
	csv->cells[csv->count - 1] = cell;
}

static void
on_row(int c, void *data)
{
	(void)c;
	((struct csv *)data)->done = true;
}

static void
start_parser(struct csv *csv)
{
	if (csv_init(&csv->parser, CSV_STRICT) != 0)
		err_no_memory();
	csv_set_delim(&csv->parser, csv->separator);
	csv_set_blk_size(&csv->parser, CELL_BLOCK);
}

static void
restart_parser(struct csv *csv)
{
	csv_free(&csv->parser);
	start_parser(csv);
}

/* --- rows --- */

/*
 * Throws the row away; reading goes on with the line after its first. As every
 * quote opens or closes in strict mode, a row that is not closed in its own
 * line ends at the next line with an odd number of quotes, so no byte is read
 * more than twice.
 */
static enum lookup
give_up(struct csv *csv, struct csv_mark second, struct err *err)
{
	restart_parser(csv);
	if (csv->lines.here.offset != second.offset &&
	    csv_lines_back(&csv->lines, second, err) < 0)
		err_in(err, "line %lu", second.line);
	return LOOKUP_FAILED;
}

static void
start_row(struct csv *csv, struct arena *arena)
{
	csv->cells_arena = arena;
	csv->count = 0;
	csv->dirty = 0;
	csv->last = 0;
	csv->odd = false;
	csv->filled = false;
	csv->done = false;
}

static bool
feed(struct csv *csv)
{
	size_t eaten = csv_parse(&csv->parser, csv->lines.text, csv->lines.len,
	    on_cell, on_row, csv);

	if (eaten != csv->lines.len && csv_error(&csv->parser) != CSV_EPARSE)
		err_no_memory();
	return eaten == csv->lines.len;
}

/* A row of one line has cells too many or too few. Spread sheets write empty
 * ones behind the last column: those are no cells. */
static bool
has_other_cells(struct csv *csv, bool one_line)
{
	if (!csv->filled || csv->columns == 0 || csv->count == csv->columns)
		return false;
	if (one_line && csv->count > csv->columns &&
	    csv->last <= csv->columns) {
		csv->count = csv->columns;
		return false;
	}
	csv->odd = one_line;
	return true;
}

static int
complain_of_cells(const struct csv *csv, struct err *err)
{
	if (csv->lines.cut && csv->count < csv->columns)
		return err_set(err, ERR_INPUT,
		    "the file ends in the middle of this row: has it come as a "
		    "whole?");
	return err_set(err, ERR_INPUT, "has %zu cells, the header has %zu",
	    csv->count, csv->columns);
}

/* Takes the present line into the row; ABSENT: the row goes on. */
static enum lookup
take_line(struct csv *csv, size_t total, struct err *err)
{
	if (csv->lines.too_long && total == csv->lines.len)
		err_set(err, ERR_INPUT, "is longer than 1 MiB");
	else if (total > CSV_LINE_MAX + 1)
		err_set(err, ERR_INPUT, unclosed);
	else if (!feed(csv))
		err_set(err, ERR_INPUT, "a quote stands where none may be");
	else if (!csv->done)
		return LOOKUP_ABSENT;
	else if (has_other_cells(csv, total == csv->lines.len))
		(void)complain_of_cells(csv, err);
	else
		return LOOKUP_FOUND;
	return LOOKUP_FAILED;
}

/* Takes lines until the row that the present line begins is complete. */
static enum lookup
finish_row(struct csv *csv, struct err *err)
{
	struct csv_mark second = csv->lines.here;
	size_t total = csv->lines.len;
	enum lookup end;

	while ((end = take_line(csv, total, err)) == LOOKUP_ABSENT) {
		end = csv_lines_next(&csv->lines, err);
		if (end == LOOKUP_ABSENT)
			err_set(err, ERR_INPUT, unclosed);
		if (end != LOOKUP_FOUND)
			break;
		total += csv->lines.len;
	}
	return end == LOOKUP_FOUND ? end : give_up(csv, second, err);
}

/* The next row that has something in it; *line is where it begins. */
static enum lookup
next_row(
    struct csv *csv, struct arena *arena, unsigned long *line, struct err *err)
{
	enum lookup end;

	csv->empty = arena_dup(arena, "");
	do {
		*line = csv->lines.here.line;
		end = csv_lines_next(&csv->lines, err);
		if (end != LOOKUP_FOUND)
			return end;
		start_row(csv, arena);
		if (!csv_lines_blank(&csv->lines))
			end = finish_row(csv, err);
	} while (end == LOOKUP_FOUND && !csv->filled);
	return end;
}

static void
give_cells(struct csv *csv, struct arena *arena, struct csv_row *row)
{
	row->count = csv->count;
	row->cells = arena_array(arena, csv->count, sizeof(*row->cells));
	memcpy(row->cells, csv->cells, csv->count * sizeof(*row->cells));
}

enum lookup
csv_next(
    struct csv *csv, struct arena *arena, struct csv_row *row, struct err *err)
{
	enum lookup end;

	*row = (struct csv_row){0};
	end = next_row(csv, arena, &row->line, err);
	if (end == LOOKUP_FAILED && csv->odd && csv->dirty == 0 &&
	    csv->count <= CSV_COLUMNS_MAX) {
		give_cells(csv, arena, row);
		row->is_short = csv->count < csv->columns && !csv->lines.cut;
	}
	if (end != LOOKUP_FOUND)
		return end;
	if (csv->dirty > 0) {
		err_set(err, ERR_INPUT,
		    "%s: holds a control character or bytes that are no text",
		    csv->names[csv->dirty - 1]);
		return LOOKUP_FAILED;
	}
	give_cells(csv, arena, row);
	return LOOKUP_FOUND;
}

/* --- the header --- */

/* The one that stands more often outside of quotes. */
static unsigned char
find_separator(const char *text, size_t len)
{
	size_t semicolons = 0, commas = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		semicolons += !quoted && text[i] == ';';
		commas += !quoted && text[i] == ',';
	}
	return commas > semicolons ? ',' : ';';
}

static int
check_header(struct csv *csv, struct err *err)
{
	if (csv->count > CSV_COLUMNS_MAX)
		return err_set(err, ERR_INPUT,
		    "the header has more than %d columns", CSV_COLUMNS_MAX);
	if (csv->dirty > 0)
		return err_set(err, ERR_INPUT,
		    "the name of column %zu is no text", csv->dirty);
	for (size_t i = 0; i < csv->count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (*csv->names[i] != '\0' &&
			    text_equal_nocase(csv->names[i], csv->names[k]))
				return err_set(err, ERR_INPUT,
				    "the column %s stands twice",
				    csv->names[i]);
		}
	}
	return 0;
}

static enum lookup
first_line(struct csv *csv, struct err *err)
{
	enum lookup end;

	do
		end = csv_lines_next(&csv->lines, err);
	while (end == LOOKUP_FOUND && csv_lines_blank(&csv->lines));
	if (end == LOOKUP_ABSENT)
		err_set(err, ERR_INPUT, "is empty: not even a header");
	return end;
}

static int
read_header(struct csv *csv, struct err *err)
{
	if (first_line(csv, err) != LOOKUP_FOUND)
		return -1;
	csv->separator = find_separator(csv->lines.text, csv->lines.len);
	restart_parser(csv);
	csv->empty = arena_dup(&csv->arena, "");
	start_row(csv, &csv->arena);
	if (finish_row(csv, err) != LOOKUP_FOUND)
		return err_in(err, "the header");
	csv->names = arena_array(&csv->arena, csv->count, sizeof(char *));
	for (size_t i = 0; i < csv->count && i < CSV_COLUMNS_MAX; i++) {
		if (csv->cells[i] != NULL)
			csv->names[i] = text_trim(&csv->arena, csv->cells[i]);
	}
	csv->columns = csv->count;
	return check_header(csv, err);
}

static int
begin(struct csv *csv, struct err *err)
{
	struct csv_mark start = {0, 1};

	if (csv_detect(csv->lines.file, &csv->encoding, &start.offset, err) < 0)
		return -1;
	if (csv_lines_back(&csv->lines, start, err) < 0)
		return -1;
	return read_header(csv, err);
}

struct csv *
csv_open(const char *path, struct err *err)
{
	struct csv *csv = calloc(1, sizeof(*csv));

	if (csv == NULL)
		err_no_memory();
	if (csv_lines_open(&csv->lines, path, err) < 0) {
		free(csv);
		err_in(err, "%s", path);
		return NULL;
	}
	start_parser(csv);
	if (begin(csv, err) < 0) {
		csv_close(csv);
		err_in(err, "%s", path);
		return NULL;
	}
	return csv;
}

void
csv_close(struct csv *csv)
{
	if (csv == NULL)
		return;
	csv_free(&csv->parser);
	csv_lines_close(&csv->lines);
	arena_reset(&csv->arena);
	free(csv);
}

size_t
csv_columns(const struct csv *csv, char *const **names)
{
	*names = csv->names;
	return csv->columns;
}

int
csv_column(const struct csv *csv, const char *name)
{
	for (size_t i = 0; i < csv->columns; i++) {
		if (text_equal_nocase(csv->names[i], name))
			return (int)i;
	}
	return -1;
}

int64_t
csv_written_ms(const struct csv *csv)
{
	return csv->lines.written_ms;
}

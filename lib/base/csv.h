/*
 * csv - rows of a file with a header, through libcsv (its only door).
 *
 * The first line that is not blank decides the separator (';' or ',') and the
 * columns. UTF-8 (with or without BOM) and Windows-1252 are read: a file
 * without BOM in which more letters are broken as UTF-8 than are whole is
 * Windows-1252 as a whole. Lines end in
 * LF, CR LF or CR. Quoted cells may hold line ends, which become spaces, as
 * tabs do. Blank lines and rows of empty cells are passed over.
 *
 * Quoting is RFC 4180's, strictly: a quote in a cell that is not quoted is an
 * error of its line. So is a line, or a quoted row, of more than CSV_LINE_MAX
 * bytes, and a row with the wrong number of cells (empty ones behind the last
 * column are none). After an error reading goes
 * on in the line after the one where the row begins, so a quote that is never
 * closed, or closed by chance in a later row, swallows no rows.
 *
 * Memory is bounded whatever the file: a first pass decides the encoding, the
 * second holds one row. The file must be a regular one.
 *
 * Ownership: cells live in the arena given to csv_next(). One reader, one
 * thread.
 */
#ifndef LIB_BASE_CSV_H
#define LIB_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

struct arena;
struct err;

enum { CSV_LINE_MAX = 1024 * 1024, CSV_COLUMNS_MAX = 256 };

struct csv;

struct csv_row {
	unsigned long line; /* where the row begins, 1-based */
	char **cells;       /* as many as there are columns, clean UTF-8 */
	size_t count;
	/* Of a row that failed: only cells at its end are missing. */
	bool is_short;
};

/* ERR_INPUT when there is no such file, or its header cannot be used. */
struct csv *csv_open(const char *path, struct err *err) MUST_CHECK;
void csv_close(struct csv *csv);

/* The header, as written but trimmed. */
size_t csv_columns(const struct csv *csv, char *const **names);
/* Index of a column, compared without case; -1 when absent. */
int csv_column(const struct csv *csv, const char *name);
/* When the opened file was last written, as its file system says; ms since
 * 1970. */
int64_t csv_written_ms(const struct csv *csv);

/*
 * LOOKUP_FOUND: a row. LOOKUP_ABSENT: the end. LOOKUP_FAILED with ERR_INPUT:
 * this row is bad (row->line is set) and reading may go on; any other kind:
 * the file cannot be read further. A row of one line that is bad because of the
 * number of its cells has those it has; whoever knows better may take it.
 */
enum lookup csv_next(struct csv *csv, struct arena *arena, struct csv_row *row,
    struct err *err) MUST_CHECK;

#endif

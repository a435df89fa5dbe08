/*
 * csv_internal - what the files of csv share: lines and encodings. Nobody else
 * includes this.
 */
#ifndef LIB_BASE_CSV_INTERNAL_H
#define LIB_BASE_CSV_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "lib/base/base.h"

struct arena;
struct err;

/* csv_line.c */

/* A place in the file between two lines. */
struct csv_mark {
	off_t offset;
	unsigned long line; /* of the line that begins here, from 1 */
};

struct csv_lines {
	FILE *file;
	struct csv_mark here;
	char *text; /* the line, ended by LF whatever ended it in the file */
	size_t len;
	int64_t written_ms; /* modification time of the file */
	bool cut;           /* the file ended without a line end */
	bool too_long;      /* text is only its first CSV_LINE_MAX bytes */
};

int csv_lines_open(
    struct csv_lines *lines, const char *path, struct err *err) MUST_CHECK;
void csv_lines_close(struct csv_lines *lines);
enum lookup csv_lines_next(struct csv_lines *lines, struct err *err) MUST_CHECK;
bool csv_lines_blank(const struct csv_lines *lines);
int csv_lines_back(
    struct csv_lines *lines, struct csv_mark mark, struct err *err) MUST_CHECK;

/* csv_text.c */

enum csv_encoding { CSV_UTF8, CSV_CP1252 };

/* Reads the file once, from its start; *bom is how long its BOM is. */
int csv_detect(FILE *file, enum csv_encoding *encoding, off_t *bom,
    struct err *err) MUST_CHECK;

/* A cell as the house wants it; NULL when it is not clean text. */
char *csv_cell(struct arena *arena, enum csv_encoding encoding,
    const void *bytes, size_t len);

#endif

/*
 * provision_rows - rows that were understood, on their way to people.
 *
 * Files come in the order of a command line, and rows in that of an export; a
 * plan is to depend on neither. So rows wait until all files are read, are put
 * into the order of feed_compare(), and then those with a number in common are
 * taken together: the one that knows most is the person, the others add to it.
 * One about somebody born on another day is a bad row.
 */
#ifndef LIB_FLOW_PROVISION_ROWS_H
#define LIB_FLOW_PROVISION_ROWS_H

#include "lib/flow/provision_internal.h"
#include "lib/flow/provision_source.h"

struct row_place {
	const char *file;
	unsigned long line;
};

struct waiting_row {
	struct feed_person *person;
	struct row_place place;
};

struct reader {
	const struct provision *provision;
	struct arena *arena;
	struct arena scratch; /* of one row */
	struct roll *roll;
	struct waiting_row *waiting;
	size_t waiting_count, waiting_room;
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

/* Every bad row, on the terminal and in the report; a warning on the terminal
 * alone. */
void rows_tell(struct reader *reader, const struct row_place *place,
    const char *column, const char *reason, bool fatal);
/* What a bad row tells of numbers says who is not absent. */
void rows_reject(struct reader *reader, const struct feed_person *person);
/* A copy of a good row of the file at hand. */
void rows_add(struct reader *reader, const struct feed_person *person,
    unsigned long line);
/* All of them into the roll, each person once. */
void rows_settle(struct reader *reader);
void rows_free(struct reader *reader);

#endif

/*
 * provision_source - one file of the input: what the operator said of it, what
 * it held, and whether it has come as a whole.
 *
 * An operand is a path, or "etudiant=path" for an export without a column for
 * the type. A file that was cut off must never look like people who left: the
 * number of its rows may be told on the command line (--expect) or in its last
 * line (the trailer), and a file that does not hold as many is refused with all
 * the others.
 */
#ifndef LIB_FLOW_PROVISION_SOURCE_H
#define LIB_FLOW_PROVISION_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct csv_row;
struct err;
struct json;

struct source {
	const char *path;
	const char *kind;    /* of every row, or NULL */
	const char *trailer; /* as configured, "" = none */
	long expected;       /* rows; -1 = not told */
	size_t rows, rejected;
	bool ended; /* the trailer was read */
	long told;  /* the rows it tells, or -1 */
};

/* operand is kept; path points into it. */
void source_begin(struct source *source, const char *operand,
    const char *trailer, long expected);
/* Is row (also one that failed) the trailer? Then it is noted. */
bool source_take_trailer(
    struct source *source, const struct csv_row *row, struct arena *arena);
/* ERR_REFUSED: the file is not what was told. */
int source_end(const struct source *source, struct err *err) MUST_CHECK;
/* {"file", "type", "rows", "rejected"} at the end of list. */
void source_report(const struct source *source, struct json *list);

#endif

/*
 * metrics - numbers for the monitoring, and how Prometheus reads them (text
 * exposition format 0.0.4).
 *
 * A program has one table of all its numbers: name, kind, help, and for each
 * label the list of values it may have. All combinations exist from the start
 * with the value 0, so that the number of series is known when the table is
 * written, whatever visitors type, and a rate never begins with a gap.
 *
 * Counting is one relaxed atomic addition, from any thread; nothing is locked
 * and nothing allocated. Where the struct is NULL (command line, unit tests),
 * or this program does not have that number, counting does nothing.
 *
 * Gauges whose value is not known (METRICS_UNKNOWN) are not shown.
 *
 * Not here: what the numbers mean (lib/flow/meters.h). A label says what of a
 * few things it was and never who.
 */
#ifndef LIB_BASE_METRICS_H
#define LIB_BASE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

struct buf;
struct metrics;

enum { METRICS_LABELS = 2, METRICS_UNKNOWN = INT32_MIN };

enum metrics_kind {
	METRICS_COUNTER,
	METRICS_GAUGE,
	METRICS_GAUGE_MS, /* set in milliseconds, shown in seconds */
	METRICS_DURATION, /* histogram: told in microseconds, shown in seconds
			   */
};

struct metrics_label {
	const char *name;          /* NULL: no such label */
	const char *const *values; /* NULL ends; the last one stands for what
				      is not in the list */
};

struct metrics_def {
	const char *name; /* NULL: this program does not have it */
	enum metrics_kind kind;
	const char *help;
	struct metrics_label labels[METRICS_LABELS];
};

/* For a module that knows no table: where its calls are told. */
struct meter {
	struct metrics *metrics; /* NULL: nowhere */
	size_t took;             /* a METRICS_DURATION without labels */
	size_t failed, which;    /* a METRICS_COUNTER, and its first label */
};

/* What the table points to must outlive it; the table itself is copied. An id
 * below is a place in it. */
struct metrics *metrics_new(const struct metrics_def *defs, size_t count);
void metrics_free(struct metrics *metrics);

/* first and second: places in the labels' values, 0 where there is no such
 * label. One beyond the list counts as its last. */
void metrics_add(struct metrics *metrics, size_t id, size_t first,
    size_t second, int64_t much);
void metrics_set(struct metrics *metrics, size_t id, size_t first,
    size_t second, int64_t value);
void metrics_took(
    struct metrics *metrics, size_t id, size_t first, int64_t microseconds);

/* The place of word in values; that of the last one when it is not there. */
size_t metrics_place(const char *const *values, const char *word);

/* Now, for metrics_took() and meter_tell(). */
int64_t metrics_now_us(void);
void meter_tell(const struct meter *meter, int64_t since_us, bool failed);
void meter_fail(const struct meter *meter);

/* Appends all that is known. */
void metrics_write(struct metrics *metrics, struct buf *out);
/* … and what the kernel says about this process: the names every client
 * library gives them ("process_cpu_seconds_total" …). */
void metrics_write_process(struct buf *out);

#endif

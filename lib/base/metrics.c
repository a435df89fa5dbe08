#include "lib/base/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Upper bounds in microseconds: a Redis beside us takes 100 µs, LDAP a few
 * ms, SMTP may take its 20 s. */
static const int64_t BOUNDS[] = {250, 1000, 5000, 25000, 100000, 250000, 500000,
    1000000, 2500000, 5000000, 10000000, 30000000};

/* A histogram is its buckets (the last one without a bound) and a sum. */
enum { BUCKETS = COUNT_OF(BOUNDS) + 1, HISTOGRAM_CELLS = BUCKETS + 1 };

struct family {
	struct metrics_def def;
	size_t sizes[METRICS_LABELS]; /* values of each label, 1 for none */
	_Atomic int64_t *cells;
};

struct metrics {
	size_t count;
	struct family *families;
};

/* --- life ----------------------------------------------------------------- */

static size_t
size_of(const struct metrics_label *label)
{
	size_t n = 0;

	if (label->name == NULL)
		return 1;
	while (label->values[n] != NULL)
		n++;
	return n;
}

static size_t
cells_of(const struct family *family)
{
	size_t each =
	    family->def.kind == METRICS_DURATION ? HISTOGRAM_CELLS : 1;

	return family->sizes[0] * family->sizes[1] * each;
}

static void
open_family(struct family *family, const struct metrics_def *def)
{
	family->def = *def;
	if (def->name == NULL)
		return;
	for (size_t i = 0; i < METRICS_LABELS; i++)
		family->sizes[i] = size_of(&def->labels[i]);
	family->cells = calloc(cells_of(family), sizeof *family->cells);
	if (family->cells == NULL)
		err_no_memory();
	for (size_t i = 0; i < cells_of(family); i++)
		atomic_init(&family->cells[i],
		    def->kind == METRICS_GAUGE || def->kind == METRICS_GAUGE_MS
			? METRICS_UNKNOWN
			: 0);
}

struct metrics *
metrics_new(const struct metrics_def *defs, size_t count)
{
	struct metrics *metrics = calloc(1, sizeof *metrics);

	if (metrics != NULL)
		metrics->families = calloc(count, sizeof *metrics->families);
	if (metrics == NULL || metrics->families == NULL)
		err_no_memory();
	metrics->count = count;
	for (size_t i = 0; i < count; i++)
		open_family(&metrics->families[i], &defs[i]);
	return metrics;
}

void
metrics_free(struct metrics *metrics)
{
	if (metrics == NULL)
		return;
	for (size_t i = 0; i < metrics->count; i++)
		free(metrics->families[i].cells);
	free(metrics->families);
	free(metrics);
}

/* --- counting ------------------------------------------------------------- */

static size_t
within(size_t place, size_t size)
{
	return place < size ? place : size - 1;
}

static struct family *
find(struct metrics *metrics, size_t id)
{
	if (metrics == NULL || id >= metrics->count ||
	    metrics->families[id].def.name == NULL)
		return NULL;
	return &metrics->families[id];
}

static size_t
series(const struct family *family, size_t first, size_t second)
{
	return within(first, family->sizes[0]) * family->sizes[1] +
	       within(second, family->sizes[1]);
}

void
metrics_add(struct metrics *metrics, size_t id, size_t first, size_t second,
    int64_t much)
{
	struct family *family = find(metrics, id);

	if (family != NULL && family->def.kind != METRICS_DURATION)
		atomic_fetch_add_explicit(
		    &family->cells[series(family, first, second)], much,
		    memory_order_relaxed);
}

void
metrics_set(struct metrics *metrics, size_t id, size_t first, size_t second,
    int64_t value)
{
	struct family *family = find(metrics, id);

	if (family != NULL && family->def.kind != METRICS_DURATION)
		atomic_store_explicit(
		    &family->cells[series(family, first, second)], value,
		    memory_order_relaxed);
}

void
metrics_took(
    struct metrics *metrics, size_t id, size_t first, int64_t microseconds)
{
	struct family *family = find(metrics, id);
	_Atomic int64_t *cells;
	size_t bucket = 0;

	if (family == NULL || family->def.kind != METRICS_DURATION)
		return;
	cells = family->cells + series(family, first, 0) * HISTOGRAM_CELLS;
	while (bucket < COUNT_OF(BOUNDS) && microseconds > BOUNDS[bucket])
		bucket++;
	atomic_fetch_add_explicit(&cells[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(
	    &cells[BUCKETS], microseconds, memory_order_relaxed);
}

size_t
metrics_place(const char *const *values, const char *word)
{
	size_t place = 0;

	while (values[place + 1] != NULL && strcmp(values[place], word) != 0)
		place++;
	return place;
}

int64_t
metrics_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
meter_tell(const struct meter *meter, int64_t since_us, bool failed)
{
	if (meter->metrics == NULL)
		return;
	metrics_took(
	    meter->metrics, meter->took, 0, metrics_now_us() - since_us);
	if (failed)
		meter_fail(meter);
}

void
meter_fail(const struct meter *meter)
{
	metrics_add(meter->metrics, meter->failed, meter->which, 0, 1);
}

/* --- showing -------------------------------------------------------------- */

/* A backslash, a line feed and, in a label, a double quote are escaped. */
static void
write_escaped(struct buf *out, const char *text, bool in_label)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buf_add_text(out, "\\n");
			continue;
		}
		if (*text == '\\' || (in_label && *text == '"'))
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

/* Whatever the locale, the point of a decimal is a point. */
static void
write_seconds(struct buf *out, int64_t microseconds)
{
	int64_t size = microseconds < 0 ? -microseconds : microseconds;
	int64_t rest = size % 1000000;

	buf_addf(
	    out, "%s%" PRId64, microseconds < 0 ? "-" : "", size / 1000000);
	if (rest > 0)
		buf_add_char(out, '.');
	for (; rest > 0; rest = rest % 100000 * 10)
		buf_add_char(out, (char)('0' + rest / 100000));
}

static void
write_labels(struct buf *out, const struct family *family, const size_t at[],
    const int64_t *bound, bool is_bucket)
{
	const char *separator = "{";

	for (size_t i = 0; i < METRICS_LABELS; i++) {
		const struct metrics_label *label = &family->def.labels[i];

		if (label->name == NULL)
			continue;
		buf_addf(out, "%s%s=\"", separator, label->name);
		write_escaped(out, label->values[at[i]], true);
		buf_add_char(out, '"');
		separator = ",";
	}
	if (is_bucket) {
		buf_addf(out, "%sle=\"", separator);
		if (bound != NULL)
			write_seconds(out, *bound);
		else
			buf_add_text(out, "+Inf");
		buf_add_char(out, '"');
		separator = ",";
	}
	if (separator[0] == ',')
		buf_add_char(out, '}');
	buf_add_char(out, ' ');
}

static void
write_value(struct buf *out, const struct family *family, const size_t at[])
{
	int64_t value = atomic_load_explicit(
	    &family->cells[series(family, at[0], at[1])], memory_order_relaxed);
	bool is_gauge = family->def.kind != METRICS_COUNTER;

	if (is_gauge && value == METRICS_UNKNOWN)
		return;
	buf_add_text(out, family->def.name);
	write_labels(out, family, at, NULL, false);
	if (family->def.kind == METRICS_GAUGE_MS)
		write_seconds(out, value * 1000);
	else
		buf_addf(out, "%" PRId64, value);
	buf_add_char(out, '\n');
}

/* The count is that of the last bucket, so that the two always agree. */
static void
write_histogram(struct buf *out, const struct family *family, const size_t at[])
{
	_Atomic int64_t *cells =
	    family->cells + series(family, at[0], at[1]) * HISTOGRAM_CELLS;
	const char *name = family->def.name;
	int64_t count = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		count += atomic_load_explicit(&cells[i], memory_order_relaxed);
		buf_addf(out, "%s_bucket", name);
		write_labels(out, family, at,
		    i < COUNT_OF(BOUNDS) ? &BOUNDS[i] : NULL, true);
		buf_addf(out, "%" PRId64 "\n", count);
	}
	buf_addf(out, "%s_sum", name);
	write_labels(out, family, at, NULL, false);
	write_seconds(
	    out, atomic_load_explicit(&cells[BUCKETS], memory_order_relaxed));
	buf_addf(out, "\n%s_count", name);
	write_labels(out, family, at, NULL, false);
	buf_addf(out, "%" PRId64 "\n", count);
}

static void
write_family(struct buf *out, const struct family *family)
{
	static const char *const types[] = {
	    "counter", "gauge", "gauge", "histogram"};
	size_t at[METRICS_LABELS];

	buf_addf(out, "# HELP %s ", family->def.name);
	write_escaped(out, family->def.help, false);
	buf_addf(
	    out, "\n# TYPE %s %s\n", family->def.name, types[family->def.kind]);
	for (at[0] = 0; at[0] < family->sizes[0]; at[0]++)
		for (at[1] = 0; at[1] < family->sizes[1]; at[1]++) {
			if (family->def.kind == METRICS_DURATION)
				write_histogram(out, family, at);
			else
				write_value(out, family, at);
		}
}

void
metrics_write(struct metrics *metrics, struct buf *out)
{
	for (size_t i = 0; metrics != NULL && i < metrics->count; i++)
		if (metrics->families[i].def.name != NULL)
			write_family(out, &metrics->families[i]);
}

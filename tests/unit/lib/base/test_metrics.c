#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>

#include "lib/base/buf.h"
#include "lib/base/metrics.h"

static const char *const odd[] = {"a\"b\\c\nd", "other", NULL};
static const char *const sides[] = {"left", "right", NULL};

enum { COUNT, LEVEL, AGE, TIME, ABSENT, FAMILIES };

static const struct metrics_def DEFS[FAMILIES] = {
    {"t_total", METRICS_COUNTER, "One \\ two\nlines.",
	{{"word", odd}, {"side", sides}}},
    {"t_level", METRICS_GAUGE, "Level.", {{0}}},
    {"t_age_seconds", METRICS_GAUGE_MS, "Age.", {{"side", sides}}},
    {"t_seconds", METRICS_DURATION, "Time.", {{0}}},
    {NULL, METRICS_COUNTER, NULL, {{0}}},
};

static void
assert_shows(struct metrics *metrics, const char *text, bool shown)
{
	struct buf out;

	buf_init(&out, 65536);
	metrics_write(metrics, &out);
	assert_true(buf_ok(&out));
	if ((strstr(buf_text(&out), text) != NULL) != shown)
		fail_msg("%s in:\n%s", text, buf_text(&out));
	buf_free(&out);
}

static void
test_escaping(void **unused)
{
	struct metrics *metrics = metrics_new(DEFS, FAMILIES);

	(void)unused;
	assert_shows(metrics,
	    "# HELP t_total One \\\\ two\\nlines.\n# TYPE t_total counter\n"
	    "t_total{word=\"a\\\"b\\\\c\\nd\",side=\"left\"} 0\n",
	    true);
	metrics_free(metrics);
}

static void
test_no_series_but_those_of_the_table(void **unused)
{
	struct metrics *metrics = metrics_new(DEFS, FAMILIES);

	(void)unused;
	metrics_add(metrics, COUNT, 99, 1, 2);
	metrics_add(metrics, COUNT, metrics_place(odd, "unheard"), 1, 1);
	assert_shows(
	    metrics, "t_total{word=\"other\",side=\"right\"} 3\n", true);
	metrics_add(metrics, ABSENT, 0, 0, 1);
	metrics_add(metrics, FAMILIES + 3, 0, 0, 1);
	metrics_add(metrics, TIME, 0, 0, 1); /* not that kind */
	metrics_took(metrics, COUNT, 0, 1);
	assert_shows(metrics, "t_seconds_count 0\n", true);
	metrics_add(NULL, COUNT, 0, 0, 1);
	metrics_took(NULL, TIME, 0, 1);
	metrics_write(NULL, NULL);
	metrics_free(NULL);
	metrics_free(metrics);
}

static void
test_gauges(void **unused)
{
	struct metrics *metrics = metrics_new(DEFS, FAMILIES);

	(void)unused;
	assert_shows(metrics, "\nt_level ", false);
	metrics_set(metrics, LEVEL, 0, 0, -7);
	assert_shows(metrics, "\nt_level -7\n", true);
	metrics_set(metrics, LEVEL, 0, 0, METRICS_UNKNOWN);
	assert_shows(metrics, "\nt_level ", false);
	metrics_set(metrics, AGE, 1, 0, 61500);
	assert_shows(metrics, "\nt_age_seconds{side=\"right\"} 61.5\n", true);
	metrics_set(metrics, AGE, 1, 0, -500);
	assert_shows(metrics, "\nt_age_seconds{side=\"right\"} -0.5\n", true);
	assert_shows(metrics, "t_age_seconds{side=\"left\"}", false);
	metrics_free(metrics);
}

static void
test_durations(void **unused)
{
	struct metrics *metrics = metrics_new(DEFS, FAMILIES);

	(void)unused;
	metrics_took(metrics, TIME, 0, 250); /* the bound itself */
	metrics_took(metrics, TIME, 0, 251);
	metrics_took(metrics, TIME, 0, 99000000); /* beyond the last */
	assert_shows(metrics,
	    "t_seconds_bucket{le=\"0.00025\"} 1\n"
	    "t_seconds_bucket{le=\"0.001\"} 2\n",
	    true);
	assert_shows(metrics,
	    "t_seconds_bucket{le=\"30\"} 2\n"
	    "t_seconds_bucket{le=\"+Inf\"} 3\n"
	    "t_seconds_sum 99.000501\nt_seconds_count 3\n",
	    true);
	metrics_free(metrics);
}

enum { THREADS = 4, TIMES = 20000 };

static void *
count(void *context)
{
	for (int i = 0; i < TIMES; i++) {
		metrics_add(context, COUNT, 0, 0, 1);
		metrics_took(context, TIME, 0, 1);
	}
	return NULL;
}

static void
test_threads_lose_nothing(void **unused)
{
	struct metrics *metrics = metrics_new(DEFS, FAMILIES);
	pthread_t threads[THREADS];

	(void)unused;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, count, metrics), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_shows(metrics, ",side=\"left\"} 80000\n", true);
	assert_shows(
	    metrics, "t_seconds_sum 0.08\nt_seconds_count 80000\n", true);
	metrics_free(metrics);
}

/* One, but for the threads that a sanitizer brings along. */
static int
threads_here(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *task;
	int count = 0;

	assert_non_null(tasks);
	while ((task = readdir(tasks)) != NULL)
		count += task->d_name[0] != '.';
	closedir(tasks);
	return count;
}

static void
test_the_process(void **unused)
{
	char threads[64];
	struct buf out;

	(void)unused;
	snprintf(
	    threads, sizeof threads, "\nprocess_threads %d\n", threads_here());
	buf_init(&out, 65536);
	metrics_write_process(&out);
	assert_non_null(strstr(buf_text(&out), threads));
	assert_non_null(strstr(buf_text(&out), "process_open_fds "));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_escaping),
	    cmocka_unit_test(test_no_series_but_those_of_the_table),
	    cmocka_unit_test(test_gauges),
	    cmocka_unit_test(test_durations),
	    cmocka_unit_test(test_threads_lose_nothing),
	    cmocka_unit_test(test_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

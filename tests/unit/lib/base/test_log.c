#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/log.h"

/* Standard error, led into a pipe while an event is written. */
struct trap {
	int saved;
	int ends[2];
	char line[8192];
};

static void
open_trap(struct trap *trap)
{
	assert_int_equal(pipe(trap->ends), 0);
	trap->saved = dup(STDERR_FILENO);
	assert_true(trap->saved >= 0);
	assert_true(dup2(trap->ends[1], STDERR_FILENO) >= 0);
}

/* What was written, without the leading "ts=... ", whose shape is checked. */
static const char *
close_trap(struct trap *trap)
{
	static const char shape[] = "ts=dddd-dd-ddTdd:dd:dd.dddZ ";
	ssize_t len;

	dup2(trap->saved, STDERR_FILENO);
	close(trap->saved);
	close(trap->ends[1]);
	len = read(trap->ends[0], trap->line, sizeof(trap->line) - 1);
	close(trap->ends[0]);
	assert_true(len >= 0);
	trap->line[len] = '\0';
	if (len == 0)
		return trap->line;
	for (size_t i = 0; i < sizeof(shape) - 1; i++) {
		if (shape[i] == 'd')
			assert_in_range(trap->line[i], '0', '9');
		else
			assert_int_equal(trap->line[i], shape[i]);
	}
	return trap->line + sizeof(shape) - 1;
}

static void
test_line(void **state)
{
	struct trap trap;
	char number[LOG_NUMBER];

	(void)state;
	log_setup("rentree-web", LOG_LEVEL_INFO);
	open_trap(&trap);
	errno = ENOENT;
	log_event(LOG_LEVEL_WARN, "mail.sent", "ref", "7K3QWB", "ms",
	    log_number(number, -42), NULL);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(close_trap(&trap),
	    "level=warn program=rentree-web event=mail.sent ref=7K3QWB "
	    "ms=-42\n");
	log_setup(NULL, LOG_LEVEL_INFO);
	open_trap(&trap);
	log_event(LOG_LEVEL_ERROR, "stop", NULL);
	assert_string_equal(close_trap(&trap), "level=error event=stop\n");
}

static void
test_escapes(void **state)
{
	static const struct {
		const char *value, *written;
	} cases[] = {
	    {"plain", "plain"},
	    {"\u00e9t\u00e9", "\u00e9t\u00e9"},
	    {"", "\"\""},
	    {"a b", "\"a b\""},
	    {"a=b", "\"a=b\""},
	    {"a\"b", "\"a\\\"b\""},
	    {"a\\b", "\"a\\\\b\""},
	    {"a\nlevel=error", "\"a\\x0alevel=error\""},
	    {"\r\t\x1b[31m\x7f", "\"\\x0d\\x09\\x1b[31m\\x7f\""},
	    {"\xc2\x9b", "\"\\xc2\\x9b\""},
	    {"\xff\xc3(", "\"\\xff\\xc3(\""},
	    {"\xed\xa0\x80", "\"\\xed\\xa0\\x80\""},
	    {"\xe2\x82", "\"\\xe2\\x82\""},
	};
	struct trap trap;
	char want[128];

	(void)state;
	log_setup(NULL, LOG_LEVEL_INFO);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		open_trap(&trap);
		log_event(LOG_LEVEL_INFO, "x", "v", cases[i].value, NULL);
		snprintf(want, sizeof(want), "level=info event=x v=%s\n",
		    cases[i].written);
		assert_string_equal(close_trap(&trap), want);
	}
}

static void
test_missing_value_ends_the_list(void **state)
{
	const char *missing = NULL;
	struct trap trap;

	(void)state;
	log_setup(NULL, LOG_LEVEL_INFO);
	open_trap(&trap);
	log_event(LOG_LEVEL_INFO, "x", "a", "1", "b", missing, "c", "3", NULL);
	assert_string_equal(
	    close_trap(&trap), "level=info event=x a=1 b=\"\"\n");
}

static void
test_errno_survives_a_closed_log(void **state)
{
	int saved = dup(STDERR_FILENO);

	(void)state;
	log_setup(NULL, LOG_LEVEL_INFO);
	assert_true(saved >= 0);
	close(STDERR_FILENO);
	errno = ENOENT;
	log_event(LOG_LEVEL_INFO, "x", NULL);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
}

static void
test_levels(void **state)
{
	static const enum log_level levels[] = {
	    LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR};
	struct trap trap;
	const char *line;

	(void)state;
	for (size_t lowest = 0; lowest < COUNT_OF(levels); lowest++) {
		for (size_t i = 0; i < COUNT_OF(levels); i++) {
			log_setup(NULL, levels[lowest]);
			open_trap(&trap);
			log_event(levels[i], "x", NULL);
			line = close_trap(&trap);
			assert_int_equal(line[0] != '\0', i >= lowest);
		}
	}
}

static void
test_ceiling(void **state)
{
	struct trap trap;
	const char *line, *end;
	char value[4000];

	(void)state;
	log_setup(NULL, LOG_LEVEL_INFO);
	for (size_t len = 1900; len < 2100; len++) {
		memset(value, 'v', len);
		value[len] = '\0';
		open_trap(&trap);
		log_event(LOG_LEVEL_INFO, "x", "a", "1", "long", value, "b",
		    "2", NULL);
		line = close_trap(&trap);
		assert_true(strlen(trap.line) <= 2048);
		end = strchr(line, '\n');
		assert_non_null(end);
		assert_int_equal(end[1], '\0');
		if (strstr(line, " b=2\n") == NULL)
			assert_string_equal(end - 8, " cut=yes\n");
	}
	memset(value, '\n', 3999);
	value[3999] = '\0';
	open_trap(&trap);
	log_event(LOG_LEVEL_INFO, "x", "a", "1", "long", value, NULL);
	assert_string_equal(
	    close_trap(&trap), "level=info event=x a=1 cut=yes\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_line),
	    cmocka_unit_test(test_escapes),
	    cmocka_unit_test(test_missing_value_ends_the_list),
	    cmocka_unit_test(test_errno_survives_a_closed_log),
	    cmocka_unit_test(test_levels),
	    cmocka_unit_test(test_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

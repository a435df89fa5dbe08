#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/clock.h"
#include "lib/base/fault.h"

/* A child that passes a point so many times; its wait status. */
static int
pass(const char *orders, const char *trace, const char *name, int times)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		if (orders != NULL)
			setenv("RENTREE_FAULT", orders, 1);
		if (trace != NULL)
			setenv("RENTREE_FAULT_TRACE", trace, 1);
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		while (times-- > 0)
			fault_point(name);
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static bool
lives(const char *orders, const char *trace, const char *name, int times)
{
	int status = pass(orders, trace, name, times);

	if (WIFEXITED(status)) {
		assert_int_equal(WEXITSTATUS(status), 0);
		return true;
	}
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	return false;
}

static void
make_trace(char *path)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
}

static void
test_kill(void **state)
{
	(void)state;
	assert_true(lives(NULL, NULL, "a.done", 3));
	assert_false(lives("a.done=kill", NULL, "a.done", 1));
	assert_true(lives("a.done=kill", NULL, "b.done", 1));
	assert_true(lives("a.done=kill", NULL, "a.do", 1));
	assert_false(lives("b.done=kill,a.done=kill", NULL, "a.done", 1));
}

/* Counted over all processes: who is started again passes. */
static void
test_nth(void **state)
{
	char trace[] = "/tmp/rentree-fault.XXXXXX";

	(void)state;
	make_trace(trace);
	assert_true(lives("a.done:3=kill", trace, "a.done", 2));
	assert_true(lives("a.done:3=kill", trace, "b.done", 2));
	assert_false(lives("a.done:3=kill", trace, "a.done", 1));
	assert_true(lives("a.done:3=kill", trace, "a.done", 2));
	unlink(trace);
	assert_true(lives("a.done:1=kill", NULL, "a.done", 1));
}

static void
test_trace(void **state)
{
	char trace[] = "/tmp/rentree-fault.XXXXXX", text[64] = "";
	FILE *file;

	(void)state;
	make_trace(trace);
	assert_true(lives(NULL, trace, "a.done", 2));
	assert_false(lives("b.done=kill", trace, "b.done", 2));
	file = fopen(trace, "r");
	assert_non_null(file);
	(void)!fread(text, 1, sizeof text - 1, file);
	fclose(file);
	unlink(trace);
	assert_string_equal(text, "a.done\na.done\nb.done\n");
}

static void
test_pause(void **state)
{
	int64_t start_ms = clock_mono_ms();

	(void)state;
	assert_true(lives("a.done=pause:200", NULL, "a.done", 1));
	assert_true(clock_mono_ms() - start_ms >= 200);
}

/* So that a running process can be told, and told again. */
static void
test_orders_from_a_file(void **state)
{
	char path[] = "/tmp/rentree-fault.XXXXXX";
	FILE *file;

	(void)state;
	make_trace(path);
	assert_true(lives(path, NULL, "a.done", 1));
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("b.done=kill,a.done=kill\n", file);
	fclose(file);
	assert_false(lives(path, NULL, "a.done", 1));
	unlink(path);
	assert_true(lives(path, NULL, "a.done", 1));
}

/* A test that asks for nothing we know must not pass. */
static void
test_what_cannot_be_read(void **state)
{
	static const char *const orders[] = {"a.done", "a.done=", "a.done=die",
	    "a.done=pause:", "a.done=pause:-1", "a.done:0=kill",
	    "a.done:x=kill"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		int status = pass(orders[i], NULL, "a.done", 1);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), FAULT_UNREADABLE);
	}
}

/* What the tests are linked with is what is installed. */
static void
test_nothing_in_a_normal_build(void **state)
{
	(void)state;
#ifndef RENTREE_FAULTS
	setenv("RENTREE_FAULT", "a.done=kill", 1);
	FAULT_POINT("a.done");
	unsetenv("RENTREE_FAULT");
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kill),
	    cmocka_unit_test(test_nth),
	    cmocka_unit_test(test_trace),
	    cmocka_unit_test(test_pause),
	    cmocka_unit_test(test_orders_from_a_file),
	    cmocka_unit_test(test_what_cannot_be_read),
	    cmocka_unit_test(test_nothing_in_a_normal_build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/flow/runner.h"

static char folder[] = "/tmp/rentree-runner-XXXXXX";
static char program[64], note[64];
static struct arena arena;

/* A script that may write to $OUT. */
static void
write_program(const char *body)
{
	FILE *file = fopen(program, "w");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\nOUT=%s\n%s\n", note, body);
	fclose(file);
	assert_int_equal(chmod(program, 0700), 0);
	(void)unlink(note);
}

static const char *
noted(void)
{
	struct err err = {0};
	char *bytes;
	size_t len;

	if (file_read(&arena, note, 65536, &bytes, &len, &err) != 0)
		return "";
	return bytes;
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(program, sizeof program, "%s/hook", folder);
	(void)snprintf(note, sizeof note, "%s/note", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(program);
	(void)unlink(note);
	(void)rmdir(folder);
	arena_reset(&arena);
	return 0;
}

/* Runs the program that is there now, by a runner of its own. */
static int
run(const char *line, long timeout_ms, struct runner_end *end)
{
	struct err err = {0};
	struct runner *runner = runner_start(program, &err);
	int rc;

	assert_non_null(runner);
	assert_true(runner_is_alive(runner));
	rc = runner_run(runner, line, timeout_ms, end, &err);
	runner_stop(runner);
	if (rc != 0)
		fail_msg("%s", err.text);
	return end->how == RUNNER_EXITED ? end->code : -1;
}

static void
test_line_and_environment(void **unused)
{
	struct runner_end end;

	(void)unused;
	assert_int_equal(setenv("SECRET_OF_OURS", "x", 1), 0);
	write_program("cat >$OUT; pwd >>$OUT; env | grep -v '^PWD=\\|^_=\\|"
		      "^OLDPWD=\\|^SHLVL=' | sort >>$OUT; echo $# >>$OUT");
	assert_int_equal(run("{\"event\":\"x\"}\n", 5000, &end), 0);
	assert_string_equal(noted(), "{\"event\":\"x\"}\n/\nLANG=C.UTF-8\n"
				     "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n0\n");
}

/* What is open here, even without close-on-exec, is not open there. */
static void
test_descriptors(void **unused)
{
	struct runner_end end;
	int ours = dup(STDOUT_FILENO);

	(void)unused;
	write_program("ls /proc/self/fd | wc -w >$OUT");
	assert_int_equal(run("x\n", 5000, &end), 0);
	/* 0, 1, 2 and the one ls itself reads */
	assert_string_equal(noted(), "4\n");
	close(ours);
}

/* A line longer than a pipe holds arrives whole, to a slow reader too. */
static void
test_a_long_line(void **unused)
{
	static char line[RUNNER_LINE_MAX + 2];
	struct runner_end end;
	struct err err = {0};
	struct runner *runner;
	char expected[32];

	(void)unused;
	memset(line, 'a', RUNNER_LINE_MAX);
	write_program("sleep 0.1; wc -c >$OUT");
	assert_int_equal(run(line, 5000, &end), 0);
	(void)snprintf(expected, sizeof expected, "%d\n", RUNNER_LINE_MAX);
	assert_string_equal(noted(), expected);
	line[RUNNER_LINE_MAX] = 'a';
	runner = runner_start(program, &err);
	assert_int_equal(runner_run(runner, line, 5000, &end, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	runner_stop(runner);
}

static void
test_ends(void **unused)
{
	static const struct {
		const char *body;
		enum runner_how how;
		int code;
		const char *output;
	} cases[] = {
	    {"exit 0", RUNNER_EXITED, 0, ""},
	    {"exit 3", RUNNER_EXITED, 3, ""},
	    {"kill -9 $$", RUNNER_SIGNALLED, SIGKILL, ""},
	    {"exec <&-; echo out; echo err >&2", RUNNER_EXITED, 0,
		"out\nerr\n"},
	};
	struct runner_end end;

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		write_program(cases[i].body);
		/* it does not read its input: that is its right */
		(void)run("a line\n", 5000, &end);
		assert_int_equal(end.how, cases[i].how);
		assert_int_equal(end.code, cases[i].code);
		assert_string_equal(end.output, cases[i].output);
	}
	(void)unlink(program);
	(void)run("x\n", 5000, &end);
	assert_int_equal(end.how, RUNNER_NOT_STARTED);
	assert_int_equal(end.code, ENOENT);
	/* no child is left behind, dead or alive */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* However much it says, it is not held up, and we keep the beginning. */
static void
test_a_talker(void **unused)
{
	struct runner_end end;

	(void)unused;
	write_program("yes | head -c 3000000; exit 5");
	assert_int_equal(run("x\n", 20000, &end), 5);
	assert_int_equal(strlen(end.output), RUNNER_OUTPUT - 1);
	assert_true(strncmp(end.output, "y\ny\n", 4) == 0);
}

static void
test_killed(void **unused)
{
	struct runner_end end;

	(void)unused;
	write_program("(sleep 1; echo still >$OUT) & sleep 60; echo no >$OUT");
	(void)run("x\n", 300, &end);
	assert_int_equal(end.how, RUNNER_TIMED_OUT);
	/* what it started went with it */
	clock_sleep_ms(1300);
	assert_string_equal(noted(), "");
}

/* What it leaves behind goes with it, also when all was well; and holds up
 * nobody, though it keeps the output open. */
static void
test_nothing_stays(void **unused)
{
	struct runner_end end;
	int64_t start_ms = clock_mono_ms();

	(void)unused;
	write_program("(sleep 1; echo still >$OUT; sleep 60) & exit 0");
	assert_int_equal(run("x\n", 30000, &end), 0);
	assert_true(clock_mono_ms() - start_ms < 20000);
	clock_sleep_ms(1300);
	assert_string_equal(noted(), "");
}

static void *
run_slowly(void *context)
{
	struct runner_end end;
	struct err err = {0};

	if (runner_run(context, "slow\n", 60000, &end, &err) != 0 ||
	    end.code != 7)
		abort();
	return NULL;
}

/* One that hangs holds up no other one. */
static void
test_side_by_side(void **unused)
{
	struct err err = {0};
	struct runner_end end;
	struct runner *runner;
	pthread_t thread;

	(void)unused;
	write_program(
	    "read word; [ $word = quick ] && { echo >$OUT; exit 0; }\n"
	    "until [ -e $OUT ]; do sleep 0.05; done; exit 7");
	runner = runner_start(program, &err);
	assert_int_equal(pthread_create(&thread, NULL, run_slowly, runner), 0);
	clock_sleep_ms(200);
	assert_int_equal(runner_run(runner, "quick\n", 5000, &end, &err), 0);
	assert_int_equal(end.code, 0);
	pthread_join(thread, NULL);
	runner_stop(runner);
}

/* Our only child. */
static pid_t
pid_of_runner(void)
{
	FILE *children;
	char path[64];
	int pid = 0;

	(void)snprintf(
	    path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	children = fopen(path, "r");
	assert_non_null(children);
	assert_int_equal(fscanf(children, "%d", &pid), 1);
	fclose(children);
	return pid;
}

/* One that was stopped takes no more orders than its socket has room for, and
 * then the next one does not wait for ever. */
static void
test_a_stopped_runner(void **unused)
{
	enum { MORE_THAN_ROOM = 64, NO_WAIT_MS = -3000 };
	static char line[RUNNER_LINE_MAX];
	struct err err = {0};
	struct runner_end end;
	struct runner *runner;
	pid_t pid;

	(void)unused;
	memset(line, 'x', sizeof line - 1);
	runner = runner_start("/bin/true", &err);
	pid = pid_of_runner();
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < MORE_THAN_ROOM; i++)
		assert_int_equal(
		    runner_run(runner, line, NO_WAIT_MS, &end, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_int_equal(kill(pid, SIGCONT), 0);
	runner_stop(runner);
}

/* A runner that was killed is noticed, and is no reason to wait. */
static void
test_a_dead_runner(void **unused)
{
	struct err err = {0};
	struct runner_end end;
	struct runner *runner;
	pid_t pid;

	(void)unused;
	runner = runner_start("/bin/true", &err);
	pid = pid_of_runner();
	assert_int_equal(runner_run(runner, "x\n", 5000, &end, &err), 0);
	assert_int_equal(kill(pid, SIGTERM), 0); /* it stays until we go */
	assert_int_equal(runner_run(runner, "x\n", 5000, &end, &err), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	while (runner_is_alive(runner))
		clock_sleep_ms(10);
	assert_int_equal(runner_run(runner, "x\n", 5000, &end, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	runner_stop(runner);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_line_and_environment),
	    cmocka_unit_test(test_descriptors),
	    cmocka_unit_test(test_a_long_line),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_a_talker),
	    cmocka_unit_test(test_killed),
	    cmocka_unit_test(test_nothing_stays),
	    cmocka_unit_test(test_side_by_side),
	    cmocka_unit_test(test_a_stopped_runner),
	    cmocka_unit_test(test_a_dead_runner),
	};

	signal(SIGPIPE, SIG_IGN); /* as the worker does */
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/*
 * runner - a small process of ours that starts the operator's program.
 *
 * Forked at start-up, before keys are read and before there are threads: what
 * it forks in its turn inherits no secret and no descriptor, whatever becomes
 * of the worker. It knows one program, so that a worker that was taken over
 * cannot make it start another, and it takes one line a run, over a socket
 * pair:
 *
 *     worker ──{timeout, line, a descriptor for the answer}──▶ runner
 *                                                                │ fork
 *     worker ◀──────────────{how it ended, output}────────── supervisor ──▶
 * program
 *
 * The program runs without a shell and without arguments, in "/", in a process
 * group of its own, with PATH and LANG alone in its environment; the line is
 * its standard input. At its end, or at timeout_ms, the whole group is killed.
 * Runs are independent of each other: one that hangs holds up no other one.
 *
 * The runner ends when the worker closes the socket, or dies. A runner that
 * died is not replaced: a process with threads cannot fork safely. The worker
 * notices (runner_is_alive) and leaves, for its supervisor to start it again.
 *
 * Threads: any may call runner_run().
 */
#ifndef LIB_FLOW_RUNNER_H
#define LIB_FLOW_RUNNER_H

#include <stdbool.h>

#include "lib/base/base.h"

struct err;
struct runner;

enum {
	RUNNER_LINE_MAX = 16 * 1024,
	RUNNER_OUTPUT = 512, /* kept of what the program said, and NUL */
};

/* NULL when no process can be made. program: an absolute path. */
struct runner *runner_start(const char *program, struct err *err);
/* Lets it end, and waits for it. */
void runner_stop(struct runner *runner);
bool runner_is_alive(const struct runner *runner);

enum runner_how {
	RUNNER_EXITED,      /* code: its exit code */
	RUNNER_SIGNALLED,   /* code: the signal */
	RUNNER_TIMED_OUT,   /* it was killed */
	RUNNER_NOT_STARTED, /* code: errno */
};

struct runner_end {
	enum runner_how how;
	int code;
	/* The beginning of its standard output and error, text or not: for the
	 * log, which makes it harmless. */
	char output[RUNNER_OUTPUT];
};

/* Runs the program once and waits for its end. -1: whether it ran is not known
 * (ERR_UNAVAILABLE), or the line is too long (ERR_INTERNAL). */
int runner_run(const struct runner *runner, const char *line, long timeout_ms,
    struct runner_end *end, struct err *err) MUST_CHECK;

#endif

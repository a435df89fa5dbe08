/* One run of the program: started, fed, listened to, ended. */
#include "lib/flow/runner_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"

enum { STEP_MS = 20, READS = 64 };

struct run {
	pid_t pid;
	int input, output; /* our ends; -1 = closed */
	const char *line;
	size_t left; /* of the line */
	char *kept;
	size_t kept_len;
};

/* In a group of its own, so that what it starts can be ended with it. */
static int
set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, usual;

	sigemptyset(&none);
	sigfillset(&usual);
	sigdelset(&usual, SIGKILL);
	sigdelset(&usual, SIGSTOP);
	posix_spawnattr_init(attributes);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &usual);
	posix_spawnattr_setpgroup(attributes, 0);
	return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
							POSIX_SPAWN_SETSIGDEF |
							POSIX_SPAWN_SETPGROUP);
}

static int
spawn(const char *program, int input, int output, pid_t *pid)
{
	char *argv[] = {(char *)(uintptr_t)program, NULL};
	char *env[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	    (char *)"LANG=C.UTF-8", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int rc = set_attributes(&attributes);

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	if (rc == 0)
		rc =
		    posix_spawn(pid, program, &actions, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* 0, or an errno. */
static int
start(struct run *run, const char *program)
{
	int in[2], out[2], rc;

	if (pipe2(in, O_CLOEXEC) != 0)
		return errno;
	if (pipe2(out, O_CLOEXEC) != 0) {
		rc = errno;
		close(in[0]);
		close(in[1]);
		return rc;
	}
	rc = spawn(program, in[0], out[1], &run->pid);
	close(in[0]);
	close(out[1]);
	run->input = in[1];
	run->output = out[0];
	(void)fcntl(run->input, F_SETFL, O_NONBLOCK);
	(void)fcntl(run->output, F_SETFL, O_NONBLOCK);
	return rc;
}

static void
end_pipe(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A program that does not read is no error. */
static void
feed(struct run *run)
{
	ssize_t written;

	if (run->input < 0)
		return;
	written = write(run->input, run->line, run->left);
	if (written > 0) {
		run->line += written;
		run->left -= (size_t)written;
	}
	if (run->left == 0 || (written < 0 && errno != EAGAIN))
		end_pipe(&run->input);
}

/* What is beyond the room is read and forgotten, so that no program waits for
 * us; of one that says more than can be read, so much a step. */
static void
listen_to(struct run *run)
{
	char bytes[4096];
	ssize_t got;

	for (int i = 0; i < READS && run->output >= 0 &&
			(got = read(run->output, bytes, sizeof bytes)) >= 0;
	     i++) {
		size_t room = RUNNER_OUTPUT - 1 - run->kept_len;
		size_t take = (size_t)got < room ? (size_t)got : room;

		memcpy(run->kept + run->kept_len, bytes, take);
		run->kept_len += take;
		if (got == 0)
			end_pipe(&run->output);
	}
}

static void
wait_a_moment(const struct run *run)
{
	struct pollfd fds[] = {{.fd = run->output, .events = POLLIN},
	    {.fd = run->input, .events = POLLOUT}};

	(void)poll(fds, 2, STEP_MS);
}

/* Its end is seen before it is reaped: until then its group's number is not
 * given to anybody else. */
static bool
has_ended(const struct run *run)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)run->pid, &info,
		   WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == run->pid;
}

static void
tell_status(int status, struct runner_end *end)
{
	if (WIFEXITED(status)) {
		end->how = RUNNER_EXITED;
		end->code = WEXITSTATUS(status);
	} else {
		end->how = RUNNER_SIGNALLED;
		end->code = WTERMSIG(status);
	}
}

void
runner_supervise(const char *program, const struct runner_order *order,
    size_t len, struct runner_end *end)
{
	int64_t end_ms = clock_mono_ms() + order->timeout_ms;
	struct run run = {.line = order->line,
	    .left = len,
	    .kept = end->output,
	    .input = -1,
	    .output = -1};
	bool late = false;
	int status = 0;
	int rc = start(&run, program);

	if (rc == 0) {
		while (!has_ended(&run) && !late) {
			feed(&run);
			wait_a_moment(&run);
			listen_to(&run);
			late = clock_mono_ms() > end_ms;
		}
		kill(-run.pid, SIGKILL);
		(void)waitpid(run.pid, &status, 0);
		listen_to(&run);
		tell_status(status, end);
		if (late)
			end->how = RUNNER_TIMED_OUT;
	} else {
		end->how = RUNNER_NOT_STARTED;
		end->code = rc;
	}
	end_pipe(&run.input);
	end_pipe(&run.output);
}

/* What runs in the runner's own process; nothing of the worker's is here. */
#include "lib/flow/runner_internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKET = STDERR_FILENO + 1 };

/* Signals that end the worker reach the whole group or unit: the runner stays
 * until the worker is done, and goes with it. */
static void
settle_down(int socket)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	sigaction(SIGTERM, &ignore, NULL);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGCHLD, &ignore, NULL); /* supervisors leave no zombies */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (nothing >= 0)
		dup2(nothing, STDIN_FILENO);
	if (dup2(socket, SOCKET) != SOCKET || chdir("/") != 0)
		_exit(1);
	closefrom(SOCKET + 1);
	(void)fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
}

/* Length of the line, -1 at the end of the worker. */
static ssize_t
next_order(struct runner_order *order, int *answer)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = {.iov_base = order, .iov_len = sizeof *order};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof control.bytes};
	ssize_t len = recvmsg(SOCKET, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	if (len < (ssize_t)offsetof(struct runner_order, line) ||
	    header == NULL || header->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(answer, CMSG_DATA(header), sizeof *answer);
	return len - (ssize_t)offsetof(struct runner_order, line);
}

static _Noreturn void
run_once(
    const char *program, const struct runner_order *order, size_t len, int to)
{
	struct runner_end end = {0};
	struct sigaction usual = {.sa_handler = SIG_DFL};

	close(SOCKET);
	sigaction(SIGCHLD, &usual, NULL); /* it waits for its program */
	runner_supervise(program, order, len, &end);
	(void)!send(to, &end, sizeof end, MSG_NOSIGNAL);
	_exit(0);
}

_Noreturn void
runner_serve(int socket, const char *program)
{
	static struct runner_order order;
	ssize_t len;
	int answer;

	settle_down(socket);
	while ((len = next_order(&order, &answer)) >= 0) {
		/* When no process can be made, closing says so. */
		if (fork() == 0)
			run_once(program, &order, (size_t)len, answer);
		close(answer);
	}
	_exit(0);
}

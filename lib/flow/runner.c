#include "lib/flow/runner_internal.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/err.h"

/* After the timeout: for killing, and for a busy machine. */
enum { GRACE_MS = 3000 };

struct runner {
	pid_t pid;
	int socket;
};

struct runner *
runner_start(const char *program, struct err *err)
{
	struct runner *runner;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		(void)err_set(
		    err, ERR_INTERNAL, "socketpair: %s", strerror(errno));
		return NULL;
	}
	pid = fork();
	if (pid == 0)
		runner_serve(ends[1], program);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		(void)err_set(err, ERR_INTERNAL, "fork: %s", strerror(errno));
		return NULL;
	}
	runner = calloc(1, sizeof *runner);
	if (runner == NULL)
		abort();
	*runner = (struct runner){.pid = pid, .socket = ends[0]};
	return runner;
}

void
runner_stop(struct runner *runner)
{
	if (runner == NULL)
		return;
	close(runner->socket);
	while (waitpid(runner->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(runner);
}

/* Its end of the socket is nobody else's. */
bool
runner_is_alive(const struct runner *runner)
{
	struct pollfd fd = {.fd = runner->socket};

	return poll(&fd, 1, 0) >= 0 && (fd.revents & (POLLHUP | POLLERR)) == 0;
}

/* The order, with the descriptor its answer goes to (unix(7), SCM_RIGHTS). */
static bool
send_order(int socket, const struct runner_order *order, size_t len, int answer)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.bytes = {0}};
	struct iovec part = {.iov_base = (void *)(uintptr_t)order,
	    .iov_len = offsetof(struct runner_order, line) + len};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof control.bytes};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &answer, sizeof answer);
	/* One that was stopped fills its socket: nobody waits for it. */
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	       (ssize_t)part.iov_len;
}

static bool
read_answer(int socket, long wait_ms, struct runner_end *end)
{
	struct pollfd fd = {.fd = socket, .events = POLLIN};

	if (poll(&fd, 1, (int)wait_ms) != 1 ||
	    recv(socket, end, sizeof *end, 0) != (ssize_t)sizeof *end)
		return false;
	end->output[RUNNER_OUTPUT - 1] = '\0';
	return true;
}

int
runner_run(const struct runner *runner, const char *line, long timeout_ms,
    struct runner_end *end, struct err *err)
{
	struct runner_order order = {.timeout_ms = timeout_ms};
	size_t len = strlen(line);
	bool sent, answered = false;
	int ends[2];

	if (len > sizeof order.line)
		return err_set(err, ERR_INTERNAL, "runner: the line is long");
	memcpy(order.line, line, len);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return err_set(
		    err, ERR_UNAVAILABLE, "runner: %s", strerror(errno));
	sent = send_order(runner->socket, &order, len, ends[1]);
	close(ends[1]);
	if (sent)
		answered = read_answer(ends[0], timeout_ms + GRACE_MS, end);
	close(ends[0]);
	if (!answered)
		return err_set(err, ERR_UNAVAILABLE, "runner: %s",
		    sent ? "no answer" : "it takes no order");
	return 0;
}

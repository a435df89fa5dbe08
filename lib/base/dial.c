#include "lib/base/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/resolve.h"
#include "lib/base/text.h"

enum { IDLE_S = 60, INTERVAL_S = 10, PROBES = 3 };

static int64_t
left(int64_t until_ms)
{
	int64_t ms = until_ms - clock_mono_ms();

	return ms > 0 ? ms : 0;
}

/* Waits for what connect(2) left under way; errno says how it ended. */
static int
await(int fd, int64_t until_ms)
{
	struct pollfd ear = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int failed = 0, ready;

	do
		ready = poll(&ear, 1, (int)left(until_ms));
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	if (ready != 1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len) != 0)
		return -1;
	errno = failed;
	return failed == 0 ? 0 : -1;
}

static void
set_up(int fd)
{
	const int on = 1, idle = IDLE_S, interval = INTERVAL_S, probes = PROBES;

	/* The connection is as good without any of these. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	(void)setsockopt(
	    fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

static int
dial_address(const struct addrinfo *at, int64_t until_ms)
{
	int fd = socket(at->ai_family,
	    at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
	int why;

	if (fd < 0)
		return -1;
	if (connect(fd, at->ai_addr, at->ai_addrlen) == 0 ||
	    (errno == EINPROGRESS && await(fd, until_ms) == 0)) {
		set_up(fd);
		return fd;
	}
	why = errno;
	(void)close(fd);
	errno = why;
	return -1;
}

int
dial_tcp(struct resolve *resolve, const char *host, const char *service,
    long timeout_ms, struct err *err)
{
	int64_t until_ms = clock_mono_ms() + timeout_ms;
	struct addrinfo *list, *at;
	int64_t count = 0;
	int fd = -1;

	if (resolve_name(resolve, host, service, timeout_ms, &list, err) != 0)
		return -1;
	for (at = list; at != NULL; at = at->ai_next)
		count++;
	for (at = list; at != NULL && fd < 0; at = at->ai_next)
		fd = dial_address(
		    at, clock_mono_ms() + left(until_ms) / count--);
	if (fd < 0)
		(void)err_set(err, ERR_UNAVAILABLE, "no connection to %s: %s",
		    host, strerror(errno));
	freeaddrinfo(list);
	return fd;
}

int
dial_unix(const char *path, long timeout_ms, struct err *err)
{
	long ms = timeout_ms > 0 ? timeout_ms : 1; /* 0 would be for ever */
	const struct timeval wait = {
	    .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	const struct timeval for_ever = {0};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (!text_format(address.sun_path, sizeof address.sun_path, "%s", path))
		return err_set(err, ERR_CONFIG, "too long a path: %s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* connect(2) waits so long for room in the server's queue. */
	if (fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
	    connect(fd, (const struct sockaddr *)&address, sizeof address) ==
		0 &&
	    setsockopt(
		fd, SOL_SOCKET, SO_SNDTIMEO, &for_ever, sizeof for_ever) == 0)
		return fd;
	(void)err_set(err, ERR_UNAVAILABLE, "no connection to %s: %s", path,
	    strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

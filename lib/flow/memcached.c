#include "lib/flow/memcached.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"

enum { REQUEST_MAX = 32 * 1024 };

static int
wait_until(int fd, short what, int64_t end_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = what};
	int64_t left = end_ms - clock_mono_ms();

	return left > 0 && poll(&poll_fd, 1, (int)left) == 1 ? 0 : -1;
}

static int
connect_to(const struct addrinfo *info, int64_t end_ms)
{
	int fd = socket(info->ai_family,
	    info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(int);
	int failed = 0;

	if (fd < 0)
		return -1;
	if (connect(fd, info->ai_addr, info->ai_addrlen) == 0)
		return fd;
	if (errno == EINPROGRESS && wait_until(fd, POLLOUT, end_ms) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len) == 0 &&
	    failed == 0)
		return fd;
	close(fd);
	return -1;
}

static int
open_connection(const char *where, int64_t end_ms, struct err *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(where, ':');
	struct addrinfo *list = NULL;
	struct arena arena = {0};
	size_t len;
	int fd = -1;

	if (colon == NULL)
		return err_set(
		    err, ERR_CONFIG, "memcached: %s is not host:port", where);
	len = (size_t)(colon - where);
	if (len >= 2 && where[0] == '[' && where[len - 1] == ']') {
		where++;
		len -= 2;
	}
	if (getaddrinfo(arena_dup_n(&arena, where, len), colon + 1, &hints,
		&list) == 0) {
		for (struct addrinfo *at = list; at != NULL && fd < 0;
		     at = at->ai_next)
			fd = connect_to(at, end_ms);
		freeaddrinfo(list);
	}
	arena_reset(&arena);
	return fd >= 0 ? fd
		       : err_set(err, ERR_UNAVAILABLE,
			     "memcached: cannot connect to %s", where);
}

static size_t
write_request(struct buf *request, const char *const *keys, size_t count)
{
	size_t asked = 0;

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(keys[i]);

		if (len == 0 || len > MEMCACHED_KEY_BYTES ||
		    strpbrk(keys[i], " \t\r\n") != NULL)
			continue;
		buf_addf(request, "delete %s\r\n", keys[i]);
		asked++;
	}
	return asked;
}

/* One line comes back for each key: DELETED or NOT_FOUND. Anything else is no
 * memcached, or one that could not do it. */
static int
read_lines(int fd, size_t count, int64_t end_ms)
{
	bool at_start = true;
	char bytes[512];

	while (count > 0) {
		ssize_t len;

		if (wait_until(fd, POLLIN, end_ms) != 0)
			return -1;
		len = recv(fd, bytes, sizeof bytes, 0);
		if (len <= 0)
			return -1;
		for (ssize_t i = 0; i < len && count > 0; i++) {
			if (at_start && bytes[i] != 'D' && bytes[i] != 'N')
				return -1;
			at_start = bytes[i] == '\n';
			count -= at_start ? 1 : 0;
		}
	}
	return 0;
}

int
memcached_delete(const char *where, const char *const *keys, size_t count,
    long timeout_ms, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + timeout_ms;
	struct buf request;
	size_t asked;
	int fd, rc;

	fd = open_connection(where, end_ms, err);
	if (fd < 0)
		return -1;
	buf_init(&request, REQUEST_MAX);
	asked = write_request(&request, keys, count);
	rc = send(fd, buf_text(&request), request.len, MSG_NOSIGNAL) ==
		     (ssize_t)request.len
		 ? read_lines(fd, asked, end_ms)
		 : -1;
	buf_free(&request);
	close(fd);
	return rc == 0 ? 0
		       : err_set(err, ERR_UNAVAILABLE,
			     "memcached: %s did not do it", where);
}

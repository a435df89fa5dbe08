#include "lib/flow/memcached.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/dial.h"
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
open_connection(
    struct resolve *names, const char *where, int64_t end_ms, struct err *err)
{
	const char *colon = strrchr(where, ':'), *host = where;
	struct arena arena = {0};
	size_t len;
	int fd;

	if (colon == NULL)
		return err_set(
		    err, ERR_CONFIG, "memcached: %s is not host:port", where);
	len = (size_t)(colon - where);
	if (len >= 2 && where[0] == '[' && where[len - 1] == ']') {
		host++;
		len -= 2;
	}
	fd = dial_tcp(names, arena_dup_n(&arena, host, len), colon + 1,
	    (long)(end_ms - clock_mono_ms()), err);
	arena_reset(&arena);
	return fd >= 0 ? fd : err_in(err, "memcached");
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
memcached_delete(struct resolve *names, const char *where,
    const char *const *keys, size_t count, long timeout_ms, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + timeout_ms;
	struct buf request;
	size_t asked;
	int fd, rc;

	fd = open_connection(names, where, end_ms, err);
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

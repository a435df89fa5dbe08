#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_ROOM = 1024, STATUS_AT = 9 };

void
die(const char *what)
{
	perror(what);
	exit(70);
}

int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
grow(struct times *times, size_t room)
{
	if (room <= times->room)
		return;
	times->room = room > 2 * times->room ? room : 2 * times->room;
	times->list = realloc(times->list, times->room * sizeof(*times->list));
	if (times->list == NULL)
		die("realloc");
}

void
times_add(struct times *times, int64_t ns)
{
	grow(times,
	    times->count + 1 < FIRST_ROOM ? FIRST_ROOM : times->count + 1);
	times->list[times->count++] = ns;
}

void
times_join(struct times *all, struct times *part)
{
	grow(all, all->count + part->count + 1);
	if (part->count > 0)
		memcpy(all->list + all->count, part->list,
		    part->count * sizeof(*part->list));
	all->count += part->count;
	free(part->list);
	*part = (struct times){0};
}

static int
by_length(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static double
at_percent(const struct times *times, size_t percent)
{
	size_t at = times->count * percent / 100;

	if (times->count == 0)
		return 0;
	return (double)times->list[at < times->count ? at : times->count - 1] /
	       1000;
}

void
times_print(const char *name, struct times *times)
{
	if (times->count > 0)
		qsort(
		    times->list, times->count, sizeof(*times->list), by_length);
	printf("\"%s\": {\"count\": %zu, \"p50\": %.1f, \"p99\": %.1f, "
	       "\"max\": %.1f}",
	    name, times->count, at_percent(times, 50), at_percent(times, 99),
	    at_percent(times, 100));
}

int
load_dial(long port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((in_port_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct timeval wait = {.tv_sec = 60};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		die("connect");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	return fd;
}

/* How long it is in all; 0: its header is not there yet. */
static size_t
whole(const struct line *line)
{
	static const char name[] = "\r\nContent-Length:";
	const char *end = strstr(line->response, "\r\n\r\n"), *length;

	if (end == NULL)
		return 0;
	length = strcasestr(line->response, name);
	if (length == NULL || length > end) {
		fprintf(stderr, "a response without a length\n");
		exit(70);
	}
	return (size_t)(end - line->response) + 4 +
	       strtoul(length + sizeof name - 1, NULL, 10);
}

static bool
hear(struct line *line)
{
	size_t all = 0;

	line->got = 0;
	while (all == 0 || line->got < all) {
		ssize_t n = recv(line->fd, line->response + line->got,
		    sizeof line->response - 1 - line->got, 0);

		if (n <= 0)
			return false;
		line->got += (size_t)n;
		line->response[line->got] = '\0';
		if (all == 0)
			all = whole(line);
	}
	return true;
}

int
line_ask(struct line *line, const char *request, size_t len)
{
	for (int tries = 0; tries < 2; tries++) {
		if (line->fd < 0)
			line->fd = load_dial(line->port);
		if (send(line->fd, request, len, MSG_NOSIGNAL) ==
			(ssize_t)len &&
		    hear(line))
			return (int)strtol(
			    line->response + STATUS_AT, NULL, 10);
		close(line->fd);
		line->fd = -1;
	}
	die("the server hung up");
}

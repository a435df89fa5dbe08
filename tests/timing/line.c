/*
 * line - one visitor at one keep-alive connection, who tells the time.
 *
 *     line PORT CAPTCHA-KEY-FILE
 *
 * Two orders on standard input, one answer each on standard output:
 *
 *     S <bytes>\n<request>    sends it and reads the whole response:
 *                             <ns> <bytes> <connections so far>\n<response>
 *     C <captcha id>\n        the digits a person would have read: <digits>\n
 *
 * The clock runs from before the first byte is sent until the last one has
 * come, and in no other program: what drives this one may be slow. A response
 * is whole by its Content-Length. A connection that the server closed while
 * nothing was asked is replaced, and counted.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "captcha/challenge.h"
#include "lib/base/text.h"

enum { ROOM = 1024 * 1024, WORD = 256, WAIT_S = 60 };

struct line {
	in_port_t port;
	int fd;
	unsigned connections;
	unsigned char key[SECRET_KEY];
	char request[ROOM];
	size_t asked;
	char response[ROOM];
	size_t got;
};

static void
die(const char *what)
{
	perror(what);
	exit(70);
}

static void
dial(struct line *line)
{
	const struct timeval wait = {.tv_sec = WAIT_S};
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = line->port,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;

	if (line->fd >= 0)
		close(line->fd);
	line->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (line->fd < 0 ||
	    connect(line->fd, (struct sockaddr *)&address, sizeof address) != 0)
		die("connect");
	(void)setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(line->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	line->connections++;
}

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool
say(const struct line *line)
{
	size_t said = 0;

	while (said < line->asked) {
		ssize_t n = send(line->fd, line->request + said,
		    line->asked - said, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		said += (size_t)n;
	}
	return true;
}

/* How long it is in all; 0: its header is not there yet. */
static size_t
whole(struct line *line)
{
	static const char name[] = "\r\nContent-Length:";
	const char *end, *length;

	line->response[line->got] = '\0';
	end = strstr(line->response, "\r\n\r\n");
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
		    ROOM - 1 - line->got, 0);

		if (n < 0 && line->got == 0 && all == 0)
			die("recv");
		if (n <= 0)
			return false;
		line->got += (size_t)n;
		all = whole(line);
	}
	return true;
}

static void
ask(struct line *line)
{
	int64_t begin = 0, end = 0;
	bool done = false;

	for (int tries = 0; tries < 2 && !done; tries++) {
		if (line->fd < 0 || tries > 0)
			dial(line);
		begin = now_ns();
		done = say(line) && hear(line);
		end = now_ns();
	}
	if (!done)
		die("the server hung up");
	printf("%lld %zu %u\n", (long long)(end - begin), line->got,
	    line->connections);
	(void)fwrite(line->response, 1, line->got, stdout);
}

static void
read_digits(const struct line *line, char *id)
{
	struct challenge challenge;

	id[strcspn(id, "\n")] = '\0';
	if (!challenge_open(line->key, id, &challenge)) {
		fprintf(stderr, "no captcha of this house\n");
		exit(65);
	}
	for (size_t i = 0; i < CAPTCHA_DIGITS; i++)
		putchar('0' + challenge.digits[i]);
	putchar('\n');
}

static void
read_key(struct line *line, const char *path)
{
	FILE *file = fopen(path, "re");

	if (file == NULL ||
	    fread(line->key, 1, sizeof line->key, file) != sizeof line->key)
		die(path);
	fclose(file);
}

int
main(int argc, char **argv)
{
	static struct line line = {.fd = -1};
	char order[WORD];
	long port;

	if (argc != 3 || !text_to_long(argv[1], 1, 65535, &port)) {
		fprintf(stderr, "usage: line PORT CAPTCHA-KEY-FILE\n");
		return 64;
	}
	line.port = htons((in_port_t)port);
	if (sodium_init() < 0)
		return 70;
	read_key(&line, argv[2]);
	while (fgets(order, sizeof order, stdin) != NULL) {
		if (order[0] == 'C') {
			read_digits(&line, order + 2);
		} else {
			line.asked = strtoul(order + 1, NULL, 10);
			if (line.asked > ROOM ||
			    fread(line.request, 1, line.asked, stdin) !=
				line.asked)
				return 65;
			ask(&line);
		}
		(void)fflush(stdout);
	}
	return 0;
}

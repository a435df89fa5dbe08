/*
 * sink - an SMTP server that takes every mail and keeps none.
 *
 *     sink PORT FILE [keep]      a line a mail: <ns since 1970> <recipient>
 *                                <bytes>; keep: the mail itself follows
 *     sink send PORT COUNT BYTES the client's side, bare: so many mails on one
 *                                connection; prints the mails a second
 *
 * A thread a connection. A line is written before the mail is taken ("250"),
 * so that whoever has the answer finds it in the file.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "tests/bench/load.h"

enum { ROOM = 256 * 1024, WORD = 256, MAIL_MAX = 200 * 1024 };

struct guest {
	int fd, out;
	bool keeps;
	char recipient[WORD];
	char bytes[ROOM];
	size_t len;
};

/* Waits for a piece that ends in mark; its length with the mark, 0: hung up. */
static size_t
hear(struct guest *guest, const char *mark)
{
	for (;;) {
		char *end =
		    memmem(guest->bytes, guest->len, mark, strlen(mark));
		ssize_t n;

		if (end != NULL)
			return (size_t)(end - guest->bytes) + strlen(mark);
		if (guest->len == sizeof guest->bytes)
			return 0;
		n = recv(guest->fd, guest->bytes + guest->len,
		    sizeof guest->bytes - guest->len, 0);
		if (n <= 0)
			return 0;
		guest->len += (size_t)n;
	}
}

static void
forget(struct guest *guest, size_t len)
{
	memmove(guest->bytes, guest->bytes + len, guest->len - len);
	guest->len -= len;
}

static bool
say(const struct guest *guest, const char *text)
{
	size_t len = strlen(text);

	return send(guest->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static void
note(const struct guest *guest, size_t len)
{
	char line[MAIL_MAX + WORD + 64];
	struct timespec now;
	int head;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	head = snprintf(line, WORD + 64, "%lld%09ld %s %zu\n",
	    (long long)now.tv_sec, now.tv_nsec, guest->recipient, len);
	if (guest->keeps && len < MAIL_MAX) {
		memcpy(line + head, guest->bytes, len);
		head += (int)len;
	}
	if (write(guest->out, line, (size_t)head) != head)
		die("write");
}

static void
take_recipient(struct guest *guest)
{
	const char *at = memchr(guest->bytes, '<', guest->len);
	size_t len = at != NULL ? strcspn(at + 1, ">\r") : 0;

	(void)!text_format(guest->recipient, sizeof guest->recipient, "%.*s",
	    (int)len, at != NULL ? at + 1 : "");
}

static bool
take_data(struct guest *guest)
{
	size_t len;

	if (!say(guest, "354 go on\r\n"))
		return false;
	len = hear(guest, "\r\n.\r\n");
	if (len == 0)
		return false;
	note(guest, len);
	forget(guest, len);
	return say(guest, "250 taken\r\n");
}

static bool
obey(struct guest *guest)
{
	size_t len = hear(guest, "\r\n");
	char verb[5] = "";

	if (len < 6)
		return false;
	memcpy(verb, guest->bytes, 4);
	if (strcasecmp(verb, "RCPT") == 0)
		take_recipient(guest);
	forget(guest, len);
	if (strcasecmp(verb, "DATA") == 0)
		return take_data(guest);
	if (strcasecmp(verb, "EHLO") == 0)
		return say(guest, "250-sink\r\n250 8BITMIME\r\n");
	return say(guest, "250 ok\r\n") && strcasecmp(verb, "QUIT") != 0;
}

static void *
serve(void *context)
{
	struct guest *guest = context;

	if (say(guest, "220 sink\r\n"))
		while (obey(guest))
			continue;
	close(guest->fd);
	free(guest);
	return NULL;
}

static void
greet(int fd, int out, bool keeps)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	pthread_t thread;
	int on = 1;

	if (guest == NULL)
		die("calloc");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	guest->fd = fd;
	guest->out = out;
	guest->keeps = keeps;
	if (pthread_create(&thread, NULL, serve, guest) != 0)
		die("pthread_create");
	(void)pthread_detach(thread);
}

static void
listen_for_ever(long port, const char *path, bool keeps)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((in_port_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	int out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (out < 0)
		die(path);
	(void)setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(door, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(door, 128) != 0)
		die("bind");
	for (;;) {
		int fd = accept(door, NULL, NULL);

		if (fd >= 0)
			greet(fd, out, keeps);
	}
}

static void
tell(struct guest *guest, const char *text)
{
	size_t len;

	if (!say(guest, text) || (len = hear(guest, "\r\n")) == 0)
		die("the server hung up");
	forget(guest, len);
}

static void
send_many(long port, long count, long bytes)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	char *mail = malloc((size_t)bytes + 8);
	int64_t begin;

	if (guest == NULL || mail == NULL)
		die("malloc");
	memset(mail, 'x', (size_t)bytes);
	for (long i = 78; i + 1 < bytes; i += 80)
		memcpy(mail + i, "\r\n", 2);
	memcpy(mail + bytes, "\r\n.\r\n", 6);
	guest->fd = load_dial(port);
	forget(guest, hear(guest, "\r\n"));
	tell(guest, "HELO bench\r\n");
	begin = now_ns();
	for (long i = 0; i < count; i++) {
		tell(guest, "MAIL FROM:<a@example.org>\r\n");
		tell(guest, "RCPT TO:<bare@example.org>\r\n");
		tell(guest, "DATA\r\n");
		tell(guest, mail);
	}
	printf("%.1f\n", (double)count * 1e9 / (double)(now_ns() - begin));
}

int
main(int argc, char **argv)
{
	long port, count, bytes;

	if (argc == 5 && strcmp(argv[1], "send") == 0 &&
	    text_to_long(argv[2], 1, 65535, &port) &&
	    text_to_long(argv[3], 1, 10000000, &count) &&
	    text_to_long(argv[4], 1, MAIL_MAX, &bytes)) {
		send_many(port, count, bytes);
		return 0;
	}
	if (argc < 3 || argc > 4 || !text_to_long(argv[1], 1, 65535, &port)) {
		fprintf(stderr,
		    "usage: sink PORT FILE [keep] | sink send PORT COUNT "
		    "BYTES\n");
		return 64;
	}
	listen_for_ever(port, argv[2], argc == 4);
}

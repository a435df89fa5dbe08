/*
 * peer - a scripted SMTP server for one test: it speaks on loopback, answers
 * each command with the next line of its script, and notes what it was told.
 *
 * A script is a NULL-terminated list: the greeting, then the answer to each
 * command (to the whole data after a 354). "-" says nothing at all, "close"
 * hangs up, "drip" trickles an answer that never ends. When the list is over
 * the peer hangs up. Each connection begins the script anew.
 */
#ifndef TESTS_UNIT_MAILER_PEER_H
#define TESTS_UNIT_MAILER_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/conf.h"

enum { PEER_HEARD = 64 * 1024, PEER_STEP_MS = 20 };

struct peer {
	const char *const *_Atomic script; /* may change between connections */
	int fd;
	char url[64];
	pthread_t thread;
	atomic_bool stop;
	atomic_int connections, mails;
	char heard[PEER_HEARD]; /* all commands and data; read after the end */
	size_t len;
};

static inline bool
peer_waits(struct peer *peer, int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	while (!atomic_load(&peer->stop))
		if (poll(&poll_fd, 1, PEER_STEP_MS) == 1)
			return true;
	return false;
}

/* Until a line that is (or ends) what is waited for; false at the end. */
static inline bool
peer_hears(struct peer *peer, int fd, const char *until)
{
	size_t start = peer->len;

	for (;;) {
		ssize_t got;

		if (!peer_waits(peer, fd))
			return false;
		got = recv(
		    fd, peer->heard + peer->len, PEER_HEARD - 1 - peer->len, 0);
		if (got <= 0)
			return false;
		peer->len += (size_t)got;
		peer->heard[peer->len] = '\0';
		if (strstr(peer->heard + start, until) != NULL)
			return true;
	}
}

static inline void
peer_drips(struct peer *peer, int fd)
{
	while (!atomic_load(&peer->stop) &&
	       send(fd, "250-x\r\n", 7, MSG_NOSIGNAL) > 0)
		usleep(PEER_STEP_MS * 1000);
}

static inline void
peer_talks(struct peer *peer, int fd)
{
	const char *const *script = atomic_load(&peer->script);
	bool data = false;

	for (size_t i = 0; script[i] != NULL; i++) {
		const char *line = script[i];

		if (i > 0 && !peer_hears(peer, fd, data ? "\r\n.\r\n" : "\r\n"))
			return;
		if (data && strncmp(line, "250", 3) == 0)
			atomic_fetch_add(&peer->mails, 1);
		data = strncmp(line, "354", 3) == 0;
		if (strcmp(line, "close") == 0)
			return;
		if (strcmp(line, "drip") == 0) {
			peer_drips(peer, fd);
			return;
		}
		if (strcmp(line, "-") == 0) {
			(void)peer_hears(peer, fd, "\1never");
			return;
		}
		if (dprintf(fd, "%s\r\n", line) < 0)
			return;
	}
}

static inline void *
peer_run(void *context)
{
	struct peer *peer = context;

	while (peer_waits(peer, peer->fd)) {
		int fd = accept(peer->fd, NULL, NULL);

		if (fd < 0)
			continue;
		atomic_fetch_add(&peer->connections, 1);
		peer_talks(peer, fd);
		close(fd);
	}
	return NULL;
}

static inline void
peer_start(struct peer *peer, const char *const *script)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;

	memset(peer, 0, sizeof *peer);
	peer->script = script;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(peer->fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(peer->fd, 8) != 0 ||
	    getsockname(peer->fd, (struct sockaddr *)&address, &len) != 0)
		abort();
	(void)snprintf(peer->url, sizeof peer->url, "smtp://127.0.0.1:%d",
	    ntohs(address.sin_port));
	if (pthread_create(&peer->thread, NULL, peer_run, peer) != 0)
		abort();
}

/* As the configuration has relays; good until the next call. */
static inline struct conf_words
one_relay(const char *url)
{
	static char text[64];
	static char *list[] = {text, NULL};

	(void)snprintf(text, sizeof text, "%s", url);
	return (struct conf_words){list, 1};
}

static inline void
peer_stop(struct peer *peer)
{
	atomic_store(&peer->stop, true);
	pthread_join(peer->thread, NULL);
	close(peer->fd);
}

#endif

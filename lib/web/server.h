/*
 * server - HTTP through libmicrohttpd (its only door).
 *
 * Thread per connection, bounded: handlers may block (Redis, a waiting
 * answer), and with an event loop they would stall everybody else's kept-alive
 * connection. Bodies over FORM_BYTES_MAX are not read, and the handler is told
 * so (request->fault). Nor is one with two lengths (Content-Length beside
 * Transfer-Encoding, two of the first), and its connection ends. How long a
 * header, a body and the reading of an answer may take, and who makes room when
 * nearly all connections are taken, is the guard's (server_guard.h).
 *
 * Every answer carries the security headers, but for the few that
 * libmicrohttpd gives by itself to what it cannot read as a request (400, 413,
 * 414, 431, 500, 501, 505: a fixed sentence in English, nothing of the request
 * in it; 0.9.75 has no option that would change them). The client's address is
 * the peer's, or what a trusted proxy says (net_client()); over a Unix socket
 * the peer counts as a trusted proxy.
 *
 * Stopping: no new connection, answers in flight leave (at most
 * SERVER_DRAIN_MS), then the rest is cut, idle connections at once.
 */
#ifndef LIB_WEB_SERVER_H
#define LIB_WEB_SERVER_H

#include <stdbool.h>

#include "lib/base/base.h"
#include "lib/base/net.h"

struct err;
struct metrics;
struct request;
struct reply;

enum {
	SERVER_DRAIN_MS = 9000 /* above NOW_WAIT_MS */,
	SERVER_STACK = 256 * 1024,
	SERVER_HEADER_MEMORY = 16 * 1024,
};

/* A function type has no other short name. */
typedef void server_handler(
    void *context, struct request *request, struct reply *reply);

struct server_input {
	const char *listen; /* "127.0.0.1:8080", "[::1]:8080", "unix:/path" */
	/* A socket that listens already, in place of listen; 0 = none. Whoever
	 * gave it keeps it: who comes while we stop waits for the next. */
	int inherited;
	unsigned connections;
	const struct net_prefixes *trusted;
	bool is_secure; /* the site is https: HSTS is sent */
	server_handler *handler;
	void *context;
	struct metrics *metrics; /* METER_HTTP of lib/flow/meters.h, or NULL */
};

struct server;

struct server *server_start(
    const struct server_input *input, struct err *err) MUST_CHECK;
void server_stop(struct server *server);
/* How many are open. */
unsigned server_connections(const struct server *server);

#endif

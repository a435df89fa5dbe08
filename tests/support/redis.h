/*
 * redis - a private Redis server for one test program.
 *
 * Real redis-server as it should run for us (append-only file, every write
 * synced, noeviction), on a unix socket and a loopback port, in a folder of
 * its own below /tmp. It dies with the test, however the test ends. Whatever
 * fails here ends the test program with a sentence.
 */
#ifndef TESTS_SUPPORT_REDIS_H
#define TESTS_SUPPORT_REDIS_H

#include "lib/store/store_conf.h"

enum { REDIS_MORE = 16 };

struct redis {
	char folder[64];
	char socket[96];
	char uri[128];          /* unix://… */
	struct redis_conf conf; /* [redis], with this uri; no login */
	const char *more[REDIS_MORE + 1];
	bool is_sentinel;
	int port;
	int pid;
};

/* The struct stays where it is: conf points into it. */
void redis_start(struct redis *redis);
/* With options (literals) behind those: { "--maxmemory", "4mb", NULL } */
void redis_start_with(struct redis *redis, const char *const *more);
void redis_stop(struct redis *redis);

/* A sentinel that watches master under name. */
void redis_start_sentinel(
    struct redis *sentinel, const struct redis *master, const char *name);

/* Ends the process and starts it again on the same data, socket and port. */
void redis_halt(struct redis *redis);
void redis_again(struct redis *redis);

/* A password file (one line, mode 0400) in the server's folder. */
void redis_write_password(
    const struct redis *redis, const char *password, char path[128]);

#endif

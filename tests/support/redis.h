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

struct redis {
	char folder[64];
	char socket[96];
	char uri[128]; /* unix://… */
	int port;
	int pid;
};

/* Starts it with the options above; more (NULL ends the list, or NULL) is put
 * behind them: "--maxmemory", "4mb", NULL. */
void redis_start(struct redis *redis, const char *const *more);
void redis_stop(struct redis *redis);

/* Ends the process and starts it again on the same data, socket and port. */
void redis_halt(struct redis *redis);
void redis_again(struct redis *redis);

/* What [redis] would say, with this server's socket. */
struct redis_conf redis_settings(const struct redis *redis);

/* The same folder, a file of one line in it, mode 0400: a password file. */
void redis_write_password(const struct redis *redis, const char *password,
    char path[128]);

#endif

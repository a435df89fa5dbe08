/*
 * load - what the programs that make work have in common: one keep-alive
 * connection per thread, a clock, and what the times were.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stddef.h>
#include <stdint.h>

/* Times in nanoseconds; grows. One thread writes it. */
struct times {
	int64_t *list;
	size_t count, room;
};

void times_add(struct times *times, int64_t ns);
void times_join(struct times *all, struct times *part);
/* "name": {"count": N, "p50": us, "p99": us, "max": us} */
void times_print(const char *name, struct times *times);

int64_t now_ns(void);
/* Says why on standard error, and ends with 70. */
_Noreturn void die(const char *what);

/* A connection to a port of loopback, without delay. */
int load_dial(long port);

/* One connection of HTTP/1.1, and the response that came last. */
enum { LOAD_RESPONSE = 64 * 1024 };
struct line {
	long port;
	int fd;
	size_t got;
	char response[LOAD_RESPONSE]; /* NUL-terminated */
};
/* Sends and reads the whole response; its status. A connection that the
 * server closed while nothing was asked is replaced. */
int line_ask(struct line *line, const char *request, size_t len);

#endif

/*
 * runner_internal - what passes between the worker and its runner.
 */
#ifndef LIB_FLOW_RUNNER_INTERNAL_H
#define LIB_FLOW_RUNNER_INTERNAL_H

#include <stddef.h>

#include "lib/flow/runner.h"

struct runner_order {
	long timeout_ms;
	char line[RUNNER_LINE_MAX]; /* only what is used of it travels */
};

/* The forked process: serves orders from the socket until it is closed. */
_Noreturn void runner_serve(int socket, const char *program);

/* One run, from start to end; line ends with its length. */
void runner_supervise(const char *program, const struct runner_order *order,
    size_t len, struct runner_end *end);

#endif

/*
 * trace - the two lines a flow leaves behind: audit (who, for the operator)
 * and log (what, for operation). Never what somebody typed.
 */
#ifndef LIB_FLOW_TRACE_H
#define LIB_FLOW_TRACE_H

#include <stdbool.h>

struct hands;
struct person;

struct trace {
	const char *event; /* "recover.sent" */
	const char *ref;
	const char *reason;          /* NULL when all is well */
	const struct person *person; /* NULL when nobody was found */
	const char *actor;           /* NULL = "visitor" */
	bool is_alarm; /* for the operator to look at: an error in the log */
	const void *typed; /* what was typed: kept as a pseudonym */
	unsigned long typed_len;
};

/* An audit line that cannot be written is an error in the log, and the flow
 * goes on: people are not locked out because a disk is full. */
void trace_leave(struct hands *hands, const struct trace *trace);

#endif

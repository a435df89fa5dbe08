/*
 * lane - the loops of a worker thread: take, open, do, finish or later.
 *
 * lane_run() serves one durable lane; serve_run() the interactive channel.
 * Both return when *stop is set (after what is in hand is finished) and never
 * for an error: a back end that is away is waited for, with a bounded pause.
 */
#ifndef LIB_FLOW_LANE_H
#define LIB_FLOW_LANE_H

#include <stdatomic.h>

struct hands;
struct now_server;

enum {
	LANE_IDLE_MS = 150,   /* between looks into an empty lane */
	LANE_PAUSE_MS = 1000, /* after a failure of Redis itself */
};

void lane_run(struct hands *hands, const atomic_bool *stop);
void serve_run(
    struct hands *hands, struct now_server *server, const atomic_bool *stop);

#endif

/*
 * lane - the loops of a worker thread: take, open, do, finish or later.
 *
 * lane_run() serves one durable lane; serve_run() the interactive channel.
 * Both return when *stop is set (after what is in hand is finished) and never
 * for an error: a back end that is away is waited for, with a bounded pause.
 * Each notes when it comes round, so that a thread that hangs is seen
 * (lane_is_turning), whatever it hangs in.
 */
#ifndef LIB_FLOW_LANE_H
#define LIB_FLOW_LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hands;
struct now_server;

enum {
	LANE_IDLE_MS = 150,   /* between looks into an empty lane */
	LANE_PAUSE_MS = 1000, /* after a failure of Redis itself */
	/* One request takes less than its lease of 90 s (queue.h). */
	LANE_STUCK_MS = 120000,
};

void lane_run(struct hands *hands, const atomic_bool *stop);
void serve_run(
    struct hands *hands, struct now_server *server, const atomic_bool *stop);

/* Did the loop with these hands come round lately? mono_ms: clock_mono_ms().
 * A loop that has not begun has nothing to be late for. */
bool lane_is_turning(const struct hands *hands, int64_t mono_ms);

#endif

/*
 * pulse - is Redis there? Asked by one thread, not by every page.
 *
 * Form pages close (503) when a request could not be taken anyway; asking at
 * each page would cost a round trip, so a thread asks every PULSE_MS and the
 * pages look at the answer. Also compares our clock with Redis'.
 */
#ifndef LIB_WEB_PULSE_H
#define LIB_WEB_PULSE_H

#include <stdbool.h>

enum {
	PULSE_MS = 250,
	PULSE_STUCK_MS = 30000, /* far above the deadlines of one look */
};

struct asker;
struct pulse;

struct pulse *pulse_new(const struct asker *asker);
void pulse_free(struct pulse *pulse);

bool pulse_is_ready(const struct pulse *pulse);
/* What is there and what is not; the pulse's. */
struct parts;
const struct parts *pulse_parts(const struct pulse *pulse);

/* Does its thread still come round, whatever Redis says? For the watchdog. */
bool pulse_is_beating(const struct pulse *pulse);

#endif

/*
 * clock - the time, asked in one place so that a test can say what it is.
 *
 * Wall time is milliseconds since 1970 UTC. Monotonic time is for deadlines
 * only. Directory times are GeneralizedTime in UTC, "YYYYMMDDHHMMSSZ"
 * (RFC 4517 section 3.3.13; fractions are accepted and dropped).
 */
#ifndef LIB_BASE_CLOCK_H
#define LIB_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

enum { CLOCK_GENERALIZED = 16, CLOCK_ISO = 25, CLOCK_RFC5322 = 32 };

int64_t clock_now_ms(void);
int64_t clock_mono_ms(void);
void clock_sleep_ms(int64_t ms);

/* 20261123201500Z */
void clock_generalized(int64_t ms, char out[CLOCK_GENERALIZED]);
bool clock_from_generalized(const char *text, int64_t *ms) MUST_CHECK;
/* 2026-11-23T20:15:00.123Z */
void clock_iso(int64_t ms, char out[CLOCK_ISO]);
/* Mon, 23 Nov 2026 20:15:00 +0000 (RFC 5322 section 3.3) */
void clock_rfc5322(int64_t ms, char out[CLOCK_RFC5322]);

struct clock_day {
	int year;
	int month; /* 1..12 */
	int day;   /* 1..31 */
};

/* Calendar day and time of day in a named zone ("Europe/Paris"). The process
 * sets its zone once, at start, with clock_zone(). */
void clock_zone(const char *name);
struct clock_day clock_local_day(int64_t ms, int *hour, int *minute);

#endif

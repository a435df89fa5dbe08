/*
 * log - one logfmt line per event, on standard error.
 *
 *     ts=2026-11-23T20:15:00.123Z level=info program=rentree-web
 *         event=request.admitted ref=7K3QWB      (on one line)
 *
 * A line is one write(2) of at most 2 KiB; pairs beyond that are left out and
 * "cut=yes" says so. Values from outside are escaped here: no CR, LF or
 * control character reaches the log ("\x0a" stands for it in quotes). Callers
 * pass pairs of key and value; a NULL value is shown empty and ends the list.
 *
 * Rule: never a NUMEN, INE, birth date, name, address, password, token or
 * captcha answer; people appear as a keyed reference only.
 * The only mutable global of the house: the program's name and lowest level.
 */
#ifndef LIB_BASE_LOG_H
#define LIB_BASE_LOG_H

#include "lib/base/base.h"

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR
};

enum { LOG_NUMBER = 24 };

/* program may be NULL, and must outlive the process's logging. */
void log_setup(const char *program, enum log_level lowest);

/* log_event(LOG_LEVEL_INFO, "mail.sent", "ref", ref, "ms", ms, NULL) */
void log_event(enum log_level level, const char *event, ...) ENDS_WITH_NULL;

/* Writes a number as text into out, and returns out, for a value above. */
const char *log_number(char out[LOG_NUMBER], long long value);

#endif

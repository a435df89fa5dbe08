/*
 * parts - which of the things a daemon needs are there, each in one word.
 *
 * For /readyz and for rentree_ready of /metrics. A word is a class ("ok",
 * "unreachable", "refused" …) and never the text of an error, which may name
 * hosts and logins: those are in the log. A part nobody has asked after yet is
 * "unknown" and does not count; one that this program does not have is not
 * shown. Any thread may set and read.
 */
#ifndef LIB_FLOW_PARTS_H
#define LIB_FLOW_PARTS_H

#include <stdbool.h>

#include "lib/flow/meters.h"

struct err;
struct json;
struct parts;

/* meters may be NULL; wanted: PARTS bits, 1 << PART_REDIS … */
struct parts *parts_new(struct meters *meters, unsigned wanted);
void parts_free(struct parts *parts);

/* word: a literal. True when that is news. NULL parts: nobody wants to know. */
bool parts_set(struct parts *parts, enum meter_part part, const char *word);
const char *parts_word(const struct parts *parts, enum meter_part part);
/* "ok" for NULL, else the class of a failure. */
const char *parts_class(const struct err *err);

bool parts_are_ready(const struct parts *parts);
/* {"status":"ready","parts":{"redis":"ok",…}}; when closed also "reason":
 * "redis: unreachable, clock: apart". */
struct json *parts_json(const struct parts *parts);

#endif

/*
 * audit - what was done to whom and by whom, one JSON line each, chained.
 *
 *     {"seq":7,"ts":"2026-11-23T20:15:00.123Z","event":"recover.sent",
 *      "login":"jdupont",...,"mac":"<43 characters base64url>"}   on one line
 *
 * mac = keyed BLAKE2b-256 (audit.key, personal "rentree.audit") over the text
 * of the previous line's mac and the bytes of this line without the member
 * mac: a removed, changed or reordered line shows. Before the first line
 * stands the text of 32 zero bytes.
 *
 * A file that was rotated away (renamed or removed) is left at the next line.
 * The new one begins with {"seq":8,...,"event":"audit.continued","prev":"<the
 * last mac>",...}, so the chain crosses files; a process that was started
 * after the rotation and finds an empty file begins a new chain instead.
 * logrotate: create, not copytruncate.
 *
 * Several processes append; flock orders them, and each line is one write and
 * one fsync. A line that a crash cut off (it was never reported as written) is
 * removed by the next writer. The file is 0640.
 *
 * People appear by login only once they are known (and entryUUID); the number
 * or date somebody typed never does. A request that found nobody is one line
 * with a keyed pseudonym of what was typed.
 *
 * Not protected: cutting off the end (compare seq with a copy kept elsewhere).
 */
#ifndef LIB_STORE_AUDIT_H
#define LIB_STORE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/base/secret.h"

struct arena;
struct buf;
struct err;

struct audit;

enum { AUDIT_LINE_MAX = 4096, AUDIT_LOCK_MS = 2000 };

/* Where it is written. */
const char *audit_path(const struct audit *audit);

/* path "" = no audit (only allowed in tests). key: audit.key; outlives it. */
struct audit *audit_open(
    const char *path, const struct secret *key, struct err *err) MUST_CHECK;
void audit_close(struct audit *audit);

struct audit_entry {
	const char *event; /* "recover.sent", "recover.refused", … */
	const char *login; /* NULL when nobody was found */
	const char *uuid;
	const char *actor;   /* "visitor", "operator:root", "desk:jdupont" */
	const char *ref;     /* support reference */
	const char *reason;  /* "suspended", "birth-date", "no-recovery-mail" */
	const char *subject; /* keyed pseudonym of what was typed */
	/* Of what is done at a desk: where, and the kind of document seen. */
	const char *establishment, *document;
};

/* Threads: any. ERR_UNAVAILABLE: not written (disk full, lock held for longer
 * than AUDIT_LOCK_MS); ERR_INTERNAL: the file does not end in a line of ours;
 * move it away, a new one begins. */
int audit_write(struct audit *audit, const struct audit_entry *entry,
    struct err *err) MUST_CHECK;

/* Keyed pseudonym, 12 characters: same input, same output, no way back. */
void audit_pseudonym(
    const struct audit *audit, const void *bytes, size_t len, char out[17]);

/*
 * The newest lines about login, newest first, for a page: those that are
 * wanted, among the last AUDIT_RECENT_BYTES of the file. A line that does not
 * read is passed over. Times are whole seconds; texts in arena, never NULL.
 * ERR_UNAVAILABLE: the file cannot be read.
 */
enum { AUDIT_RECENT_BYTES = 4 * 1024 * 1024 };
struct audit_seen {
	int64_t at_ms;
	const char *event, *reason;
};
int audit_recent(struct audit *audit, const char *login,
    bool (*wanted)(const char *event, const char *reason), size_t max,
    struct arena *arena, struct audit_seen *list, size_t *count,
    struct err *err) MUST_CHECK;

/* Checks the chain of one file; ERR_REFUSED names the first bad line, *lines
 * says how many before it are good. Lines added meanwhile are not read. */
int audit_verify(const char *path, const struct secret *key,
    unsigned long *lines, struct err *err) MUST_CHECK;

/* Whose lines are wanted. login may not be NULL; the others may. */
enum { AUDIT_UUID = 37 };
struct audit_about {
	const char *login;
	const char *uuid;    /* lines under another name, or none */
	const char *subject; /* the pseudonym of uuid */
};

/* The entryUUID that the last line with this login has; uuid is left as it is
 * when there is none. */
int audit_find_uuid(const char *path, const char *login, char uuid[AUDIT_UUID],
    struct err *err) MUST_CHECK;

/* The lines about somebody, as JSON lines, oldest first. ERR_REFUSED: a line
 * does not read, or out is full; what came before is in out. */
int audit_export(const char *path, const struct audit_about *about,
    struct buf *out, struct err *err) MUST_CHECK;

#endif

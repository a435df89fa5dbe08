/*
 * conf - the INI file: sections, "key = value", every error with its line.
 *
 * Each module owns a struct and a table that says how its keys are written,
 * what they default to and what range they have. conf_read() fills all structs
 * from one file and lists every error before it gives up: "file:line:
 * sentence", unknown keys with the nearest known one. The sample configuration
 * and the manual are made from the same tables.
 *
 * Grammar: "[section]", "key = value", comments from ';' or '#' at the start
 * of a line, and from ';' after white space. One line, one value; no quoting,
 * no continuation. UTF-8 (a BOM is skipped), at most CONF_FILE_MAX bytes. A
 * key or a section that stands twice is an error. "[redis.worker]" is a section
 * of its own. A value that is wrong is not repeated in the report: the line
 * number finds it, and it may be a password in the wrong place.
 *
 * Ownership: strings live in the arena given, as long as the settings do.
 */
#ifndef LIB_BASE_CONF_H
#define LIB_BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct buf;
struct err;

enum { CONF_FILE_MAX = 256 * 1024 };

enum conf_type {
	CONF_TEXT,     /* const char *, "" when empty */
	CONF_COUNT,    /* long in [min, max] */
	CONF_DURATION, /* long seconds: 90s 15m 1h 14d; bare = seconds */
	CONF_PERCENT,  /* double: 5.0 for "5%", 0.5 for "0.5%", in [min, max] */
	CONF_FLAG,     /* bool: yes no */
	CONF_WORDS,    /* struct conf_words: white space between */
	CONF_RATES,    /* struct conf_rates: "3/1h 6/24h" */
	CONF_CHOICE,   /* int: index into the '|'-separated list in choices */
};

struct conf_words {
	char **list; /* NULL-terminated; never NULL */
	size_t count;
};

/* burst events at once, refilled evenly over period_s (GCRA). */
struct conf_rate {
	long burst;
	long period_s;
};

enum { CONF_RATES_MAX = 4 };

struct conf_rates {
	struct conf_rate list[CONF_RATES_MAX];
	size_t count;
};

struct conf_def {
	const char *key; /* NULL ends a table; "grace.student" is plain */
	enum conf_type type;
	size_t offset;        /* of the field in the module's struct */
	const char *fallback; /* as it would be written; NULL = required */
	long min, max;        /* COUNT, DURATION (seconds), PERCENT */
	const char *choices;  /* CONF_CHOICE: "exop|modify_assert" */
	const char *help;     /* a sentence for the sample and the manual */
};

/* One section of the file: its name, its table, and where its values go. */
struct conf_section {
	const char *name;
	const struct conf_def *defs;
	void *values;
};

/*
 * Reads path into all sections (NULL name ends the list). Errors are appended
 * to report, one line each; returns -1 with ERR_CONFIG when there was one. A
 * file that cannot be read at all is told in err alone. What is absent or wrong
 * has its default, or is empty when it has none. A default that its own table
 * refuses is our mistake and ends the process.
 */
int conf_read(const char *path, const struct conf_section *sections,
    struct arena *arena, struct buf *report, struct err *err) MUST_CHECK;

/* The same from memory; name stands for the file in messages. Fuzzed. */
int conf_parse(const char *name, const char *bytes, size_t len,
    const struct conf_section *sections, struct arena *arena,
    struct buf *report, struct err *err) MUST_CHECK;

/* Cross-field checks of the caller use this to report in the same form:
 * "file:line: [section] key: sentence" (line of the key, 0 when absent; it is
 * looked up in the file called name, so that settings need not carry it). */
void conf_complain(struct buf *report, const char *name, const char *section,
    const char *key, const char *sentence);

/* The sample configuration, from the tables: every key with its help and its
 * default; a required key is commented out. */
void conf_write_sample(const struct conf_section *sections, struct buf *out);

#endif

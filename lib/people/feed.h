/*
 * feed - one row of an HR or student export, understood.
 *
 * Columns are found by name, in any order; unknown ones are reported once.
 * Required: type, one of nom_naissance and nom_usage, prenoms,
 * date_naissance, and one of numen, ine, employe. Given names are separated by
 * commas (a space belongs to a compound name), several UAI by spaces; dates
 * JJ/MM/AAAA or ISO. What is optional and unusable is a warning and left out,
 * so that an account is not refused for a mistyped telephone.
 *
 * A row holds clear numbers and birth dates: it lives in an arena that is
 * wiped, and never reaches a file or a message.
 */
#ifndef LIB_PEOPLE_FEED_H
#define LIB_PEOPLE_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/people/birth.h"
#include "lib/people/number.h"

struct arena;
struct err;

enum {
	FEED_NOTES_MAX = 16,
	FEED_TEXT_MAX = 200,
	FEED_UAI_MAX = 16,
	FEED_KINDS = 5, /* types of people */
};

enum feed_column {
	FEED_TYPE,
	FEED_NUMEN,
	FEED_INE,
	FEED_EMPLOYEE,
	FEED_TITLE,
	FEED_BIRTH_NAME,
	FEED_USAGE_NAME,
	FEED_GIVEN_NAMES,
	FEED_BIRTH_DATE,
	FEED_UAI,
	FEED_MAIL,
	FEED_PHONE,
	FEED_FROM,
	FEED_UNTIL,
	FEED_COLUMNS,
};

/*
 * How an export calls the columns and the types ([provision.columns],
 * [provision.types]): names with '|' in between, tried in order; then our own.
 */
struct feed_words {
	const char *columns[FEED_COLUMNS];
	const char *kinds[FEED_KINDS];
};

/* Where each known column is in the file; -1 = not there. */
struct feed_header {
	int at[FEED_COLUMNS];
	const struct feed_words *words; /* NULL: our own names only */
	const char *kind; /* of every row (no column is asked for), or NULL */
};

/* "etudiant" as it is kept; NULL when text is no type of ours. */
const char *feed_kind(const char *text);

/* The column's name in the file: "date_naissance". */
const char *feed_column_name(enum feed_column column);

/*
 * Reads the header; words and kind are the caller's. ERR_INPUT names a required
 * column that is missing. unknown (room for count pointers, NULL-terminated by
 * us) gets the names of columns nobody reads.
 */
int feed_read_header(char *const *names, size_t count,
    struct feed_header *header, const char **unknown,
    struct err *err) MUST_CHECK;

struct feed_person {
	const char *kind;
	/* That, and those of further rows about the same person. */
	const char *kinds[FEED_KINDS + 1];
	bool has_numen, has_ine;
	struct number numen, ine;
	const char *employee;     /* "" = none */
	const char *family;       /* usage name, or birth name */
	const char *birth_family; /* "" = not told */
	const char *given_names;  /* all, as in the feed */
	const char *given;        /* the first */
	struct birth birth;
	char **establishments;
	const char *mail;          /* usable rescue address or NULL */
	int64_t from_ms, until_ms; /* 0 = not told; until: the day's end */
	/* What the row is sorted by: deterministic for one input. */
	const char *order;
};

/* What is wrong with a row, or odd about it. */
struct feed_note {
	enum feed_column column;
	bool fatal; /* the row is rejected */
	const char *reason;
};

struct feed_notes {
	struct feed_note list[FEED_NOTES_MAX];
	size_t count;
	bool rejected;
};

/* own_domains: never a rescue address. this_year: for birth dates. */
void feed_read_row(const struct feed_header *header, char *const *cells,
    size_t count, const char *const *own_domains, int this_year,
    struct arena *arena, struct feed_person *person, struct feed_notes *notes);

/* A copy that needs nothing of the row, in arena. */
struct feed_person *feed_copy(
    const struct feed_person *person, struct arena *arena);

/* An order of rows that is the same in whatever order they come: what knows
 * more first, staff before students, then by content. 0: alike in all. */
int feed_compare(const struct feed_person *a, const struct feed_person *b);

/* Another row about the same person: kinds and establishments are added, what
 * was missing is filled in (a usage name, the day of birth), the later end
 * counts. Rows are merged in the order of feed_compare(). */
void feed_merge(struct feed_person *person, const struct feed_person *more,
    struct arena *arena);

/* School year a day belongs to: August begins the next one. */
int feed_school_year(int year, int month);

#endif

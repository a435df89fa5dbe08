/*
 * birth - a birth date as people write it.
 *
 * Read: 1/9/1975, 01/09/75, 1.9.1975, 01-09-1975, "1 9 1975", 01091975,
 * 010975, 1975-09-01, 19750901. Eight digits are DDMMYYYY when that is a date
 * and YYYYMMDD otherwise (none is both). Two-digit years up to this year - 10
 * are 20xx, others 19xx. An unknown day, or day and month, is 00 (1975-09-00,
 * 1975-00-00). 1900 <= year <= this year - 10.
 *
 * Normal form: YYYY-MM-DD.
 */
#ifndef LIB_PEOPLE_BIRTH_H
#define LIB_PEOPLE_BIRTH_H

#include <stdbool.h>

#include "lib/base/base.h"

enum { BIRTH_TEXT = 11 };

enum birth_fault {
	BIRTH_FINE,
	BIRTH_EMPTY,
	BIRTH_FORM,     /* not a date at all */
	BIRTH_CALENDAR, /* 31/02/1975 */
	BIRTH_YEAR,     /* before 1900 or too recent */
};

struct birth {
	char text[BIRTH_TEXT]; /* YYYY-MM-DD */
};

/* typed is clean UTF-8 of any length. On a fault birth is empty. */
enum birth_fault birth_parse(
    const char *typed, int this_year, struct birth *birth) MUST_CHECK;

/*
 * From a clear directory attribute: YYYY-MM-DD, YYYYMMDD or YYYYMMDDhhmmssZ
 * (its day is taken as it is written). 00 as above.
 */
bool birth_from_directory(const char *value, struct birth *birth) MUST_CHECK;

/* May both be of one person: is what both know the same? */
bool birth_agrees(const struct birth *a, const struct birth *b);
/* 2: a whole date; 1: a month; 0: a year alone. */
int birth_fullness(const struct birth *birth);

/*
 * Every date that agrees with birth, birth itself first; *at is 0 before the
 * first call. False when there is none left. Dates that no calendar has are
 * among them.
 */
enum { BIRTH_ALIKE_MAX = 1 + 13 * 32 };
bool birth_alike(
    const struct birth *birth, unsigned *at, struct birth *alike) MUST_CHECK;

#endif

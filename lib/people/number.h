/*
 * number - the number a person types to be recognised: NUMEN, INE or the
 * confidential code a secrétariat handed over.
 *
 * number_parse() forgives how it was written (case, spaces, dots, hyphens,
 * O for 0 where only a digit can stand …), never what was written: two
 * different numbers never get the same normal form.
 *
 * NUMEN: 13 characters, 2 digits, 1 or 2 letters, 6 or 7 digits, 3 letters.
 *   Repair by position: O/0 and I,L/1 only, never positions 3 and 4.
 * INE: 11 characters [0-9A-Z], no repair.
 * Code: 12 Crockford base32 characters and their check character, 13 in all;
 *   the first is a letter, so that no code is NUMEN-shaped, repaired or not.
 *   Written in groups (XXXX-XXXX-XXXX-C); O, I and L are read as 0, 1 and 1.
 *
 * Source: académie forms and INE formats of the field, with their variants; an
 * INE's check key has no public rule, so none is applied.
 */
#ifndef LIB_PEOPLE_NUMBER_H
#define LIB_PEOPLE_NUMBER_H

#include <stdbool.h>

#include "lib/base/base.h"

enum { NUMBER_TEXT = 14, NUMBER_TYPED_MAX = 64 };

enum number_kind { NUMBER_NUMEN, NUMBER_INE, NUMBER_CODE };

enum number_fault {
	NUMBER_FINE,
	NUMBER_EMPTY,
	NUMBER_LENGTH,   /* neither 11 nor 13 characters */
	NUMBER_ALPHABET, /* a character that is no letter and no digit */
	NUMBER_SHAPE,    /* 13 characters, but digits and letters misplaced */
};

struct number {
	enum number_kind kind;
	char text[NUMBER_TEXT]; /* the normal form */
};

/* typed is clean UTF-8 of any length. Wipe number when done. */
enum number_fault number_parse(
    const char *typed, struct number *number) MUST_CHECK;

/* "NUMEN", "INE", "CODE": the label in rentreeProof. */
const char *number_label(enum number_kind kind);

/*
 * For data-quality warnings of the batch and `numen show-shape` only: a
 * sentence about an implausible académie code or year, or NULL.
 */
const char *number_warning(const struct number *number, int this_year);

/* A new confidential code with its check character (NUMBER_CODE). */
void number_make_code(struct number *number);

/* As it is printed: XXXX-XXXX-XXXX-C. Of a NUMBER_CODE. */
enum { NUMBER_GROUPED = NUMBER_TEXT + 3 };
void number_group(const struct number *number, char grouped[NUMBER_GROUPED]);

#endif

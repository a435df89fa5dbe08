/*
 * letter_code - the code of a printed letter, with which a person activates
 * their account without a mail.
 *
 *     XXXX-XXXX-XXXX-XXXX
 *
 * 15 digits of base 32 and their check character (base32.h): 75 bits, so that
 * nobody guesses one of the hundred thousand that may be valid at a time. Read
 * as tolerantly as a number (number.h): case, spaces, hyphens, O for 0, I and L
 * for 1. Its 16 characters are neither a NUMEN nor an INE nor a desk's code.
 *
 * Whoever holds the paper still needs the birth date.
 */
#ifndef LIB_PEOPLE_LETTER_CODE_H
#define LIB_PEOPLE_LETTER_CODE_H

#include "lib/base/base.h"

enum {
	LETTER_CODE_TEXT = 17,    /* 16 and NUL */
	LETTER_CODE_GROUPED = 20, /* with three hyphens */
};

struct letter_code {
	char text[LETTER_CODE_TEXT]; /* the normal form, as in a link */
};

enum letter_code_fault {
	LETTER_CODE_FINE,
	LETTER_CODE_EMPTY,
	LETTER_CODE_WRONG, /* another length, a strange character, a slip */
};

/* A new one. Wipe code when done. */
void letter_code_make(struct letter_code *code);

/* typed is clean UTF-8 of any length. */
enum letter_code_fault letter_code_parse(
    const char *typed, struct letter_code *code) MUST_CHECK;

/* As it is printed. */
void letter_code_group(
    const struct letter_code *code, char grouped[LETTER_CODE_GROUPED]);

#endif

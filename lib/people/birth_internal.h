/*
 * birth_internal - what birth_split.c lends to birth.c, and to nobody else.
 */
#ifndef LIB_PEOPLE_BIRTH_INTERNAL_H
#define LIB_PEOPLE_BIRTH_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

enum { BIRTH_GROUPS = 3, BIRTH_DIGITS = 8 };

struct birth_group {
	char digits[BIRTH_DIGITS + 1];
	size_t len;
};

bool birth_is_digit(char c);

/* How many groups of digits text (NFKC, trimmed) is made of, with spaces and
 * one '/', '.' or hyphen between them; 0 when it is something else. */
size_t birth_split(const char *text, struct birth_group groups[BIRTH_GROUPS]);

#endif

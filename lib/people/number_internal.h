/*
 * number_internal - what the files about typed numbers and codes lend each
 * other, and nobody else.
 */
#ifndef LIB_PEOPLE_NUMBER_INTERNAL_H
#define LIB_PEOPLE_NUMBER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/people/number.h"

/* typed: 13 characters [0-9A-Z]. text gets the normal form; false when this is
 * no confidential code or its check character is wrong. */
bool number_read_code(const char *typed, char *text);

/* The letters and digits of typed in upper case, without what people put
 * between the groups: the first max of them in out, how many there are in
 * *count. NUMBER_FINE, NUMBER_EMPTY or NUMBER_ALPHABET. */
enum number_fault number_collect(
    const char *typed, char *out, size_t max, size_t *count) MUST_CHECK;

#endif

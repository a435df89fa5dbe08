/*
 * number_internal - what number_code.c lends to number.c, and to nobody else.
 */
#ifndef LIB_PEOPLE_NUMBER_INTERNAL_H
#define LIB_PEOPLE_NUMBER_INTERNAL_H

#include <stdbool.h>

/* typed: 13 characters [0-9A-Z]. text gets the normal form; false when this is
 * no confidential code or its check character is wrong. */
bool number_read_code(const char *typed, char *text);

#endif

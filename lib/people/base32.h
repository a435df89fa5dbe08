/*
 * base32 - Crockford's base 32 with its check character, for codes that people
 * copy from paper: no I, L, O or U among the digits, and O, I and L are read as
 * 0, 1 and 1 (crockford.com/base32.html).
 *
 * The check character is the value modulo 37. Of its five extra symbols '*~$=U'
 * only U is used: codes that would need another are never made. It finds every
 * single wrong character and every two neighbours that changed places.
 */
#ifndef LIB_PEOPLE_BASE32_H
#define LIB_PEOPLE_BASE32_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

/* digits random ones (secret) and their check character; text gets digits + 2
 * bytes. */
void base32_make(size_t digits, char *text);

/* typed: digits + 1 characters of [0-9A-Z]. text gets as many, in the normal
 * form; false when one is no digit or the check character is wrong. */
bool base32_read(size_t digits, const char *typed, char *text) MUST_CHECK;

#endif

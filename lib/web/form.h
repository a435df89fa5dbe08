/*
 * form - application/x-www-form-urlencoded bodies and query strings.
 *
 * Parsed whole, with ceilings on fields and sizes; the first of two fields of
 * one name wins (so a second value smuggled in changes nothing). A broken
 * percent sequence or a NUL makes the whole form bad.
 *
 * form_text() gives clean UTF-8: control characters are dropped and invalid
 * bytes become U+FFFD, so hostile input reaches the rules as a wrong value and
 * not as a fault. form_raw() gives the bytes, for passwords only.
 */
#ifndef LIB_WEB_FORM_H
#define LIB_WEB_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct buf;

enum { FORM_FIELDS_MAX = 64, FORM_BYTES_MAX = 16 * 1024 };

struct form_field {
	const char *name;
	const char *raw; /* decoded bytes, NUL-terminated, no NUL inside */
};

struct form {
	struct form_field fields[FORM_FIELDS_MAX];
	size_t count;
};

/* Adds "name=value&", every byte percent-encoded: form_parse() reads it back.
 */
void form_encode(struct buf *out, const char *name, const char *value);

/* 0, or -1 when the bytes are no form. Everything lives in arena. */
int form_parse(const char *bytes, size_t len, struct arena *arena,
    struct form *form) MUST_CHECK;

bool form_has(const struct form *form, const char *name);
/* "" when absent. */
const char *form_raw(const struct form *form, const char *name);
char *form_text(const struct form *form, const char *name, struct arena *arena);

#endif

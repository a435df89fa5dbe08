/*
 * conf_internal - what the files of conf share: one line of the grammar, one
 * value of a type. Nobody else includes this.
 */
#ifndef LIB_BASE_CONF_INTERNAL_H
#define LIB_BASE_CONF_INTERNAL_H

#include <stdbool.h>

#include "lib/base/base.h"
#include "lib/base/conf.h"
#include "lib/base/text.h"

enum { CONF_NAME_MAX = 64 }; /* bytes of a section's or a key's name */

enum conf_line_kind {
	CONF_LINE_BLANK, /* or a comment */
	CONF_LINE_SECTION,
	CONF_LINE_PAIR,
	CONF_LINE_WRONG,
	CONF_LINE_LOST /* wrong, and nobody knows which section begins */
};

struct conf_line {
	enum conf_line_kind kind;
	struct view name;     /* of the section or of the key */
	struct view value;    /* of the key; clean UTF-8, trimmed */
	const char *sentence; /* what is wrong */
};

/* Cuts the first line off rest and says what it is; false at the end. */
bool conf_line_next(struct view *rest, struct conf_line *line);
/* The bytes of a file as conf_line_next() wants them: without a BOM. */
struct view conf_line_all(const char *bytes, size_t len);
bool conf_line_is(struct view name, const char *text);

/*
 * Writes text into the field as the definition says. Returns NULL, or a
 * sentence ("must be yes or no"), in arena, with the field left alone.
 */
const char *conf_value_read(const struct conf_def *def, const char *text,
    void *values, struct arena *arena) MUST_CHECK;
void conf_value_default(
    const struct conf_def *def, void *values, struct arena *arena);

#endif

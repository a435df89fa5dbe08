/*
 * template_internal - what the files of template share: the steps a source is
 * compiled to, looking up a value, and sentences. Nobody else includes this.
 */
#ifndef LIB_BASE_TEMPLATE_INTERNAL_H
#define LIB_BASE_TEMPLATE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/template.h"
#include "lib/base/text.h"

enum step_kind {
	STEP_LITERAL,  /* text */
	STEP_FIELD,    /* name */
	STEP_SENTENCE, /* name is the key */
	STEP_SECTION,  /* name; the body ends before step end */
	STEP_INVERTED, /* likewise */
	STEP_INCLUDE   /* name, and other once the set is complete */
};

struct step {
	enum step_kind kind;
	struct view text;
	const char *name;
	size_t end;
	size_t line;
	const struct template *other;
};

struct template
{
	const char *name; /* "recover" */
	const char *file; /* for messages */
	struct step *steps;
	size_t count;
	enum { TEMPLATE_UNSEEN, TEMPLATE_OPEN, TEMPLATE_DONE } walk;
};

struct template_set {
	struct arena arena; /* holds everything below */
	enum template_kind kind;
	struct template *list;
	size_t count;
};

/* template.c */

struct template *template_find(
    const struct template_set *set, const char *name);

/* template_parse.c */

/* Fills steps and count; literals point into source, which must stay. */
int template_parse(struct template *template, struct view source,
    struct arena *arena, struct err *err) MUST_CHECK;

/*
 * The next piece of a sentence: literal text, or the name of a {{field}}.
 * False at the end; a {{ that begins no field is literal text, and *bad is
 * set then (it is never unset).
 */
bool template_piece(
    struct view *rest, struct view *literal, struct view *field, bool *bad);

/* template_values.c */

/* The text of a field, NULL when it has none; further out if need be. */
const char *values_get(const struct values *values, struct view name);
/*
 * How a section of that name runs: the first of its items, and *once set when
 * it is no list but a value that is set. NULL and not *once: not at all.
 */
const struct values *values_open(
    const struct values *values, const char *name, bool *once);
const struct values *values_next(const struct values *item);

#endif

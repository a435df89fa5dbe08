/*
 * template_internal - what the files of template share: the steps a source is
 * compiled to, their plates, looking up a value, and sentences. Nobody else
 * includes this.
 */
#ifndef LIB_BASE_TEMPLATE_INTERNAL_H
#define LIB_BASE_TEMPLATE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/template.h"
#include "lib/base/text.h"

/* A name that is looked for: most others differ in the hash already. */
struct label {
	struct view text;
	uint32_t hash;
};

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

/*
 * A template as it is in one language: what it includes stands in it, and its
 * sentences are literals where they have no field, escaped once. Only literals,
 * fields and sections are left.
 */
struct plate_step {
	enum step_kind kind;
	struct view text;
	struct label label;
	size_t end;
};

struct plate {
	const struct plate_step *steps;
	size_t count;
	size_t len; /* of all its literals */
};

/* What a plate may hold, and how many steps may be walked to make it: a
 * template may include another many times. */
enum { PLATE_MAX = 1024 * 1024, PLATE_WALK_MAX = 100000 };

struct template
{
	const char *name; /* "recover" */
	const char *file; /* for messages */
	struct step *steps;
	size_t count;
	struct plate *plates; /* in the order of the set's catalogues */
	enum { TEMPLATE_UNSEEN, TEMPLATE_OPEN, TEMPLATE_DONE } walk;
};

struct template_set {
	struct arena arena; /* holds everything below */
	enum template_kind kind;
	struct template *list;
	size_t count;
	const struct catalogue *const *catalogues; /* NULL-terminated */
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

/* template_plate.c */

/* One plate a catalogue, for each template of a set that is linked up. */
int template_make_plates(struct template_set *set, struct err *err) MUST_CHECK;
/* NULL when the set was loaded without that catalogue. */
const struct plate *template_plate(const struct template_set *set,
    const struct template *template, const struct catalogue *catalogue);

/* template_render.c */

/* Adds text as it stands in a template of that kind. */
void template_escape(
    enum template_kind kind, struct view text, struct buf *out);

/* template_values.c */

struct label label_of(struct view text);
/* The text of a field, NULL when it has none; further out if need be. */
const char *values_get(const struct values *values, const struct label *label);
/*
 * How a section of that name runs: the first of its items, and *once set when
 * it is no list but a value that is set. NULL and not *once: not at all.
 */
const struct values *values_open(
    const struct values *values, const struct label *label, bool *once);
const struct values *values_next(const struct values *item);

#endif

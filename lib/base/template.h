/*
 * template - pages and mails with holes, and no other language in them.
 *
 *     {{field}}             the value, escaped for the template's kind
 *     {{t:key}}             a sentence of the catalogue, escaped likewise
 *     {{#field}}…{{/field}} once when the flag is set / per item of a list
 *     {{^field}}…{{/field}} when the flag is not set or the list is empty
 *     {{>name}}             another template of the set, same kind
 *
 * Names are letters, digits and _ . - ; white space inside the braces is
 * nothing. A line that holds a section tag or {{>name}} and else only white
 * space leaves no line behind. A text counts as set when it is not empty, a
 * number when it is not 0.
 *
 * A sentence of the catalogue may hold {{field}} itself (not {{t:}} and no
 * section). There is no unescaped output. HTML escapes & < > " ' ; text
 * leaves bytes alone (mails: message.h keeps them out of headers).
 *
 * Templates are compiled once, at start, and pressed into one plate for each
 * language (template_plate.c): what is the same on every page is a literal
 * there, so that rendering is copying. An unknown template, an unbalanced
 * section or a missing catalogue key fails then, not in front of a visitor. A
 * field that the values do not hold renders as nothing and counts as unset.
 *
 * Ownership: a set lives as long as the process. Threads: rendering is
 * read-only, any number at once.
 */
#ifndef LIB_BASE_TEMPLATE_H
#define LIB_BASE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct buf;
struct catalogue;
struct embed_list;
struct err;

enum template_kind { TEMPLATE_HTML, TEMPLATE_TEXT };

/* The values of one rendering: a small tree, built in an arena. */
struct values;

/* Names are literals and are not copied, texts are; NULL is the empty text.
 * The last value of a name counts. */
struct values *values_new(struct arena *arena);
void values_text(struct values *values, const char *name, const char *text);
/* … what lives as long as the values anyway is not copied. */
void values_kept(struct values *values, const char *name, const char *text);
void values_number(struct values *values, const char *name, long long number);
void values_flag(struct values *values, const char *name, bool set);
/* A new item of the list called name; fields not in it are looked for in
 * values, then further out. */
struct values *values_item(struct values *values, const char *name);

struct template_set;

enum { TEMPLATE_MAX = 256 * 1024, TEMPLATE_NESTING_MAX = 16 };

/*
 * Compiles every embedded file below prefix ("lib/web/templates/") that ends
 * in suffix (".html"), each replaced by override_dir/<same base name> when
 * that exists (override_dir may be NULL or ""). Every {{t:key}} must be in
 * every one of the catalogues (NULL-terminated array), and its sentence in
 * order. The catalogues must outlive the set. NULL with ERR_CONFIG "file:line:
 * sentence" for what is wrong.
 */
struct template_set *template_load(const struct embed_list *files,
    const char *prefix, const char *suffix, enum template_kind kind,
    const char *override_dir, const struct catalogue *const *catalogues,
    struct err *err) MUST_CHECK;
void template_free(struct template_set *set);

/*
 * Renders template name (base name without suffix: "recover") into out.
 * A second template may wrap the first: see {{>name}}. -1 with ERR_INTERNAL
 * when out is full or the name unknown.
 */
int template_render(const struct template_set *set, const char *name,
    const struct catalogue *catalogue, const struct values *values,
    struct buf *out, struct err *err) MUST_CHECK;

/* One sentence with its {{fields}}, unescaped: subjects, reasons, CLI. A key
 * that is in no catalogue is returned as it is. */
char *template_sentence(struct arena *arena, const struct catalogue *catalogue,
    const char *key, const struct values *values);

#endif

/*
 * catalogue - every sentence a person reads, by key, in one language.
 *
 * The sentences are written as PO files in lib/locale, checked and compiled by
 * msgfmt at build time and carried in the program as MO files (GNU gettext
 * manual, "The Format of GNU MO Files"). glibc's gettext follows the process's
 * locale; we need one language per request, so this reads the MO file itself.
 *
 * msgid is a key ("recover.title"), msgstr the sentence. A key without a
 * sentence is shown as the key itself; start-up checks that none is missing.
 * Threads: read-only after catalogue_open().
 */
#ifndef LIB_BASE_CATALOGUE_H
#define LIB_BASE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct embed_list;
struct err;

struct catalogue;

/* language is "fr" or "en"; the file is lib/locale/<language>.mo. */
struct catalogue *catalogue_open(const struct embed_list *files,
    const char *language, struct err *err) MUST_CHECK;
void catalogue_free(struct catalogue *catalogue);

const char *catalogue_language(const struct catalogue *catalogue);
bool catalogue_has(const struct catalogue *catalogue, const char *key);
const char *catalogue_get(const struct catalogue *catalogue, const char *key);

#endif

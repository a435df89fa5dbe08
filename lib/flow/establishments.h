/*
 * establishments - the operator's list of schools, so that a person finds the
 * secrétariat to go to.
 *
 * Read once, at start: CSV uai;nom;adresse;telephone;horaires, of which uai and
 * nom are required. A search compares folded words: each word that was typed
 * must begin a word of the name or the address, or the UAI; particles count
 * for nothing, "st" is "saint". Those whose name alone fits come first.
 *
 * Ownership: the list's own, until establishments_free(). Threads: read-only.
 */
#ifndef LIB_FLOW_ESTABLISHMENTS_H
#define LIB_FLOW_ESTABLISHMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct buf;
struct err;

enum {
	ESTABLISHMENTS_MAX = 20000,
	ESTABLISHMENTS_SHOWN = 20,
	ESTABLISHMENTS_WORDS = 8,   /* of a query; the rest is not looked at */
	ESTABLISHMENTS_QUERY = 200, /* bytes, likewise */
};

struct establishment {
	unsigned long line; /* of the file */
	const char *uai;
	const char *name;
	const char *address; /* "" when absent, as the others */
	const char *phone;
	const char *hours;
	const char *words;       /* " lycee faidherbe ", for the search */
	const char *place_words; /* the same of the address */
};

struct establishments;

/* Every error is a line "file:line: sentence" in report; NULL with ERR_CONFIG
 * when there is one. */
struct establishments *establishments_open(
    const char *path, struct buf *report, struct err *err) MUST_CHECK;
void establishments_free(struct establishments *list);

size_t establishments_count(const struct establishments *list);

/* Its entry; NULL when it is not in the list, or there is no list. */
const struct establishment *establishments_one(
    const struct establishments *list, const char *uai);

struct establishments_found {
	const struct establishment *list[ESTABLISHMENTS_SHOWN];
	size_t count;
	bool more; /* than are in list */
};

/* typed is clean UTF-8 of any length; without a word in it nothing is found. */
void establishments_find(const struct establishments *list, const char *typed,
    struct arena *arena, struct establishments_found *found);

#endif

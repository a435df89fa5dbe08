/*
 * provision_internal - what the files of provision share, and nobody else.
 */
#ifndef LIB_FLOW_PROVISION_INTERNAL_H
#define LIB_FLOW_PROVISION_INTERNAL_H

#include "lib/base/arena.h"
#include "lib/flow/provision.h"
#include "lib/people/feed.h"

/* Everybody the files list, each once, sorted. */
struct roll {
	struct feed_person **list;
	size_t count, room;
};

/* Reads all files. Rejected rows are told; -1 only when a file cannot be
 * read at all. */
int provision_read(const struct provision *provision, const char *const *files,
    struct arena *arena, struct roll *roll, struct json *report,
    struct provision_counts *counts, struct err *err) MUST_CHECK;

/* A set of words (POSIX tsearch below). */
struct words {
	void *root;
	struct arena *arena;
};
/* False when it was there already. */
bool words_add(struct words *words, const char *word);
bool words_have(const struct words *words, const char *word);
void words_free(struct words *words);

/* Remembers word and what belongs to it; the value, or NULL. */
void words_pair(struct words *words, const char *word, const char *value);
const char *words_value(const struct words *words, const char *word);

/* What the directory knows: names given out, sources of people. */
struct known {
	struct words names;    /* logins, mail local parts */
	struct words reserved; /* names that stand in registry_base */
	struct words holders;  /* "<name> <source>": and for whom */
	struct words sources;  /* rentreeSource values */
	struct words waiting;  /* source, login: never invited, and could be */
};
int provision_sweep(const struct provision *provision, struct known *known,
    struct err *err) MUST_CHECK;

/* The digests that say who somebody is, newest key first; in arena. */
enum { PROVISION_SOURCES_MAX = 3 };
size_t provision_sources(const struct provision *provision,
    const struct feed_person *person, size_t key, struct arena *arena,
    const char *sources[PROVISION_SOURCES_MAX]);

/* The plan as text, hashed while it is written or read. */
struct plan_writer;
struct plan_writer *plan_writer_new(FILE *out);
void plan_writer_add(struct plan_writer *writer, const char *line);
int plan_writer_end(struct plan_writer *writer, struct err *err) MUST_CHECK;

/* A line that changes somebody, as provision.h describes it; all of it points
 * into line. */
struct plan_change {
	const char *login, *dn, *uuid;
	const struct json *before, *after; /* of one length, same names */
	const struct json *names;          /* may be empty */
	const char *source;                /* whose the names are */
	const struct json *notices;        /* may be empty */
};
int plan_read_change(const struct json *line, struct plan_change *change,
    struct err *err) MUST_CHECK;

/* One line to create a person, as JSON; entry.c. */
struct json *provision_entry(const struct provision *provision,
    const struct feed_person *person, const char *login, const char *mail,
    struct arena *arena);

#endif

/*
 * moderation - rows of a feed that may be an account there is, and what the
 * operator decided about each.
 *
 * A file of JSON lines, 0600, written anew as a whole (old or new, never half):
 * names, logins, addresses and keyed digests, no number and no date in clear. A
 * case is one person of a feed and one account. What is undecided or postponed
 * is not provisioned; "same" makes the next plan take the account for this
 * person, "different" a new account. Decisions are kept for ever, so that
 * nothing is asked twice; a question that no longer arises is dropped. A run
 * that the safety valve refuses leaves the file as it was.
 *
 * Two programs at once: the lock of `rentree provision` keeps them apart.
 */
#ifndef LIB_FLOW_MODERATION_H
#define LIB_FLOW_MODERATION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"
#include "lib/flow/words.h"

struct arena;
struct err;

enum moderation_word {
	MODERATION_OPEN, /* nobody has decided */
	MODERATION_SAME,
	MODERATION_DIFFERENT,
	MODERATION_LATER,
};
const char *moderation_word_name(enum moderation_word word);
bool moderation_word_read(const char *text, enum moderation_word *word);

enum { MODERATION_ID = 9, MODERATION_SOURCES = 3 };

/* "" = not known; of several kinds or establishments all, ", " between. */
struct moderation_account {
	const char *login, *display, *kind, *establishment, *mail;
};

struct moderation_case {
	char id[MODERATION_ID]; /* eight digits, from person and account */
	const char *sources[MODERATION_SOURCES + 1]; /* who the row is */
	const char *name, *kind, *establishment;     /* of the row */
	struct moderation_account account;           /* as last seen */
	bool likely;                                 /* proposed: the same */
	enum moderation_word word;
	bool arose; /* in this run */
	bool dropped;
	struct moderation_case *next, **at; /* at: what points to it */
};

struct moderation {
	struct arena *arena;
	const char *path;
	struct moderation_case *first, **end;
	struct index by_person; /* source and login: case */
	bool changed;
};

/* Reads the file; one that does not exist is empty. To be closed, also when
 * it failed. */
int moderation_open(struct moderation *moderation, const char *path,
    struct arena *arena, struct err *err) MUST_CHECK;
/* Writes it when something changed. */
int moderation_save(struct moderation *moderation, struct err *err) MUST_CHECK;
void moderation_close(struct moderation *moderation);

/* The case of a person who has one of these sources, and an account; of several
 * that of the first source that has one. Does not look at them all. */
struct moderation_case *moderation_find(struct moderation *moderation,
    const char *const *sources, size_t count, const char *login);
struct moderation_case *moderation_by_id(
    struct moderation *moderation, const char *id);
/* Takes a copy of the case (strings are kept) when it is new. Returns the one
 * that stands, marked as arisen, with what the account is now. */
struct moderation_case *moderation_note(
    struct moderation *moderation, const struct moderation_case *one);
void moderation_decide(struct moderation *moderation,
    struct moderation_case *one, enum moderation_word word);
/* Drops a question that did not arise again. */
void moderation_drop(
    struct moderation *moderation, struct moderation_case *one);

#endif

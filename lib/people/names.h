/*
 * names - comparing and folding French names.
 *
 * A key is what is left of a name when writing no longer matters: ligatures
 * opened (œ→oe, æ→ae, ß→ss, ø→o, ł→l, đ→d, ð→d, þ→th, ı→i), marks removed,
 * upper case, apostrophes, hyphens and any space gone. "Jean-Pierre" and
 * "JEAN PIERRE" have one key; "Jean" and "Jeanne" have not. There is no fuzzy
 * distance: it would weaken the proof.
 */
#ifndef LIB_PEOPLE_NAMES_H
#define LIB_PEOPLE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Latin letters folded to ASCII, lower case; apostrophes removed, every run
 * of spaces, hyphens, dots and underscores one separator '-' (trimmed).
 * *foreign (may be NULL) is set when a letter could not be folded. */
char *names_fold(struct arena *arena, const char *name, bool *foreign);

/* The key: names_fold() upper-cased, without separators. */
char *names_key(struct arena *arena, const char *name);

struct names {
	const char *family;       /* usage name, sn */
	const char *birth_family; /* may be NULL */
	const char *given;        /* givenName */
	const char *all_given;    /* "Jean, Marie-Anne", may be NULL */
};

/*
 * Does what was typed fit? family: birth or usage name, or both in either
 * order; particles (names_is_particle()) optional. given: any given name, the
 * compound, its first part, or several in the order of the list. Every
 * comparison is made whatever the first ones say.
 */
bool names_match(
    const struct names *known, const char *family, const char *given);

/* "de", "du", "la", "van" …: a folded piece of a family name that people leave
 * out or glue to the next. */
bool names_is_particle(const char *piece);

/* The usage name without "épouse X", "née X", "ép. X"; *cut (may be NULL) is
 * set when something was removed. */
char *names_usage(struct arena *arena, const char *family, bool *cut);

/* The first given name: split at ',' and ';' only (a space belongs to a
 * compound name). */
char *names_first_given(struct arena *arena, const char *given_names);

#endif

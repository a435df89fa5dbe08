/*
 * same_person - a row of a feed and an account that share a name: one person,
 * two, or a question for somebody who can look.
 *
 * The one idea: only a number (NUMEN, INE, HR number) or a human being ever
 * says that two are the same. Name and birth date can say that two are
 * different, or that it should be asked; two accounts for one person are a
 * nuisance, one account for two persons is a breach.
 *
 * Pure: nothing is looked up here.
 */
#ifndef LIB_PEOPLE_SAME_PERSON_H
#define LIB_PEOPLE_SAME_PERSON_H

#include <stdbool.h>

struct arena;

enum same_number {
	SAME_NUMBER_NONE,  /* nothing to compare: no label in common */
	SAME_NUMBER_EQUAL, /* one label, one number */
	SAME_NUMBER_OTHER, /* a label in common, another number */
};

enum same_family {
	SAME_FAMILY_OTHER,
	SAME_FAMILY_EQUAL,   /* birth names, or the only names there are */
	SAME_FAMILY_CROSSED, /* the usage name of one, the birth name of the
			      * other */
};

enum same_birth { SAME_BIRTH_UNKNOWN, SAME_BIRTH_EQUAL, SAME_BIRTH_OTHER };

struct same_facts {
	enum same_number number;
	enum same_family family;
	enum same_birth birth;
	bool given; /* the first given names have one key */
	bool ours;  /* the account knows its numbers (rentreeSource) */
};

enum same_verdict {
	SAME_DIFFERENT, /* homonyms at most: another account */
	SAME_PERSON,
	SAME_ASK,
	SAME_ASK_LIKELY, /* ask, and propose that it is the same */
};

enum same_verdict same_person(const struct same_facts *facts);

/* Names as keys (names.h); a birth name may be "" or NULL. */
struct same_names {
	const char *usage, *birth;
};
enum same_family same_family(
    const struct same_names *row, const struct same_names *account);

#endif

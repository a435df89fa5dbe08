/*
 * names_internal - what names.c lends to names_match.c, and to nobody else.
 */
#ifndef LIB_PEOPLE_NAMES_INTERNAL_H
#define LIB_PEOPLE_NAMES_INTERNAL_H

struct arena;

/*
 * names_fold() for comparing only: apostrophes separate ("d'Artagnan" is d and
 * artagnan), and letters without an ASCII form stay, so that two Cyrillic
 * names are compared and never both become "".
 */
char *names_fold_loose(struct arena *arena, const char *name);

#endif

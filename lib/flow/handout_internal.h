/*
 * handout_internal - what the files of handout share, and nobody else.
 */
#ifndef LIB_FLOW_HANDOUT_INTERNAL_H
#define LIB_FLOW_HANDOUT_INTERNAL_H

#include "lib/base/arena.h"
#include "lib/flow/handout.h"
#include "lib/people/digest.h"

/* Somebody who needs a letter. */
struct addressee {
	const char *dn, *login, *name;
	const char *sorted_by; /* establishment, family, given */
	const char *uai;       /* "" = none */
	struct digest digest;  /* once there is a code */
};

struct addressees {
	struct addressee *list;
	size_t count, room;
};

/* Sorted by establishment and name; strings in arena. Free list. */
int handout_find(const struct handout *handout, struct arena *arena,
    struct addressees *all, struct err *err) MUST_CHECK;

/* base is the path without ".pdf". Writes the journal of count digests that
 * end at end_ms, does it, and gives the PDF its name. */
int handout_publish(const struct handout *handout, const char *base,
    const struct addressee *list, size_t count, int64_t end_ms,
    struct err *err) MUST_CHECK;
/* What handouts before left in the folder. */
int handout_finish_others(
    const struct handout *handout, struct err *err) MUST_CHECK;

#define HANDOUT_PART ".pdf.part"
#define HANDOUT_JOURNAL ".journal"

#endif

/*
 * desk_search - who is it that stands at the desk?
 *
 * A name (folded, any part of it), a login or an address, the rescue address
 * too; among the people of the operator's establishments and nobody else: the
 * directory is asked for these alone, so somebody from elsewhere is found no
 * more than nobody, in the same words and at the same mark. Homonyms are told
 * apart by the birth date that the person says and the operator types: it is
 * compared here and never shown.
 *
 * At most DESK_FOUND_MAX are listed; with more the operator is asked to type
 * more. Every search leaves an audit line, with a pseudonym of what was typed,
 * or whom it found when that was one.
 * An empty one asks nothing: that is how the desk's first page is made.
 */
#ifndef LIB_FLOW_DESK_SEARCH_H
#define LIB_FLOW_DESK_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"
#include "lib/flow/desk_visit.h"
#include "lib/people/birth.h"
#include "lib/people/person.h"

struct arena;
struct asker;
struct buf;
struct err;

enum {
	DESK_FOUND_MAX = 10,
	DESK_LOOKED_AT = 60, /* before the birth date chooses among them */
	DESK_TYPED_MAX = 254,
	DESK_TYPED_MIN = 2,
};

struct desk_search_request {
	struct desk_visit visit;
	const char *typed;  /* trimmed; "" = nothing is looked for */
	struct birth birth; /* text "" = none was typed */
};

struct desk_search_row {
	char uuid[PERSON_UUID];
	const char *login, *display;
	char **kinds;
};

struct desk_search_answer {
	struct desk_host host;
	struct desk_search_row list[DESK_FOUND_MAX];
	size_t count;
	bool more; /* than are listed */
	/* These never leave the web. */
	bool too_short, too_long;
	enum birth_fault birth_fault;
};

/* Wire forms (desk_search_request.c). */
void desk_search_pack(
    const struct desk_search_request *request, struct buf *out);
int desk_search_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_search_request *request, struct err *err) MUST_CHECK;
void desk_search_answer_pack(
    const struct desk_search_answer *answer, struct buf *out);
int desk_search_answer_unpack(const void *bytes, size_t len,
    struct arena *arena, struct desk_search_answer *answer,
    struct err *err) MUST_CHECK;

/* As typed; clean UTF-8, never NULL. When something is wrong with it the
 * session is still asked for, and nobody is looked for. */
struct desk_search_answer desk_search_ask(const struct asker *asker,
    const struct desk_visit *visit, const char *typed, const char *birth,
    struct arena *arena, struct err *err);

struct envelope;
struct hands;

/* The answer is packed into reply. */
int desk_search_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;

#endif

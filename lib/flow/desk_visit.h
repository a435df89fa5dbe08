/*
 * desk_visit - what every request of the desk has in common: the session it
 * comes with, and whether the door is open.
 *
 * The web process only carries: it has a cookie and no idea whose it is. The
 * worker opens the session (desk_session.h), does what is asked for whoever it
 * belongs to, and says so in every answer, so that each page can show who is
 * signed in.
 */
#ifndef LIB_FLOW_DESK_VISIT_H
#define LIB_FLOW_DESK_VISIT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/flow/visitor.h"
#include "lib/store/envelope.h"

struct arena;
struct asker;
struct buf;
struct desk_operator;
struct err;
struct factor;
struct hands;
struct unpack;

/* Wire format. */
enum desk_door {
	DESK_DOOR_OPEN,
	DESK_DOOR_SHUT,   /* no such session: sign in */
	DESK_DOOR_CLOSED, /* a back end is away */
	DESK_DOORS,
};

/* Who asks. */
struct desk_visit {
	const char *cookie;
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

/* Who is signed in; texts in arena. */
struct desk_host {
	enum desk_door door;
	const char *login;
	char **establishments; /* UAI; NULL-terminated, never NULL */
	bool has_factor;       /* a code is asked for each act */
};

/* Wire forms (desk_visit_request.c). */
void desk_visit_pack(const struct desk_visit *visit, struct buf *out);
void desk_visit_unpack(
    struct unpack *in, struct arena *arena, struct desk_visit *visit);
void desk_host_pack(const struct desk_host *host, struct buf *out);
void desk_host_unpack(
    struct unpack *in, struct arena *arena, struct desk_host *host);
/* Lists of texts, at most DESK_LIST_MAX. */
enum { DESK_LIST_MAX = 32 };
void desk_list_pack(char *const *list, struct buf *out);
char **desk_list_unpack(struct unpack *in, struct arena *arena);

/* --- web ------------------------------------------------------------------ */

struct desk_visit desk_visit_of(
    const char *cookie, const struct visitor *visitor);

/* As now_ask(); wipes payload. A page that says whether somebody is there
 * leaves at a mark (mark.h): that is the page's, which may ask twice. */
int desk_visit_ask(const struct asker *asker, enum request_kind kind,
    struct buf *payload, struct arena *arena, const void **reply, size_t *len,
    struct err *err) MUST_CHECK;

/* --- worker --------------------------------------------------------------- */

/* Opens the session, and fills host. -1 with DESK_DOOR_CLOSED: err says why. */
int desk_visit_open(struct hands *hands, const struct desk_visit *visit,
    struct desk_operator *who, struct factor *factor, struct desk_host *host,
    struct err *err) MUST_CHECK;

#endif

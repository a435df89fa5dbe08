/*
 * desk_look - one person's page: how the account is, what happened to it
 * lately, and what can be done now.
 *
 * Addresses are masked, numbers and dates are not there at all. What a person
 * of another establishment and nobody get is the same. Every look leaves an
 * audit line.
 */
#ifndef LIB_FLOW_DESK_LOOK_H
#define LIB_FLOW_DESK_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"
#include "lib/flow/desk_act.h"
#include "lib/flow/desk_visit.h"
#include "lib/people/state.h"

struct arena;
struct asker;
struct buf;
struct err;

enum { DESK_TRACES_MAX = 12 };

struct desk_look_request {
	struct desk_visit visit;
	const char *uuid;
};

/* What the page tells of the audit's lines. Wire format. */
enum desk_happening {
	DESK_NOT_TOLD,
	DESK_LINK_ASKED, /* and not sent: the birth date, or the account */
	DESK_LINK_SENT,
	DESK_LINK_LOST, /* undeliverable */
	DESK_LOGIN_SENT,
	DESK_LOGIN_LOST,
	DESK_INVITED,
	DESK_INVITE_LOST,
	DESK_PASSWORD_CHANGED,
	DESK_CHANGE_REFUSED,
	DESK_LETTER_TYPED,
	DESK_RESCUE_ASKED,
	DESK_RESCUE_VERIFIED,
	DESK_DISOWNED,
	DESK_WAS_REISSUED,
	DESK_WAS_SENT_A_LINK,
	DESK_WAS_GIVEN_AN_ADDRESS,
	DESK_WAS_UNLOCKED,
	DESK_WAS_GIVEN_A_LETTER,
	DESK_WAS_TELEPHONED,
	DESK_WAS_SUSPENDED,
	DESK_WAS_RESUMED,
	DESK_HAPPENINGS,
};

/* Of an audit line (desk_happening.c). */
enum desk_happening desk_happening(const char *event, const char *reason);

struct desk_trace {
	int64_t at_ms;
	enum desk_happening what;
};

struct desk_look_answer {
	struct desk_host host;
	bool is_there; /* else nobody, or not theirs */
	char uuid[PERSON_UUID];
	const char *login, *display;
	char **kinds, **establishments;
	enum state state;
	bool has_password, has_birth;
	bool has_numen, has_ine, has_code;
	int64_t activated_ms, changed_ms, invited_ms, letter_end_ms;
	int64_t disowned_ms, code_end_ms, reissued_ms;
	const char *rescue;  /* masked; "" = none */
	const char *pending; /* masked; "" = none */
	int64_t pending_ms;  /* when it begins to count; 0 = not verified */
	enum desk_end may[DESK_KINDS];
	char seen[DESK_SEEN];
	struct desk_trace traces[DESK_TRACES_MAX];
	size_t trace_count;
};

/* Wire forms (desk_look_request.c). */
void desk_look_pack(const struct desk_look_request *request, struct buf *out);
int desk_look_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_look_request *request, struct err *err) MUST_CHECK;
void desk_look_answer_pack(
    const struct desk_look_answer *answer, struct buf *out);
int desk_look_answer_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_look_answer *answer, struct err *err) MUST_CHECK;

struct desk_look_answer desk_look_ask(const struct asker *asker,
    const struct desk_visit *visit, const char *uuid, struct arena *arena,
    struct err *err);

struct envelope;
struct hands;

/* The answer is packed into reply. */
int desk_look_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;

#endif

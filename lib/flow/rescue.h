/*
 * rescue - the person's rescue address: typed with the current password,
 * verified by a link, in force at once or after a cool-off.
 *
 * Three steps. Asked (/adresse-de-secours, interactive, after a bind: see
 * signin.h and mark.h): the new address is mailed a link, and all addresses we
 * know are told at once, with "it was not me". Verified (/v/, a
 * ticket): it counts at once when there was no other usable one, else after
 * [limits] recovery_mail_cooloff: rentreeRecoveryMailPending "<time>$<address>"
 * says when. Due: the directory's reader takes it for the rescue address from
 * that time on (directory_person.c), and whoever has the entry in hand writes
 * it through.
 *
 * An address of the institution's own domains is refused: whoever is locked
 * out cannot read it.
 */
#ifndef LIB_FLOW_RESCUE_H
#define LIB_FLOW_RESCUE_H

#include <stdbool.h>
#include <stddef.h>

#include "captcha/captcha.h"
#include "lib/base/base.h"
#include "lib/flow/asker.h"
#include "lib/flow/visitor.h"

struct arena;
struct buf;
struct err;
struct person;
struct site_conf;

enum rescue_fault {
	RESCUE_FINE,
	RESCUE_EMPTY,
	RESCUE_FORM, /* no address that mail can go to */
	RESCUE_OWN,  /* in an own domain */
};

/* *address: its normal form, in arena, for RESCUE_FINE. */
enum rescue_fault rescue_judge(struct arena *arena,
    const struct site_conf *site, const char *typed,
    const char **address) MUST_CHECK;

enum rescue_end {
	RESCUE_ASKED,
	RESCUE_REFUSED, /* name or password; not told why */
	RESCUE_FAULTS,  /* these never leave the web: */
	RESCUE_CAPTCHA,
	RESCUE_LIMITED,
	RESCUE_CLOSED,
};

struct rescue_answer {
	enum rescue_end end;
	bool no_name, no_current;
	enum rescue_fault fault;
	long retry_after_s;
};

/* Wire forms (rescue_request.c). */
struct rescue_request {
	const char *name; /* signin_name() */
	const char *current;
	const char *address;
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void rescue_pack(const struct rescue_request *request, struct buf *out);
int rescue_unpack(const void *bytes, size_t len, struct arena *arena,
    struct rescue_request *request, struct err *err) MUST_CHECK;
void rescue_answer_pack(const struct rescue_answer *answer, struct buf *out);
int rescue_answer_unpack(const void *bytes, size_t len,
    struct rescue_answer *answer, struct err *err) MUST_CHECK;

/* --- web ------------------------------------------------------------------ */

struct rescue_form {
	const char *name;
	const char *current;
	const char *address;
	struct captcha_answer captcha;
};

struct rescue_answer rescue_ask(const struct asker *asker,
    const struct site_conf *site, const struct rescue_form *form,
    const struct visitor *visitor, struct arena *arena, struct err *err);

/* --- worker --------------------------------------------------------------- */

struct envelope;
struct hands;

/* REQUEST_ADDRESS. */
int rescue_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;
/* REQUEST_CONFIRM; request and answer as in ticket.h. */
int rescue_confirm_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;

/* Writes a due address through, when person has one. Best effort: it counts
 * anyway. */
void rescue_settle(struct hands *hands, const struct person *person);

#endif

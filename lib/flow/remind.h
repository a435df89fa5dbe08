/*
 * remind - "Identifiant perdu": number + name + captcha → the login, by mail.
 *
 * remind_ask.c (web) reads the fields and queues the request; with an INE,
 * which stands on every school report, the birth date is asked for too.
 * remind_do.c (worker) finds the accounts of the number, compares the names
 * (tolerant of writing, never of typing: names.h), and writes one mail per
 * mailbox, the rescue addresses and the institution's, that lists all the
 * person's accounts. remind_mail.c is that mail.
 *
 * The mail carries no link that acts, but for an account that was never
 * activated: the copy to its own rescue address carries the link to do so.
 *
 * Not protected: who knows number and name makes somebody get such a mail, as
 * often as the limits allow.
 */
#ifndef LIB_FLOW_REMIND_H
#define LIB_FLOW_REMIND_H

#include <stddef.h>

#include "lib/base/base.h"
#include "lib/flow/asker.h"
#include "lib/flow/visitor.h"
#include "lib/people/birth.h"
#include "lib/people/number.h"

struct arena;
struct buf;
struct err;

/* REMIND_NAME: bytes of a typed name, NUL included. */
enum { REMIND_NAME = 257, REMIND_LIFE_MS = 24 * 3600 * 1000 };

struct remind_request {
	struct number number;
	struct birth birth; /* empty unless number is an INE */
	char family[REMIND_NAME];
	char given[REMIND_NAME];
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void remind_pack(const struct remind_request *request, struct buf *out);
int remind_unpack(const void *bytes, size_t len, struct remind_request *request,
    struct err *err) MUST_CHECK;

/* --- web ------------------------------------------------------------------ */

/* As typed; clean UTF-8, never NULL. */
struct remind_form {
	const char *number;
	const char *family;
	const char *given;
	const char *birth; /* looked at with an INE only */
	struct captcha_answer captcha;
};

enum remind_fault { REMIND_FINE, REMIND_EMPTY, REMIND_LONG };

struct remind_answer {
	struct ask_answer ask;
	enum number_fault number_fault; /* for ASK_FAULTS */
	enum remind_fault family_fault, given_fault;
	enum birth_fault birth_fault;
};

struct remind_answer remind_ask(const struct asker *asker,
    const struct remind_form *form, const struct visitor *visitor,
    struct err *err);

/* --- worker --------------------------------------------------------------- */

struct envelope;
struct hands;
struct request_end;

struct request_end remind_do(
    struct hands *hands, const struct envelope *envelope, struct err *err);

#endif

/*
 * recover - "Mot de passe oublié": number + birth date + captcha → a one-time
 * link to the rescue address.
 *
 * The story in two halves. recover_ask.c (web): the fields are read and their
 * shape checked, captcha and limits, the request is sealed and queued; the
 * visitor gets the same page whoever they are. recover_do.c (worker): the
 * number is looked up, birth date and state verified, the link made and
 * mailed; whoever is not entitled gets nothing, and the audit a line.
 *
 * /activation asks the same with REQUEST_ACTIVATE: an account that was never
 * activated gets a link to activate it instead, of activation_lifetime.
 *
 * recover_request.c is the wire form between the halves.
 */
#ifndef LIB_FLOW_RECOVER_H
#define LIB_FLOW_RECOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"
#include "lib/flow/asker.h"
#include "lib/flow/visitor.h"
#include "lib/people/birth.h"
#include "lib/people/number.h"

struct arena;
struct buf;
struct err;

struct recover_request {
	struct number number;
	struct birth birth;
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void recover_pack(const struct recover_request *request, struct buf *out);
int recover_unpack(const void *bytes, size_t len,
    struct recover_request *request, struct err *err) MUST_CHECK;

/* --- web ------------------------------------------------------------------ */

/* As typed; clean UTF-8, never NULL. */
struct recover_form {
	const char *number;
	const char *birth;
	struct captcha_answer captcha;
};

struct recover_answer {
	struct ask_answer ask;
	enum number_fault number_fault; /* for ASK_FAULTS */
	enum birth_fault birth_fault;
};

struct recover_answer recover_ask(const struct asker *asker,
    const struct recover_form *form, const struct visitor *visitor,
    struct err *err);

/* "Activer mon compte": the same, as REQUEST_ACTIVATE. */
struct recover_answer recover_ask_activation(const struct asker *asker,
    const struct recover_form *form, const struct visitor *visitor,
    struct err *err);

/* "Courriel non reçu": the same, as REQUEST_RESEND, with a pause between two
 * of one identity, known or not. */
enum { RECOVER_PAUSE_S = 60 };
struct recover_answer recover_ask_again(const struct asker *asker,
    const struct recover_form *form, const struct visitor *visitor,
    struct err *err);

/* --- worker --------------------------------------------------------------- */

struct envelope;
struct hands;
struct request_end;

enum { RECOVER_LIFE_MS = 24 * 3600 * 1000, RECOVER_ACCOUNTS_MAX = 5 };

struct request_end recover_do(
    struct hands *hands, const struct envelope *envelope, struct err *err);

#endif

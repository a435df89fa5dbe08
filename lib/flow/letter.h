/*
 * letter - the code of a printed letter: whoever has it and the birth date
 * activates the account, without a mail.
 *
 * The operator's side (the batch, `rentree account letter`, the desk) makes the
 * code, prints it once and keeps nothing: the person's entry holds its keyed
 * digest (rentreeLetter) and its end (rentreeLetterEnd), so that the paper
 * outlives a lost Redis. One letter an account: a newer one takes the older
 * one's place. It ends when the account is activated, when it is revoked, and
 * by itself.
 *
 * Typed (or read from its QR code), code and birth date open the form of an
 * activation link (redeem.h): the answer brings a token of LETTER_OPEN_S. The
 * code itself is spent when the account is activated, not before. The answer
 * cannot be written beforehand: it leaves at a mark (mark.h), and wrong,
 * unknown, used, expired and revoked are one answer that costs the same. Codes
 * are not guessed (letter_code.h); birth dates for a code somebody holds are:
 * the worker lets few be tried.
 *
 * Not protected: a letter that somebody else opened and whose birth date they
 * know. The notice of the activation goes to all known addresses.
 */
#ifndef LIB_FLOW_LETTER_H
#define LIB_FLOW_LETTER_H

#include <stdint.h>

#include "captcha/captcha.h"
#include "lib/base/base.h"
#include "lib/flow/asker.h"
#include "lib/flow/visitor.h"
#include "lib/people/birth.h"
#include "lib/people/letter_code.h"
#include "lib/store/token.h"

struct arena;
struct buf;
struct digest_keys;
struct directory;
struct err;
struct site_conf;

/* --- making --------------------------------------------------------------- */

/* The assertion under which a letter is written: somebody may be activating
 * the account at this moment. */
#define LETTER_NOT_ACTIVATED "(!(rentreeActivated=*))"

/*
 * A new code for the account at dn, good until end_ms; *code is the only copy:
 * print it, then sodium_memzero() it. directory is bound as provisioning: an
 * entry that is not a rentreeAccount yet becomes one, and objectClass is not
 * the worker's to write (bound as the worker it is ERR_DENIED for such an
 * entry, and works for all others). ERR_REFUSED: the account was activated
 * (whether it has a password from elsewhere, person.has_password, is the
 * caller's to ask). Audit is the caller's too.
 */
int letter_make(struct directory *directory, const struct digest_keys *keys,
    const char *dn, int64_t end_ms, struct letter_code *code,
    struct err *err) MUST_CHECK;

/* The same with a code that is printed already: digest is its digest_letter().
 * Refused too: the account has another code that still works. Fine when it has
 * this one. */
int letter_keep(struct directory *directory, const char *dn, const char *digest,
    int64_t end_ms, int64_t now_ms, struct err *err) MUST_CHECK;

/* "https://…/a/<code>", for the QR code; in arena, which wipes it. */
const char *letter_link(struct arena *arena, const struct site_conf *site,
    const struct letter_code *code);

/* The code works no more; fine when there is none. */
int letter_revoke(
    struct directory *directory, const char *dn, struct err *err) MUST_CHECK;

/* --- the code is typed ---------------------------------------------------- */

enum { LETTER_OPEN_S = 1800 }; /* as long as the cookie of a link */

enum letter_end {
	LETTER_OPENED,
	LETTER_REFUSED, /* not told why */
	LETTER_FAULTS,  /* these never leave the web: */
	LETTER_CAPTCHA,
	LETTER_LIMITED,
	LETTER_CLOSED,
};

struct letter_answer {
	enum letter_end end;
	char token[TOKEN_TEXT]; /* for LETTER_OPENED */
	enum letter_code_fault code_fault;
	enum birth_fault birth_fault;
	long retry_after_s;
};

/* Wire forms (letter_request.c). */
struct letter_request {
	struct letter_code code;
	struct birth birth;
	char language[FLOW_LANGUAGE];
	char ref[FLOW_REF + 1];
};

void letter_pack(const struct letter_request *request, struct buf *out);
int letter_unpack(const void *bytes, size_t len, struct letter_request *request,
    struct err *err) MUST_CHECK;
void letter_answer_pack(const struct letter_answer *answer, struct buf *out);
int letter_answer_unpack(const void *bytes, size_t len,
    struct letter_answer *answer, struct err *err) MUST_CHECK;

/* As typed; clean UTF-8, never NULL. */
struct letter_form {
	const char *code;
	const char *birth;
	struct captcha_answer captcha;
};

/* Wipe the answer when done. */
struct letter_answer letter_ask(const struct asker *asker,
    const struct letter_form *form, const struct visitor *visitor,
    struct arena *arena, struct err *err);

struct envelope;
struct hands;

/* REQUEST_LETTER; the answer is packed into reply. */
int letter_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;

#endif

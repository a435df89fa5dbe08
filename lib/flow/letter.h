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
 * Not protected: a letter that somebody else opened and whose birth date they
 * know. The notice of the activation goes to all known addresses.
 */
#ifndef LIB_FLOW_LETTER_H
#define LIB_FLOW_LETTER_H

#include <stdint.h>

#include "lib/base/base.h"
#include "lib/people/letter_code.h"

struct arena;
struct digest_keys;
struct directory;
struct err;
struct site_conf;

/* --- making --------------------------------------------------------------- */

/*
 * A new code for the account at dn, good until end_ms; *code is the only copy:
 * print it, then sodium_memzero() it. directory is bound as provisioning or as
 * the worker. ERR_REFUSED: the account was activated (whether it has a password
 * from elsewhere, person.has_password, is the caller's to ask). Audit is the
 * caller's too.
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

#endif

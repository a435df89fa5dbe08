/*
 * totp - the code of a telephone: RFC 6238 as every authenticator program has
 * it, six digits of HMAC-SHA-1 over the number of 30-second steps (the door of
 * liboath).
 *
 * A code is good in its own step, the one before and the one after: clocks of
 * telephones are seldom right. A step is accepted once: totp_check() says which
 * one it was, and whoever keeps the account's last step gives it back next
 * time. Three codes in a million are good at any moment, so wrong ones must be
 * counted elsewhere.
 *
 * Pure: the caller says what time it is.
 */
#ifndef LIB_PEOPLE_TOTP_H
#define LIB_PEOPLE_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/base.h"

struct arena;
struct err;

enum {
	TOTP_SECRET = 20, /* RFC 4226 section 4: 160 bits recommended */
	TOTP_DIGITS = 6,
	TOTP_STEP_S = 30,
	TOTP_SKEW = 1,        /* steps before and after */
	TOTP_SECRET_TEXT = 33 /* base 32 (RFC 4648) and NUL */
};

/* Before any thread starts. */
int totp_library_init(struct err *err) MUST_CHECK;

/* Wipe it when done. */
void totp_make(unsigned char secret[TOTP_SECRET]);
/* As it is typed into a telephone that has no camera. */
bool totp_text(const unsigned char secret[TOTP_SECRET],
    char text[TOTP_SECRET_TEXT]) MUST_CHECK;

enum totp_verdict {
	TOTP_RIGHT, /* *step says which */
	TOTP_USED,  /* right, but of a step that was accepted before */
	TOTP_WRONG,
};

/* typed is clean UTF-8 of any length; spaces in it are nothing. Steps up to
 * last were used. The same work whatever the verdict. */
enum totp_verdict totp_check(const unsigned char secret[TOTP_SECRET],
    const char *typed, int64_t now_ms, int64_t last, int64_t *step) MUST_CHECK;

/* Six digits and nothing else, spaces aside: what is worth asking about. */
bool totp_is_code(const char *typed);
bool totp_read(const char *typed, char digits[TOTP_DIGITS + 1]) MUST_CHECK;

/* "otpauth://totp/…", which a telephone reads from a QR code; in arena. */
char *totp_uri(struct arena *arena, const char *issuer, const char *login,
    const char *secret_text);

#endif

/*
 * challenge - what a sealed id says once it is opened, for those that show
 * it: captcha_png.c, captcha_pool.c and captcha_say.c. Nobody else sees the
 * digits.
 *
 * Sealed form, 57 bytes, 76 characters of base64url (a multiple of three, so
 * there is one spelling only):
 *
 *     24 random nonce · 17 encrypted · 16 tag
 *     encrypted: 1 version · 1 purpose · 1 difficulty · 8 expiry (ms,
 *     big-endian) · 6 digits (0..9)
 */
#ifndef CAPTCHA_CHALLENGE_H
#define CAPTCHA_CHALLENGE_H

#include <stdbool.h>
#include <stdint.h>

#include "captcha/captcha.h"
#include "lib/base/base.h"
#include "lib/base/secret.h"

enum {
	CHALLENGE_NONCE = 24,
	CHALLENGE_NAME = CHALLENGE_NONCE / 3 * 4, /* its part of the id */
};

struct challenge {
	unsigned char nonce[CHALLENGE_NONCE];
	enum captcha_purpose purpose;
	unsigned pow_bits;
	int64_t expires_ms;
	unsigned char digits[CAPTCHA_DIGITS]; /* 0..9; wipe after use */
};

/* False when id is not one of ours. It may be over: look. */
bool challenge_open(const unsigned char key[SECRET_KEY], const char *id,
    struct challenge *challenge) MUST_CHECK;
/* A fresh nonce and fresh digits; one nonce is sealed once. */
void challenge_shuffle(struct challenge *challenge);
void challenge_seal(const unsigned char key[SECRET_KEY],
    const struct challenge *challenge, char id[CAPTCHA_ID]);
/* captcha_png.c: its picture; of nonce and digits alone, so that it can be
 * drawn before the rest is known. */
int challenge_draw(const unsigned char key[SECRET_KEY],
    const struct challenge *challenge, struct buf *out,
    struct err *err) MUST_CHECK;
bool challenge_is_over(const struct challenge *challenge, int64_t now_ms);

#endif

#include "lib/people/totp.h"

#include <stdlib.h>
#include <string.h>

#include <liboath/oath.h>
#include <sodium.h>

#include "lib/base/err.h"

enum { MS = 1000 };

int
totp_library_init(struct err *err)
{
	int rc = oath_init();

	if (rc != OATH_OK)
		return err_set(
		    err, ERR_INTERNAL, "liboath: %s", oath_strerror(rc));
	return 0;
}

void
totp_make(unsigned char secret[TOTP_SECRET])
{
	randombytes_buf(secret, TOTP_SECRET);
}

bool
totp_text(const unsigned char secret[TOTP_SECRET], char text[TOTP_SECRET_TEXT])
{
	char *made = NULL;
	size_t len = 0;
	bool fits;

	if (oath_base32_encode(
		(const char *)secret, TOTP_SECRET, &made, &len) != OATH_OK)
		return false;
	fits = len < TOTP_SECRET_TEXT;
	if (fits) {
		memcpy(text, made, len);
		text[len] = '\0';
	}
	sodium_memzero(made, len);
	free(made);
	return fits;
}

static bool
is_code_of(const unsigned char secret[TOTP_SECRET], int64_t step,
    const char digits[TOTP_DIGITS + 1])
{
	char code[TOTP_DIGITS + 1] = {0};
	bool same;

	same = step >= 0 &&
	       oath_hotp_generate((const char *)secret, TOTP_SECRET,
		   (uint64_t)step, TOTP_DIGITS, false,
		   OATH_HOTP_DYNAMIC_TRUNCATION, code) == OATH_OK &&
	       sodium_memcmp(code, digits, TOTP_DIGITS) == 0;
	sodium_memzero(code, sizeof code);
	return same;
}

enum totp_verdict
totp_check(const unsigned char secret[TOTP_SECRET], const char *typed,
    int64_t now_ms, int64_t last, int64_t *step)
{
	int64_t now = now_ms / MS / TOTP_STEP_S;
	enum totp_verdict verdict = TOTP_WRONG;
	char digits[TOTP_DIGITS + 1];
	bool is_code = totp_read(typed, digits);

	*step = 0;
	for (int64_t at = now - TOTP_SKEW; at <= now + TOTP_SKEW; at++) {
		if (!is_code_of(secret, at, digits) || !is_code)
			continue;
		if (at > last) {
			verdict = TOTP_RIGHT;
			*step = at;
		} else if (verdict == TOTP_WRONG) {
			verdict = TOTP_USED;
		}
	}
	sodium_memzero(digits, sizeof digits);
	return verdict;
}

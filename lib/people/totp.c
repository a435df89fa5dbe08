#include "lib/people/totp.h"

#include <string.h>

#include <liboath/oath.h>
#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"

enum { MS = 1000 };

int
totp_library_init(struct err *err)
{
	int rc = oath_init();

	if (rc != OATH_OK)
		return err_set(err, ERR_INTERNAL, "liboath: %s",
		    oath_strerror(rc));
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
	oath_free(made);
	return fits;
}

/* The digits of what was typed; false when it is no code. */
static bool
read_digits(const char *typed, char digits[TOTP_DIGITS + 1])
{
	size_t count = 0;

	memset(digits, 0, TOTP_DIGITS + 1);
	for (const char *at = typed; *at != '\0'; at++) {
		if (*at == ' ')
			continue;
		if (*at < '0' || *at > '9' || count == TOTP_DIGITS)
			return false;
		digits[count++] = *at;
	}
	return count == TOTP_DIGITS;
}

bool
totp_is_code(const char *typed)
{
	char digits[TOTP_DIGITS + 1];
	bool is_code = read_digits(typed, digits);

	sodium_memzero(digits, sizeof digits);
	return is_code;
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
	bool is_code = read_digits(typed, digits);

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

/* --- the URI ------------------------------------------------------------- */

/* RFC 3986 section 2.1; out has room for three bytes of each. */
static char *
percent(struct arena *arena, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	static const char hex[] = "0123456789ABCDEF";
	char *out = arena_alloc(arena, 3 * strlen(text) + 1), *to = out;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (strchr(plain, *text) != NULL) {
			*to++ = *text;
			continue;
		}
		*to++ = '%';
		*to++ = hex[c >> 4];
		*to++ = hex[c & 15];
	}
	*to = '\0';
	return out;
}

char *
totp_uri(struct arena *arena, const char *issuer, const char *login,
    const char *secret_text)
{
	const char *name = percent(arena, issuer);

	return arena_printf(arena,
	    "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d"
	    "&period=%d",
	    name, percent(arena, login), secret_text, name, TOTP_DIGITS,
	    TOTP_STEP_S);
}

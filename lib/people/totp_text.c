/* The code as it is typed, and what the telephone reads: no liboath in here, so
 * that the web process does without it. */
#include "lib/people/totp.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"

bool
totp_read(const char *typed, char digits[TOTP_DIGITS + 1])
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
	bool is_code = totp_read(typed, digits);

	sodium_memzero(digits, sizeof digits);
	return is_code;
}

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

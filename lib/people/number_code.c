#include "lib/people/number_internal.h"

#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/people/number.h"

enum { CODE_DIGITS = 12, CODE_MODULUS = 37 };

/* Crockford's base 32 (crockford.com/base32.html): no I, L, O, U; the check
 * character is the value modulo 37. Of its five extra symbols '*~$=U' only U is
 * used here: codes that would need another are never made. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const char *
digit_of(char c)
{
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	return strchr(alphabet, c);
}

/* '\0' when it takes a symbol that is no letter and no digit. */
static char
check_of(uint64_t value)
{
	size_t check = (size_t)(value % CODE_MODULUS);

	if (check < sizeof(alphabet) - 1)
		return alphabet[check];
	return check == CODE_MODULUS - 1 ? 'U' : '\0';
}

/* A NUMEN begins with a digit, or with O, I or L for one. */
static bool
begins_like_a_code(char c)
{
	return c >= 'A' && c <= 'Z';
}

bool
number_read_code(const char *typed, char *text)
{
	uint64_t value = 0;
	const char *digit;
	size_t i;
	bool fits;

	for (i = 0; i < CODE_DIGITS; i++) {
		digit = digit_of(typed[i]);
		if (digit == NULL)
			return false;
		text[i] = *digit;
		value = value * 32 + (uint64_t)(digit - alphabet);
	}
	digit = digit_of(typed[CODE_DIGITS]);
	text[CODE_DIGITS] = digit != NULL ? *digit : typed[CODE_DIGITS];
	fits =
	    begins_like_a_code(text[0]) && text[CODE_DIGITS] == check_of(value);
	sodium_memzero(&value, sizeof(value));
	return fits;
}

void
number_make_code(struct number *number)
{
	uint64_t value;
	size_t i;
	char check;

	*number = (struct number){.kind = NUMBER_CODE};
	/* Three of five values will do, so this ends soon. */
	do {
		randombytes_buf(&value, sizeof(value));
		value >>= 64 - 5 * CODE_DIGITS;
		check = check_of(value);
		number->text[0] = alphabet[value >> 55];
	} while (check == '\0' || !begins_like_a_code(number->text[0]));
	number->text[CODE_DIGITS] = check;
	for (i = CODE_DIGITS; i-- > 0; value /= 32)
		number->text[i] = alphabet[value % 32];
}

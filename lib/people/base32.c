#include "lib/people/base32.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

enum { BASE = 32, MODULUS = 37 };

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const char *
digit_of(char c)
{
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	return c != '\0' ? strchr(alphabet, c) : NULL;
}

/* '\0' when it takes a symbol that is no letter and no digit. */
static char
check_of(unsigned rest)
{
	if (rest < BASE)
		return alphabet[rest];
	return rest == MODULUS - 1 ? 'U' : '\0';
}

bool
base32_read(size_t digits, const char *typed, char *text)
{
	const char *digit;
	unsigned rest = 0;

	for (size_t i = 0; i < digits; i++) {
		digit = digit_of(typed[i]);
		if (digit == NULL)
			return false;
		text[i] = *digit;
		rest = (rest * BASE + (unsigned)(digit - alphabet)) % MODULUS;
	}
	digit = digit_of(typed[digits]);
	text[digits] = digit != NULL ? *digit : typed[digits];
	return text[digits] == check_of(rest);
}

/* Eight of nine values will do, so this ends soon. */
void
base32_make(size_t digits, char *text)
{
	unsigned rest, value;

	do {
		rest = 0;
		for (size_t i = 0; i < digits; i++) {
			value = randombytes_uniform(BASE);
			text[i] = alphabet[value];
			rest = (rest * BASE + value) % MODULUS;
		}
	} while (check_of(rest) == '\0');
	text[digits] = check_of(rest);
	text[digits + 1] = '\0';
}

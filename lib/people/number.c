#include "lib/people/number.h"

#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/unicode.h"
#include "lib/people/number_internal.h"

enum { NUMEN_LENGTH = 13, INE_LENGTH = 11, COLLECTED = NUMBER_TEXT - 1 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* What people, forms and telephones put between the groups of a number. The
 * dashes are those that keyboards make of '-' while one types. */
static bool
is_filler(int32_t c)
{
	return c == '-' || c == '.' || c == '_' || c == '\t' || c == 0x00ad ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2010 && c <= 0x2015) ||
	       c == 0x2060 || c == 0x2212 || c == 0xfeff || unicode_is_space(c);
}

static char
upper(int32_t c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return c > 0 && c < 0x80 ? (char)c : '\0';
}

enum number_fault
number_collect(const char *typed, char *out, size_t max, size_t *count)
{
	struct arena arena = {0};
	const char *cursor = unicode_nfkc(&arena, typed);
	enum number_fault fault = NUMBER_FINE;
	int32_t codepoint;
	char c;

	*count = 0;
	if (cursor == NULL) {
		arena_reset(&arena);
		return NUMBER_ALPHABET;
	}
	while ((codepoint = unicode_next(&cursor)) != 0) {
		if (is_filler(codepoint))
			continue;
		c = upper(codepoint);
		if (!is_digit(c) && !is_letter(c))
			fault = NUMBER_ALPHABET;
		else if (*count < max)
			out[*count] = c;
		(*count)++;
	}
	arena_reset(&arena);
	return *count == 0 ? NUMBER_EMPTY : fault;
}

/* O and 0, I or L and 1: where only one of them can stand, it is meant. */
static char
as_digit(char c)
{
	if (c == 'O')
		return '0';
	return c == 'I' || c == 'L' ? '1' : c;
}

static char
as_letter(char c)
{
	if (c == '0')
		return 'O';
	return c == '1' ? 'I' : c;
}

/*
 * ddL?dddddd LLL: the fourth place ('?') is the second letter of some académies
 * and the first digit of the year everywhere else. With the third it tells the
 * two shapes apart, so neither is ever repaired.
 */
static bool
read_numen(const char *typed, char *text)
{
	bool fits = true;
	size_t i;

	for (i = 0; i < NUMEN_LENGTH; i++) {
		if (i == 2 || i == 3)
			text[i] = typed[i];
		else
			text[i] =
			    i < 10 ? as_digit(typed[i]) : as_letter(typed[i]);
		if (i == 2 || i >= 10)
			fits = fits && is_letter(text[i]);
		else if (i != 3)
			fits = fits && is_digit(text[i]);
	}
	return fits;
}

static enum number_fault
recognise(const char *typed, size_t count, struct number *number)
{
	if (count == INE_LENGTH) {
		number->kind = NUMBER_INE;
		memcpy(number->text, typed, count);
		return NUMBER_FINE;
	}
	if (count != NUMEN_LENGTH)
		return NUMBER_LENGTH;
	if (read_numen(typed, number->text)) {
		number->kind = NUMBER_NUMEN;
		return NUMBER_FINE;
	}
	if (number_read_code(typed, number->text)) {
		number->kind = NUMBER_CODE;
		return NUMBER_FINE;
	}
	return NUMBER_SHAPE;
}

enum number_fault
number_parse(const char *typed, struct number *number)
{
	char text[NUMBER_TEXT] = {0};
	enum number_fault fault;
	size_t count;

	*number = (struct number){0};
	if (strlen(typed) > NUMBER_TYPED_MAX)
		return NUMBER_LENGTH;
	fault = number_collect(typed, text, COLLECTED, &count);
	if (fault == NUMBER_FINE)
		fault = recognise(text, count, number);
	if (fault != NUMBER_FINE)
		sodium_memzero(number, sizeof(*number));
	sodium_memzero(text, sizeof(text));
	return fault;
}

const char *
number_label(enum number_kind kind)
{
	static const char *const labels[] = {
	    [NUMBER_NUMEN] = "NUMEN",
	    [NUMBER_INE] = "INE",
	    [NUMBER_CODE] = "CODE",
	};

	return labels[kind];
}

static int
two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

const char *
number_warning(const struct number *number, int this_year)
{
	int academy, year;

	if (number->kind != NUMBER_NUMEN)
		return NULL;
	academy = two_digits(number->text);
	if (academy < 1 || academy == 30 || (academy > 33 && academy != 43))
		return "the first two digits are no académie code (01 to 33 "
		       "without 30, 43)";
	/* Where the year stands after two letters is not published. */
	if (is_letter(number->text[3]))
		return NULL;
	year = two_digits(number->text + 3);
	if (year < 92 && 2000 + year > this_year + 1)
		return "the year of entry is in the future (numbers began in "
		       "1992)";
	return NULL;
}

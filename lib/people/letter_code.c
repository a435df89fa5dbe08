#include "lib/people/letter_code.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/people/base32.h"
#include "lib/people/number_internal.h"

enum { DIGITS = LETTER_CODE_TEXT - 2, GROUP = 4 };

void
letter_code_make(struct letter_code *code)
{
	base32_make(DIGITS, code->text);
}

enum letter_code_fault
letter_code_parse(const char *typed, struct letter_code *code)
{
	char text[LETTER_CODE_TEXT] = {0};
	enum number_fault fault = NUMBER_LENGTH;
	size_t count = 0;
	bool reads;

	*code = (struct letter_code){0};
	if (strlen(typed) <= NUMBER_TYPED_MAX)
		fault = number_collect(typed, text, DIGITS + 1, &count);
	if (fault == NUMBER_EMPTY)
		return LETTER_CODE_EMPTY;
	reads = fault == NUMBER_FINE && count == DIGITS + 1 &&
		base32_read(DIGITS, text, code->text);
	if (!reads)
		sodium_memzero(code, sizeof *code);
	sodium_memzero(text, sizeof text);
	return reads ? LETTER_CODE_FINE : LETTER_CODE_WRONG;
}

void
letter_code_group(
    const struct letter_code *code, char grouped[LETTER_CODE_GROUPED])
{
	const char *text = code->text;

	(void)!text_format(grouped, LETTER_CODE_GROUPED, "%.4s-%.4s-%.4s-%.4s",
	    text, text + GROUP, text + 2 * GROUP, text + 3 * GROUP);
}

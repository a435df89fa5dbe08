#include "lib/people/number_internal.h"

#include "lib/base/text.h"
#include "lib/people/base32.h"
#include "lib/people/number.h"

enum { CODE_DIGITS = 12, GROUP = 4 };

/* A NUMEN begins with a digit, or with O, I or L for one. */
static bool
begins_like_a_code(char c)
{
	return c >= 'A' && c <= 'Z';
}

bool
number_read_code(const char *typed, char *text)
{
	return base32_read(CODE_DIGITS, typed, text) &&
	       begins_like_a_code(text[0]);
}

/* Two of three first characters will do, so this ends soon. */
void
number_make_code(struct number *number)
{
	*number = (struct number){.kind = NUMBER_CODE};
	do
		base32_make(CODE_DIGITS, number->text);
	while (!begins_like_a_code(number->text[0]));
}

void
number_group(const struct number *number, char grouped[NUMBER_GROUPED])
{
	const char *text = number->text;

	(void)!text_format(grouped, NUMBER_GROUPED, "%.4s-%.4s-%.4s-%s", text,
	    text + GROUP, text + 2 * GROUP, text + 3 * GROUP);
}

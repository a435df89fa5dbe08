#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/people/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A normal form is read back as itself, and never grows. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *typed = calloc(1, len + 1);
	struct number number, again;

	if (typed == NULL)
		abort();
	if (len > 0)
		memcpy(typed, bytes, len);
	if (number_parse(typed, &number) == NUMBER_FINE) {
		(void)number_warning(&number, 2026);
		if (number_parse(number.text, &again) != NUMBER_FINE ||
		    again.kind != number.kind ||
		    strcmp(again.text, number.text) != 0)
			abort();
	} else if (number.text[0] != '\0') {
		abort();
	}
	free(typed);
	return 0;
}

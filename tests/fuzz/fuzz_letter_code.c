#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/people/letter_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A normal form is read back as itself, printed in groups or not. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *typed = calloc(1, len + 1), grouped[LETTER_CODE_GROUPED];
	struct letter_code code, again;

	if (typed == NULL)
		abort();
	if (len > 0)
		memcpy(typed, bytes, len);
	if (letter_code_parse(typed, &code) == LETTER_CODE_FINE) {
		letter_code_group(&code, grouped);
		if (letter_code_parse(grouped, &again) != LETTER_CODE_FINE ||
		    strcmp(again.text, code.text) != 0)
			abort();
	} else if (code.text[0] != '\0') {
		abort();
	}
	free(typed);
	return 0;
}

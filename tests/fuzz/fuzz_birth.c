#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/people/birth.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must_read(bool fine, const struct birth *read, const struct birth *birth)
{
	if (!fine || strcmp(read->text, birth->text) != 0)
		abort();
}

/* A normal form is read back as itself, by both readers. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *typed = calloc(1, len + 1);
	struct birth birth, again;

	if (typed == NULL)
		abort();
	if (len > 0)
		memcpy(typed, bytes, len);
	if (birth_parse(typed, 2026, &birth) == BIRTH_FINE) {
		must_read(birth_parse(birth.text, 2026, &again) == BIRTH_FINE,
		    &again, &birth);
		must_read(
		    birth_from_directory(birth.text, &again), &again, &birth);
	} else if (birth.text[0] != '\0') {
		abort();
	}
	if (birth_from_directory(typed, &birth))
		must_read(
		    birth_from_directory(birth.text, &again), &again, &birth);
	free(typed);
	return 0;
}

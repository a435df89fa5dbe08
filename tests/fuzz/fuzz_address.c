#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/people/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What passes is one printable ASCII word with one '@', and passes again. */
static void
check(struct arena *arena, const char *address)
{
	const char *again = address_parse(arena, address);

	if (again == NULL || strcmp(again, address) != 0 ||
	    strlen(address) > ADDRESS_MAX ||
	    strchr(address, '@') != strrchr(address, '@'))
		abort();
	for (; *address != '\0'; address++) {
		if (*address <= ' ' || *address > '~' ||
		    strchr("<>()[]\",;:\\", *address) != NULL)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const own[] = {"ac-lille.fr", NULL};
	char *typed = calloc(1, len + 1);
	struct arena arena = {0};
	const char *address;

	if (typed == NULL)
		abort();
	if (len > 0)
		memcpy(typed, bytes, len);
	address = address_parse(&arena, typed);
	if (address != NULL)
		check(&arena, address);
	(void)address_is_in(typed, own);
	if (strlen(address_mask(&arena, typed)) < 3)
		abort();
	arena_reset(&arena);
	free(typed);
	return 0;
}

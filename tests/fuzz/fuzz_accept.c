/* Accept and Accept-Language: weights stay in their bounds, letters of either
 * case say the same, and of two types at most one is preferred. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"
#include "lib/web/accept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char json[] = "application/json", html[] = "text/html";
	struct arena arena = {0};
	const char *header = arena_dup_n(&arena, (const char *)data, size);
	const char *lower = text_lower(&arena, header);
	unsigned french = accept_language(header, "fr");

	if (french > ACCEPT_BEST || french != accept_language(lower, "fr"))
		abort();
	if (accept_prefers(header, json, html) &&
	    accept_prefers(header, html, json))
		abort();
	if (accept_prefers(header, json, html) !=
	    accept_prefers(lower, json, html))
		abort();
	arena_reset(&arena);
	return 0;
}

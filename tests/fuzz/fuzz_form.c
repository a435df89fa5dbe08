/* A form body: whatever the bytes are, text of a field is clean, and bytes of
 * a field hold no NUL and are no longer than what came in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"
#include "lib/web/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct form form;

	if (form_parse((const char *)data, size, &arena, &form) == 0) {
		for (size_t i = 0; i < form.count; i++) {
			const char *name = form.fields[i].name;
			const char *text = form_text(&form, name, &arena);

			if (!text_is_clean(text, strlen(text)) ||
			    strlen(form_raw(&form, name)) > size)
				abort();
		}
	}
	arena_reset(&arena);
	return 0;
}

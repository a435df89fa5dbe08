/* A query string as libmicrohttpd hands it over, decoded, one name and value a
 * line: it is encoded again for our parser, and nothing is lost on the way,
 * nor does a later pair of a name win. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/web/form.h"

enum { PAIRS = FORM_FIELDS_MAX + 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct pairs {
	const char *names[PAIRS], *values[PAIRS];
	size_t count;
};

static void
read_pairs(char *text, struct pairs *pairs)
{
	while (text != NULL && pairs->count < PAIRS) {
		char *value = strsep(&text, "\n");

		pairs->names[pairs->count] = strsep(&value, "=");
		pairs->values[pairs->count++] = value != NULL ? value : "";
	}
}

static const char *
first(const struct pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (strcmp(pairs->names[i], name) == 0)
			return pairs->values[i];
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct pairs pairs = {0};
	struct form form;
	struct buf text;

	read_pairs(arena_dup_n(&arena, data, size), &pairs);
	buf_init(&text, FORM_BYTES_MAX);
	for (size_t i = 0; i < pairs.count; i++)
		form_encode(&text, pairs.names[i], pairs.values[i]);
	if (buf_ok(&text) &&
	    form_parse(buf_text(&text), text.len, &arena, &form) == 0)
		for (size_t i = 0; i < pairs.count; i++)
			if (strcmp(form_raw(&form, pairs.names[i]),
				first(&pairs, pairs.names[i])) != 0)
				abort();
	buf_free(&text);
	arena_reset(&arena);
	return 0;
}

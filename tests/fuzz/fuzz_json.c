/* JSON text: what is read is written, read and written again the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes can be written as a text. */
static void
write_text(const uint8_t *data, size_t size, struct arena *arena)
{
	struct json *list = json_new_array();
	const char *line;
	struct json *again;
	struct err err;

	json_add_text(list, arena_dup_n(arena, data, size));
	line = json_line(arena, list);
	again = json_parse(line, strlen(line), &err);
	if (again == NULL || json_size(again) != 1)
		abort();
	json_free(again);
	json_free(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {NULL};
	const char *line;
	struct json *root, *again;
	struct err err;

	write_text(data, size, &arena);
	root = json_parse((const char *)data, size, &err);
	if (root != NULL) {
		line = json_line(&arena, root);
		again = json_parse(line, strlen(line), &err);
		if (again == NULL ||
		    strcmp(json_line(&arena, again), line) != 0)
			abort();
		json_free(again);
	}
	json_free(root);
	arena_reset(&arena);
	return 0;
}

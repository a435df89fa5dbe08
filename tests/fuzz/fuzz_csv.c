/* A CSV file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/csv.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_all(struct csv *csv, struct arena *arena)
{
	char *const *names;
	size_t columns = csv_columns(csv, &names);
	unsigned long last = 0;
	enum lookup found;
	struct csv_row row;
	struct err err;

	while ((found = csv_next(csv, arena, &row, &err)) != LOOKUP_ABSENT) {
		if (row.line <= last)
			abort();
		last = row.line;
		if (found == LOOKUP_FAILED && err.kind != ERR_INPUT)
			abort();
		if (found == LOOKUP_FOUND && row.count != columns)
			abort();
		for (size_t i = 0; i < row.count; i++) {
			if (!text_is_clean(row.cells[i], strlen(row.cells[i])))
				abort();
		}
		arena_reset(arena);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {NULL};
	struct csv *csv;
	struct err err;
	char path[32];
	int fd = memfd_create("csv", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	csv = csv_open(path, &err);
	if (csv != NULL)
		read_all(csv, &arena);
	csv_close(csv);
	close(fd);
	arena_reset(&arena);
	return 0;
}

#include "lib/base/conf.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/conf_internal.h"
#include "lib/base/err.h"
#include "lib/base/file.h"

static unsigned
find_line(const char *bytes, size_t len, const char *section, const char *key)
{
	struct view rest = conf_line_all(bytes, len);
	struct conf_line line;
	bool inside = false;

	for (unsigned number = 1; conf_line_next(&rest, &line); number++) {
		if (line.kind == CONF_LINE_SECTION)
			inside = conf_line_is(line.name, section);
		else if (inside && line.kind == CONF_LINE_PAIR &&
			 conf_line_is(line.name, key))
			return number;
	}
	return 0;
}

/* A required key that is not there is empty, too: once is enough. */
static bool
is_told(struct arena *arena, const struct buf *report, const char *section,
    const char *key)
{
	const char *told = arena_printf(arena, ":0: [%s] %s: ", section, key);

	return strstr(buf_text(report), told) != NULL;
}

void
conf_complain(struct buf *report, const char *name, const char *section,
    const char *key, const char *sentence)
{
	struct arena arena = {NULL};
	struct err err;
	unsigned line = 0;
	char *bytes;
	size_t len;

	if (file_read(&arena, name, CONF_FILE_MAX, &bytes, &len, &err) == 0)
		line = find_line(bytes, len, section, key);
	if (line > 0 || !is_told(&arena, report, section, key))
		buf_addf(report, "%s:%u: [%s] %s: %s\n", name, line, section,
		    key, sentence);
	arena_reset(&arena);
}

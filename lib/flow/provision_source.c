#include "lib/flow/provision_source.h"

#include <limits.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/csv.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/people/feed.h"

#define ROWS "{rows}"

/* "etudiant=eleves.csv"; any other = is part of the name. */
static const char *
kind_of(const char *operand, const char **path)
{
	char word[16];
	size_t len = strcspn(operand, "=");
	const char *kind = NULL;

	*path = operand;
	if (operand[len] == '=' &&
	    text_format(word, sizeof word, "%.*s", (int)len, operand))
		kind = feed_kind(word);
	if (kind != NULL)
		*path = operand + len + 1;
	return kind;
}

void
source_begin(struct source *source, const char *operand, const char *trailer,
    long expected)
{
	*source = (struct source){
	    .trailer = trailer, .expected = expected, .told = -1};
	source->kind = kind_of(operand, &source->path);
}

/* Does row hold the cells of pattern, and nothing behind them? */
static bool
fits(struct source *source, const char *pattern, const struct csv_row *row,
    struct arena *arena)
{
	size_t count, i;
	char **cells = text_split(arena, pattern, ";", &count);
	long told = -1;

	if (count == 0 || count > row->count)
		return false;
	for (i = 0; i < count; i++) {
		const char *cell = text_trim(arena, row->cells[i]);

		if (strcmp(cells[i], ROWS) == 0) {
			if (!text_to_long(cell, 0, LONG_MAX, &told))
				return false;
		} else if (strcmp(cells[i], cell) != 0) {
			return false;
		}
	}
	for (; i < row->count; i++)
		if (row->cells[i][0] != '\0')
			return false;
	source->told = told;
	return true;
}

bool
source_take_trailer(
    struct source *source, const struct csv_row *row, struct arena *arena)
{
	char **patterns;

	if (source->trailer[0] == '\0' || row->cells == NULL)
		return false;
	patterns = text_split(arena, source->trailer, "|", NULL);
	for (; *patterns != NULL; patterns++)
		if (fits(source, text_trim(arena, *patterns), row, arena)) {
			source->ended = true;
			return true;
		}
	return false;
}

int
source_end(const struct source *source, struct err *err)
{
	if (source->trailer[0] != '\0' && !source->ended)
		return err_set(err, ERR_REFUSED,
		    "%s: has no trailer: has it come as a whole? Nothing is "
		    "done",
		    source->path);
	if (source->told >= 0 && (size_t)source->told != source->rows)
		return err_set(err, ERR_REFUSED,
		    "%s: has %zu rows, its trailer says %ld: nothing is done",
		    source->path, source->rows, source->told);
	if (source->expected >= 0 && (size_t)source->expected != source->rows)
		return err_set(err, ERR_REFUSED,
		    "%s: has %zu rows, --expect says %ld: nothing is done",
		    source->path, source->rows, source->expected);
	return 0;
}

void
source_report(const struct source *source, struct json *list)
{
	struct json *item = json_add(list, NULL, json_new_object());

	json_text(item, "file", source->path);
	if (source->kind != NULL)
		json_text(item, "type", source->kind);
	json_number(item, "rows", (long long)source->rows);
	json_number(item, "rejected", (long long)source->rejected);
}

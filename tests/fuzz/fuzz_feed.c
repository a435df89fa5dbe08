/* A header and a row of an export, cells split at tabs: a row that is kept has
 * what an account needs. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/people/feed.h"

enum { CELLS = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cells are clean when they reach feed: csv.h sees to it. */
static size_t
cells(struct arena *arena, const char *line, char *out[CELLS + 1])
{
	size_t count = 0;

	while (count < CELLS) {
		size_t len = strcspn(line, "\t");

		out[count++] = arena_dup_n(arena, line, len);
		if (line[len] == '\0')
			break;
		line += len + 1;
	}
	out[count] = NULL;
	return count;
}

static void
check(const struct feed_person *person, const struct feed_notes *notes)
{
	if (notes->count > FEED_NOTES_MAX)
		abort();
	for (size_t i = 0; i < notes->count; i++)
		if (notes->list[i].reason == NULL ||
		    feed_column_name(notes->list[i].column) == NULL)
			abort();
	if (notes->rejected)
		return;
	if (person->kind == NULL || person->family[0] == '\0' ||
	    person->given[0] == '\0' || person->birth.text[0] == '\0' ||
	    person->order[0] == '\0' || person->establishments == NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char usual[][16] = {"type", "numen", "ine", "employe",
	    "civilite", "nom_naissance", "nom_usage", "prenoms",
	    "date_naissance", "uai", "courriel_perso", "telephone", "debut",
	    "fin"};
	static const char *const own[] = {"ac-test.fr", NULL};
	char *names[CELLS + 1] = {0}, *row[CELLS + 1];
	const char *unknown[CELLS + 1];
	struct feed_header header = {0};
	struct feed_words words = {0};
	struct feed_person person;
	struct feed_notes notes;
	struct arena arena = {0};
	struct err err = {0};
	const char *line, *end;
	size_t count, known = COUNT_OF(usual);

	line = arena_dup_n(&arena, data, size);
	end = strchr(line, '\n');
	for (size_t i = 0; i < known; i++)
		names[i] = usual[i];
	if (end != NULL) {
		known = cells(&arena,
		    arena_dup_n(&arena, line, (size_t)(end - line)), names);
		line = end + 1;
	}
	count = cells(&arena, line, row);
	for (size_t i = 0; i < count; i++)
		if (!text_is_clean(row[i], strlen(row[i])))
			row[i][0] = '\0';
	/* The operator's own names, whatever they hold. */
	words.columns[FEED_TYPE] = names[0];
	words.columns[FEED_NUMEN] = row[0];
	words.kinds[0] = row[count - 1];
	if (size % 2 == 1)
		header.words = &words;
	if (feed_read_header(names, known, &header, unknown, &err) == 0) {
		feed_read_row(
		    &header, row, count, own, 2026, &arena, &person, &notes);
		check(&person, &notes);
	} else if (err.kind != ERR_INPUT) {
		abort();
	}
	arena_reset(&arena);
	return 0;
}

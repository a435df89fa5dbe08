#include "lib/flow/establishments.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/csv.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/establishments_words.h"

enum { UAI = 8 };

struct establishments {
	struct arena arena;
	struct establishment *list;
	size_t count, room;
};

enum column { COL_UAI, COL_NAME, COL_ADDRESS, COL_PHONE, COL_HOURS, COLUMNS };

struct reading {
	const char *path;
	struct establishments *to;
	struct buf *report;
	int columns[COLUMNS];
};

static void
complain(const struct reading *in, unsigned long line, const char *sentence)
{
	buf_addf(in->report, "%s:%lu: %s\n", in->path, line, sentence);
}

static bool
is_uai(const char *text)
{
	return strlen(text) == UAI && strspn(text, "0123456789") == UAI - 1 &&
	       text[UAI - 1] >= 'A' && text[UAI - 1] <= 'Z';
}

static char *
cell(const struct reading *in, const struct csv_row *row, enum column column)
{
	int at = in->columns[column];

	return text_trim(&in->to->arena, at < 0 ? "" : row->cells[at]);
}

static struct establishment *
new_one(struct establishments *to)
{
	if (to->count == to->room) {
		to->room = to->room == 0 ? 64 : 2 * to->room;
		to->list = reallocarray(to->list, to->room, sizeof *to->list);
		if (to->list == NULL)
			err_no_memory();
	}
	return &to->list[to->count++];
}

static void
take_row(const struct reading *in, const struct csv_row *row)
{
	struct arena *arena = &in->to->arena;
	char *uai = text_upper(arena, cell(in, row, COL_UAI));
	char *name = cell(in, row, COL_NAME);
	struct establishment *one;

	if (!is_uai(uai)) {
		complain(in, row->line, "uai is not 7 digits and a letter");
		return;
	}
	if (name[0] == '\0') {
		complain(in, row->line, "nom is empty");
		return;
	}
	if (in->to->count == ESTABLISHMENTS_MAX) {
		complain(in, row->line, "too many establishments");
		return;
	}
	one = new_one(in->to);
	one->line = row->line;
	one->uai = uai;
	one->name = name;
	one->address = cell(in, row, COL_ADDRESS);
	one->phone = cell(in, row, COL_PHONE);
	one->hours = cell(in, row, COL_HOURS);
	one->words = establishments_words(
	    arena, arena_printf(arena, "%s %s", uai, name));
	one->place_words = establishments_words(arena, one->address);
}

static int
by_uai(const void *a, const void *b)
{
	const struct establishment *left = a, *right = b;

	int order = strcmp(left->uai, right->uai);

	return order != 0 ? order : left->line < right->line ? -1 : 1;
}

static void
sort(const struct reading *in)
{
	struct establishments *to = in->to;

	if (to->count > 0)
		qsort(to->list, to->count, sizeof *to->list, by_uai);
	for (size_t i = 1; i < to->count; i++)
		if (strcmp(to->list[i - 1].uai, to->list[i].uai) == 0)
			complain(in, to->list[i].line, "this uai stands twice");
}

static int
find_columns(struct reading *in, const struct csv *csv)
{
	static const char *const names[COLUMNS] = {
	    "uai", "nom", "adresse", "telephone", "horaires"};

	for (size_t i = 0; i < COLUMNS; i++)
		in->columns[i] = csv_column(csv, names[i]);
	if (in->columns[COL_UAI] >= 0 && in->columns[COL_NAME] >= 0)
		return 0;
	complain(in, 1, "the columns uai and nom are required");
	return -1;
}

static int
read_rows(struct reading *in, struct csv *csv, struct err *err)
{
	struct arena arena = {0};
	struct csv_row row;
	enum lookup got;

	while ((got = csv_next(csv, &arena, &row, err)) != LOOKUP_ABSENT) {
		if (got == LOOKUP_FAILED && err->kind != ERR_INPUT)
			break;
		if (got == LOOKUP_FAILED)
			complain(in, row.line, err->text);
		else
			take_row(in, &row);
		*err = (struct err){0};
		arena_reset(&arena);
	}
	arena_reset(&arena);
	return got == LOOKUP_ABSENT ? 0 : -1;
}

struct establishments *
establishments_open(const char *path, struct buf *report, struct err *err)
{
	struct reading in = {.path = path, .report = report};
	size_t before = report->len;
	struct csv *csv = csv_open(path, err);

	if (csv == NULL) {
		(void)err_in(err, "%s:1", path);
		err->kind = ERR_CONFIG;
		return NULL;
	}
	in.to = calloc(1, sizeof *in.to);
	if (in.to == NULL)
		err_no_memory();
	if (find_columns(&in, csv) == 0 && read_rows(&in, csv, err) == 0)
		sort(&in);
	csv_close(csv);
	if (err->kind == ERR_NONE && report->len > before)
		(void)err_set(err, ERR_CONFIG,
		    "%s: the list of establishments has errors", path);
	if (err->kind == ERR_NONE)
		return in.to;
	establishments_free(in.to);
	return NULL;
}

void
establishments_free(struct establishments *list)
{
	if (list == NULL)
		return;
	free(list->list);
	arena_reset(&list->arena);
	free(list);
}

static int
is_before(const void *uai, const void *one)
{
	return strcmp(uai, ((const struct establishment *)one)->uai);
}

const struct establishment *
establishments_one(const struct establishments *list, const char *uai)
{
	struct arena arena = {0};
	const struct establishment *one = NULL;

	if (list != NULL && list->count > 0)
		one = bsearch(text_upper(&arena, uai), list->list, list->count,
		    sizeof *list->list, is_before);
	arena_reset(&arena);
	return one;
}

size_t
establishments_count(const struct establishments *list)
{
	return list->count;
}

/* Two passes: those whose name has all the words, then those that need their
 * address for it. */
static void
gather(const struct establishments *list, char *const *words, bool by_place,
    struct establishments_found *found)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct establishment *one = &list->list[i];
		bool by_name = establishments_fit(words, one->words, "");

		if (by_place ? by_name || !establishments_fit(words, one->words,
					      one->place_words)
			     : !by_name)
			continue;
		if (found->count == ESTABLISHMENTS_SHOWN) {
			found->more = true;
			return;
		}
		found->list[found->count++] = one;
	}
}

void
establishments_find(const struct establishments *list, const char *typed,
    struct arena *arena, struct establishments_found *found)
{
	char **words = establishments_query(arena, typed);

	*found = (struct establishments_found){0};
	if (words[0] == NULL)
		return;
	gather(list, words, false, found);
	if (!found->more)
		gather(list, words, true, found);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/csv.h"
#include "lib/base/err.h"

struct world {
	char path[32];
	FILE *file;
	struct arena arena;
	struct err err;
};

static void
begin(struct world *w)
{
	int fd;

	*w = (struct world){.path = "/tmp/test_csv.XXXXXX"};
	fd = mkstemp(w->path);
	assert_true(fd >= 0);
	w->file = fdopen(fd, "w");
	assert_non_null(w->file);
}

static void
write_bytes(struct world *w, const char *bytes, size_t len)
{
	assert_int_equal(fwrite(bytes, 1, len, w->file), len);
}

/* len times the byte c */
static void
write_many(struct world *w, char c, size_t len)
{
	while (len-- > 0)
		assert_int_equal(putc(c, w->file), c);
}

static struct csv *
open_it(struct world *w)
{
	assert_int_equal(fclose(w->file), 0);
	return csv_open(w->path, &w->err);
}

static void
end(struct world *w)
{
	unlink(w->path);
	arena_reset(&w->arena);
}

/* All there is, one line each: "3: a|b" or "3! what is wrong". */
static void
tell(struct world *w, struct csv *csv, struct buf *out)
{
	struct csv_row row;
	enum lookup found;
	char *const *names;
	size_t count = csv_columns(csv, &names);

	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s%s", i > 0 ? "|" : "", names[i]);
	buf_add_char(out, '\n');
	while ((found = csv_next(csv, &w->arena, &row, &w->err)) !=
	       LOOKUP_ABSENT) {
		if (found == LOOKUP_FAILED) {
			assert_int_equal(w->err.kind, ERR_INPUT);
			buf_addf(out, "%lu! %s\n", row.line, w->err.text);
			continue;
		}
		assert_int_equal(row.count, count);
		buf_addf(out, "%lu: ", row.line);
		for (size_t i = 0; i < row.count; i++)
			buf_addf(out, "%s%s", i > 0 ? "|" : "", row.cells[i]);
		buf_add_char(out, '\n');
	}
	/* The end stays the end. */
	assert_int_equal(
	    csv_next(csv, &w->arena, &row, &w->err), LOOKUP_ABSENT);
}

static void
test_rows(void **state)
{
	static const struct {
		const char *what, *bytes, *told;
	} cases[] = {
	    {"semicolons", "a;b,c\n1;2\n", "a|b,c\n2: 1|2\n"},
	    {"commas", "a,b\n1,2;3\n", "a|b\n2: 1|2;3\n"},
	    {"one column", "a\n1\n2", "a\n2: 1\n3: 2\n"},
	    {"quoted header", "\"a;x;y\",b,\"c\"\n1,2,3\n",
		"a;x;y|b|c\n2: 1|2|3\n"},
	    {"header only", "a;b", "a|b\n"},
	    {"BOM", "\xEF\xBB\xBF\"a\";b\n\xC3\xA9;2\n", "a|b\n2: é|2\n"},
	    {"BOM and a bad row",
		"\xEF\xBB\xBF"
		"a;b\n\xE9;2\né;3\n",
		"a|b\n2! a: holds a control character or bytes that are "
		"no text\n3: é|3\n"},
	    {"Windows-1252", "nom;b\nRen\xE9\x65 \x8Cuf;\x80\n",
		"nom|b\n2: Renée Œuf|€\n"},
	    {"Windows-1252 undefined", "a;b\n\xE9;\x81\n1;2\n",
		"a|b\n2! b: holds a control character or bytes that are "
		"no text\n3: 1|2\n"},
	    {"CR LF", "a;b\r\n1;2\r\n\r\n3;4\r\n", "a|b\n2: 1|2\n4: 3|4\n"},
	    {"CR", "a;b\r1;2\r\r3;4\r", "a|b\n2: 1|2\n4: 3|4\n"},
	    {"blank lines", "\n \n a ; b \n\n\t\n1;2\n;\n \" \" ; \n3;4",
		"a|b\n6: 1|2\n8:  |\n9: 3|4\n"},
	    {"quotes", "a;b\n\"x;y\";\"say \"\"hi\"\"\"\n \"z\" ;\"\"\n",
		"a|b\n2: x;y|say \"hi\"\n3: z|\n"},
	    {"quoted line ends",
		"a;b\n\"1\r\n2\n\n3\";\"x\ty\"\n4;5\n\"6\r7\";8\n",
		"a|b\n2: 1 2  3|x y\n6: 4|5\n7: 6 7|8\n"},
	    {"line end in the header", "\"a\nb\";c\n1;2\n", "a b|c\n3: 1|2\n"},
	    {"number of cells", "a;b\n1\n1;2;3\n1;2\n",
		"a|b\n2! has 1 cells, the header has 2\n"
		"3! has 3 cells, the header has 2\n4: 1|2\n"},
	    {"quote in a cell", "a;b\n5\" disk;2\n3;4\n",
		"a|b\n2! a quote stands where none may be\n3: 3|4\n"},
	    {"quote never closed", "a;b\n\"1;2\n3;4\n5;6\n",
		"a|b\n2! a quote is opened and not closed\n3: 3|4\n"
		"4: 5|6\n"},
	    {"quote closed by another row",
		"a;b\n\"1;2\n3;4\n\"5\";6\n7;\"8\n9\"\n10;11\n",
		"a|b\n2! a quote stands where none may be\n3: 3|4\n"
		"4: 5|6\n5: 7|8 9\n7: 10|11\n"},
	    {"quote closed at the end of another row",
		"a;b\n\"1;2\n3;4\n5;6\"\n7;8\n\"9\n10;\";11;12\n",
		"a|b\n2! has 1 cells, the header has 2\n3: 3|4\n"
		"4! a quote stands where none may be\n5: 7|8\n"
		"6! has 3 cells, the header has 2\n"
		"7! a quote is opened and not closed\n"},
	    {"quote never closed, CR", "a;b\r\"1;2\r\r3;4\r5;6\r",
		"a|b\n2! a quote is opened and not closed\n4: 3|4\n"
		"5: 5|6\n"},
	    {"quote in the last line", "a;b\n1;2\n\"3;4",
		"a|b\n2: 1|2\n3! a quote is opened and not closed\n"},
	    {"cells behind the last column", "a;b\n1;2;;\n3;4;;5\n6;7\n",
		"a|b\n2: 1|2\n3! has 4 cells, the header has 2\n"
		"4: 6|7\n"},
	    {"cut off", "a;b;c\n1;2;3\n4;5",
		"a|b|c\n2: 1|2|3\n3! the file ends in the middle of this "
		"row: has it come as a whole?\n"},
	    {"one broken byte in UTF-8", "a;b\n\xC3\xA9;\xC3\xA8\n\xE9;2\n",
		"a|b\n2: é|è\n3! a: holds a control character or bytes "
		"that are no text\n"},
	    {"empty names", "a;;\n1;2;3\n", "a||\n2: 1|2|3\n"},
	    {"control", "a;b\n1;\x1b[2J\n3;4\n",
		"a|b\n2! b: holds a control character or bytes that are "
		"no text\n3: 3|4\n"},
	};
	struct world w;
	struct csv *csv;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		print_message("case %zu: %s\n", i, cases[i].what);
		begin(&w);
		buf_init(&out, 64 * 1024);
		write_bytes(&w, cases[i].bytes, strlen(cases[i].bytes));
		csv = open_it(&w);
		assert_non_null(csv);
		tell(&w, csv, &out);
		assert_string_equal(buf_text(&out), cases[i].told);
		csv_close(csv);
		buf_free(&out);
		end(&w);
	}
}

static void
test_no_header(void **state)
{
	static const struct {
		const char *bytes, *sentence;
		size_t len; /* 0: up to the NUL */
	} cases[] = {
	    {"", "is empty: not even a header", 0},
	    {" \n\n", "is empty: not even a header", 0},
	    {"\xEF\xBB\xBF", "is empty: not even a header", 0},
	    {"a;b;A\n", "the column A stands twice", 0},
	    {"a;b\x1b\n", "the name of column 2 is no text", 0},
	    {"a\0b;c\n", "the name of column 1 is no text", 6},
	    {"\"a;b\n1;2\n", "the header: a quote is opened and not closed", 0},
	    {"a;b\"c\n", "the header: a quote stands where none may be", 0},
	    {"\xFF\xFE"
	     "a\0",
		"is UTF-16; save it as CSV in UTF-8", 4},
	    {"\xFE\xFF\0a", "is UTF-16; save it as CSV in UTF-8", 4},
	};
	char expected[256];
	struct world w;
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		print_message("case %zu\n", i);
		begin(&w);
		len = cases[i].len;
		write_bytes(
		    &w, cases[i].bytes, len > 0 ? len : strlen(cases[i].bytes));
		assert_null(open_it(&w));
		assert_int_equal(w.err.kind, ERR_INPUT);
		snprintf(expected, sizeof(expected), "%s: %s", w.path,
		    cases[i].sentence);
		assert_string_equal(w.err.text, expected);
		end(&w);
	}
}

static void
test_many_columns(void **state)
{
	struct world w;
	struct csv *csv;
	char *const *names;

	(void)state;
	begin(&w);
	write_many(&w, ';', CSV_COLUMNS_MAX);
	assert_null(open_it(&w));
	assert_non_null(strstr(w.err.text, "more than 256 columns"));
	end(&w);
	begin(&w);
	write_bytes(&w, "last", 4);
	write_many(&w, ';', CSV_COLUMNS_MAX - 1);
	csv = open_it(&w);
	assert_non_null(csv);
	assert_int_equal(csv_columns(csv, &names), CSV_COLUMNS_MAX);
	csv_close(csv);
	end(&w);
}

static void
test_column(void **state)
{
	struct world w;
	struct csv *csv;

	(void)state;
	begin(&w);
	write_bytes(&w, " Type ;\"Nom\"\n", 13);
	csv = open_it(&w);
	assert_non_null(csv);
	assert_int_equal(csv_column(csv, "type"), 0);
	assert_int_equal(csv_column(csv, "NOM"), 1);
	assert_int_equal(csv_column(csv, "no"), -1);
	csv_close(csv);
	end(&w);
}

static void
test_when_it_was_written(void **state)
{
	const struct timespec times[] = {
	    {.tv_sec = 5}, {.tv_sec = 1795550400, .tv_nsec = 123456789}};
	struct world w;
	struct csv *csv;

	(void)state;
	begin(&w);
	write_bytes(&w, "a\n", 2);
	assert_int_equal(fflush(w.file), 0);
	assert_int_equal(futimens(fileno(w.file), times), 0);
	csv = open_it(&w);
	assert_non_null(csv);
	assert_int_equal(csv_written_ms(csv), 1795550400123);
	csv_close(csv);
	end(&w);
}

static void
test_not_a_file(void **state)
{
	struct world w;
	struct err err;

	(void)state;
	begin(&w);
	assert_null(csv_open("/tmp", &err));
	assert_string_equal(err.text, "/tmp: is not a regular file");
	fclose(w.file);
	unlink(w.path);
	assert_null(csv_open(w.path, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_int_equal(mkfifo(w.path, 0600), 0);
	assert_null(csv_open(w.path, &err));
	assert_non_null(strstr(err.text, "is not a regular file"));
	end(&w);
	csv_close(NULL);
}

/* The ceiling counts a line's own bytes, without its end. */
static void
test_long_lines(void **state)
{
	static const char told[] =
	    "a|b\n2! is longer than 1 MiB\n4: x|y\n"
	    "5! a quote is opened and not closed\n6: 1|2\n"
	    "7! is longer than 1 MiB\n8: 3|4\n";
	struct csv_row row;
	struct world w;
	struct csv *csv;
	struct buf out;

	(void)state;
	begin(&w);
	buf_init(&out, 1024);
	write_bytes(&w, "a;b\n", 4);
	write_many(&w, 'x', CSV_LINE_MAX + 1);
	write_bytes(&w, "\n\nx;y\n\"\n1;2\n", 12);
	write_many(&w, 'x', CSV_LINE_MAX * 2);
	write_bytes(&w, "\n3;4\n", 5);
	csv = open_it(&w);
	assert_non_null(csv);
	tell(&w, csv, &out);
	/* The quote is seen when the long line is met. */
	assert_string_equal(buf_text(&out), told);
	csv_close(csv);
	buf_free(&out);
	end(&w);

	begin(&w);
	write_bytes(&w, "a\n", 2);
	write_many(&w, 'x', CSV_LINE_MAX);
	csv = open_it(&w);
	assert_non_null(csv);
	assert_int_equal(csv_next(csv, &w.arena, &row, &w.err), LOOKUP_FOUND);
	assert_int_equal(strlen(row.cells[0]), CSV_LINE_MAX);
	csv_close(csv);
	end(&w);
}

/* Every line opens a quote, and costs no more than itself. */
static void
test_hostile_quotes(void **state)
{
	enum { LINES = 500000 };
	struct csv_row row;
	struct world w;
	struct csv *csv;
	size_t bad = 0;

	(void)state;
	begin(&w);
	write_bytes(&w, "a;b\n", 4);
	for (size_t i = 0; i < LINES; i++)
		write_bytes(&w, "\" 1\n", 4);
	csv = open_it(&w);
	assert_non_null(csv);
	while (csv_next(csv, &w.arena, &row, &w.err) != LOOKUP_ABSENT) {
		bad++;
		assert_int_equal(row.line, bad + 1);
		arena_reset(&w.arena);
	}
	assert_int_equal(bad, LINES);
	csv_close(csv);
	end(&w);
}

/* A code point lies across the pieces in which the encoding is looked for. */
static void
test_encoding_across_pieces(void **state)
{
	enum { NEAR = 64 * 1024 };
	struct csv_row row;
	struct world w;
	struct csv *csv;

	(void)state;
	for (size_t len = NEAR - 8; len < NEAR + 4; len++) {
		begin(&w);
		write_bytes(&w, "a\n", 2);
		write_many(&w, 'x', len);
		write_bytes(&w, "\xF0\x9F\x98\x80", 4);
		csv = open_it(&w);
		assert_non_null(csv);
		assert_int_equal(
		    csv_next(csv, &w.arena, &row, &w.err), LOOKUP_FOUND);
		assert_string_equal(row.cells[0] + len, "\xF0\x9F\x98\x80");
		csv_close(csv);
		end(&w);
	}
	begin(&w);
	write_bytes(&w, "a\nx\xC3", 4); /* cut at the end */
	csv = open_it(&w);
	assert_non_null(csv);
	assert_int_equal(csv_next(csv, &w.arena, &row, &w.err), LOOKUP_FOUND);
	assert_string_equal(row.cells[0], "xÃ");
	csv_close(csv);
	end(&w);
}

static void
test_many_rows(void **state)
{
	enum { ROWS = 100000 };
	static const char row_bytes[] =
	    "etudiant;;0123456789A;;;Dupont-Łukasz;;\"Jean, Éric\";"
	    "01/02/2003;0590001A;x@example.fr;;;\n";
	struct csv_row row;
	struct world w;
	struct csv *csv;
	size_t count = 0;

	(void)state;
	begin(&w);
	write_bytes(&w, "a;b;c;d;e;f;g;h;i;j;k;l;m;n\n", 28);
	for (size_t i = 0; i < ROWS; i++)
		write_bytes(&w, row_bytes, sizeof(row_bytes) - 1);
	csv = open_it(&w);
	assert_non_null(csv);
	while (csv_next(csv, &w.arena, &row, &w.err) == LOOKUP_FOUND) {
		count++;
		assert_int_equal(row.line, count + 1);
		assert_string_equal(row.cells[7], "Jean, Éric");
		arena_reset(&w.arena);
	}
	assert_int_equal(count, ROWS);
	csv_close(csv);
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_no_header),
	    cmocka_unit_test(test_many_columns),
	    cmocka_unit_test(test_column),
	    cmocka_unit_test(test_when_it_was_written),
	    cmocka_unit_test(test_not_a_file),
	    cmocka_unit_test(test_long_lines),
	    cmocka_unit_test(test_hostile_quotes),
	    cmocka_unit_test(test_encoding_across_pieces),
	    cmocka_unit_test(test_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/err.h"
#include "lib/people/feed.h"

enum { CELLS = 14, THIS_YEAR = 2026 };

#define DAY_MS 86400000LL

static const char *const OWN[] = {"ac-test.fr", NULL};
static struct arena arena;

static int
empty(void **state)
{
	(void)state;
	arena_reset(&arena);
	return 0;
}

/* Cells split at '|'; their number. */
static size_t
split(const char *line, char *cells[CELLS + 8])
{
	size_t count = 0;

	for (;;) {
		size_t len = strcspn(line, "|");

		cells[count++] = arena_dup_n(&arena, line, len);
		if (line[len] == '\0')
			return count;
		line += len + 1;
	}
}

static const char USUAL[] =
    "type|numen|ine|employe|civilite|nom_naissance|nom_usage|prenoms|"
    "date_naissance|uai|courriel_perso|telephone|debut|fin";

static void
read_row(const char *head, const char *row, struct feed_person *person,
    struct feed_notes *notes)
{
	char *names[CELLS + 8], *cells[CELLS + 8];
	struct feed_header header = {0};
	struct err err = {0};
	size_t count = split(head, names);

	if (feed_read_header(names, count, &header, NULL, &err) != 0)
		fail_msg("%s", err.text);
	count = split(row, cells);
	feed_read_row(
	    &header, cells, count, OWN, THIS_YEAR, &arena, person, notes);
}

static void
test_header(void **unused)
{
	static const struct {
		const char *head, *error; /* "" = fine */
	} cases[] = {
	    {"type|numen|nom_usage|prenoms|date_naissance", ""},
	    {"TYPE|Ine|Nom_Naissance|PRENOMS|Date_Naissance", ""},
	    {"date_naissance|prenoms|nom_usage|employe|type|x|y", ""},
	    {"numen|nom_usage|prenoms|date_naissance", "type"},
	    {"type|numen|nom_usage|date_naissance", "prenoms"},
	    {"type|numen|nom_usage|prenoms", "date_naissance"},
	    {"type|numen|prenoms|date_naissance", "nom_naissance"},
	    {"type|nom_usage|prenoms|date_naissance", "numen"},
	    {"", "type"},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *names[CELLS + 8];
		const char *unknown[CELLS + 9];
		struct feed_header header = {0};
		struct err err = {0};
		size_t count = split(cases[i].head, names);
		int rc = feed_read_header(names, count, &header, unknown, &err);

		assert_int_equal(rc, cases[i].error[0] == '\0' ? 0 : -1);
		if (rc != 0) {
			assert_int_equal(err.kind, ERR_INPUT);
			assert_non_null(strstr(err.text, cases[i].error));
		}
	}
}

static void
test_unknown_columns(void **unused)
{
	char *names[CELLS + 8];
	const char *unknown[CELLS + 9];
	struct feed_header header = {0};
	struct err err = {0};
	size_t count =
	    split("type|x|numen|nom_usage|y|prenoms|date_naissance", names);

	(void)unused;
	assert_int_equal(
	    feed_read_header(names, count, &header, unknown, &err), 0);
	assert_string_equal(unknown[0], "x");
	assert_string_equal(unknown[1], "y");
	assert_null(unknown[2]);
	assert_int_equal(header.at[FEED_TYPE], 0);
	assert_int_equal(header.at[FEED_NUMEN], 2);
	assert_int_equal(header.at[FEED_INE], -1);
}

static void
test_whole_row(void **unused)
{
	struct feed_person person;
	struct feed_notes notes;

	(void)unused;
	read_row(USUAL,
	    "Enseignant|09e95o1234abc||E-17|Mme|DUPONT|Martin|Jeanne, Marie "
	    "Claude|1/9/1975|0590001T 0590002U|Jeanne@Example.ORG|0320|"
	    "01/09/2026|2027-08-31",
	    &person, &notes);
	assert_false(notes.rejected);
	assert_string_equal(person.kind, "enseignant");
	assert_true(person.has_numen);
	assert_false(person.has_ine);
	assert_string_equal(person.numen.text, "09E9501234ABC");
	assert_string_equal(person.employee, "E-17");
	assert_string_equal(person.birth_family, "DUPONT");
	assert_string_equal(person.given, "Jeanne");
	assert_string_equal(person.given_names, "Jeanne, Marie Claude");
	assert_string_equal(person.birth.text, "1975-09-01");
	assert_string_equal(person.establishments[0], "0590001T");
	assert_string_equal(person.establishments[1], "0590002U");
	assert_null(person.establishments[2]);
	assert_string_equal(person.mail, "Jeanne@example.org");
	assert_string_equal(person.order, "09E9501234ABC");
	/* 2026-09-01 and the last second of 2027-08-31, UTC */
	assert_int_equal(person.from_ms, 1788220800000LL);
	assert_int_equal(person.until_ms, 1819670400000LL + DAY_MS - 1000);
}

static void
test_rejected(void **unused)
{
	static const struct {
		const char *row;
		int column; /* of the first fatal note, -1 = none */
	} cases[] = {
	    {"etudiant||1234567890A|||D|||x", FEED_GIVEN_NAMES},
	    {"etudiant||1234567890A|||D||J|2001-01-01", -1},
	    {"etudiant||1234567890A||||D|J|2001-01-01", -1},
	    {"etudiant|||7||D||J|2001-01-01", -1},
	    {"ETUDIANT||1234567890A|||D||J|00/00/2001", -1},
	    {"||1234567890A|||D||J|2001-01-01", FEED_TYPE},
	    {"directeur||1234567890A|||D||J|2001-01-01", FEED_TYPE},
	    {"etudiant|||||D||J|2001-01-01", FEED_NUMEN},
	    {"etudiant|1234567890A||||D||J|2001-01-01", FEED_NUMEN},
	    {"etudiant||09E9501234ABC|||D||J|2001-01-01", FEED_INE},
	    {"etudiant|09E95||||D||J|2001-01-01", FEED_NUMEN},
	    {"etudiant|09E950123;ABC||||D||J|2001-01-01", FEED_NUMEN},
	    {"etudiant|0000000000000||||D||J|2001-01-01", FEED_NUMEN},
	    {"etudiant||1234567890A|||||J|2001-01-01", FEED_BIRTH_NAME},
	    {"etudiant||1234567890A|||D||,|2001-01-01", FEED_GIVEN_NAMES},
	    {"etudiant||1234567890A|||D||J|", FEED_BIRTH_DATE},
	    {"etudiant||1234567890A|||D||J|31/02/2001", FEED_BIRTH_DATE},
	    {"etudiant||1234567890A|||D||J|2025-01-01", FEED_BIRTH_DATE},
	    {"etudiant||1234567890A|||D||J|2001-01-01|0590001", FEED_UAI},
	    {"etudiant||1234567890A|||D||J|2001-01-01||||32/01/2026",
		FEED_FROM},
	    {"etudiant||1234567890A|||D||J|2001-01-01||||2026-02-30",
		FEED_FROM},
	    {"etudiant||1234567890A|||D||J|2001-01-01|||||demain", FEED_UNTIL},
	    {"etudiant||1234567890A|||D||J|2001-01-01||||2026-09-02|"
	     "2026-09-01",
		FEED_UNTIL},
	    {"etudiant||1234567890A|||D||J|2001-01-01||||2026-09-01|"
	     "2026-09-01",
		-1},
	    {"", FEED_TYPE},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct feed_person person;
		struct feed_notes notes;
		int first = -1;

		read_row(USUAL, cases[i].row, &person, &notes);
		for (size_t j = notes.count; j-- > 0;)
			if (notes.list[j].fatal)
				first = (int)notes.list[j].column;
		if (first != cases[i].column || notes.rejected != (first != -1))
			fail_msg("%s: %d", cases[i].row, first);
	}
}

/* What is optional and unusable is left out, and the row stays. */
static void
test_warnings(void **unused)
{
	static const struct {
		const char *mail, *kept; /* NULL = left out */
		bool warned;
	} cases[] = {
	    {"", NULL, false},
	    {"j@example.org", "j@example.org", false},
	    {"pas d'adresse", NULL, true},
	    {"j@ac-test.fr", NULL, true},
	    {"j@eleve.AC-TEST.fr", NULL, true},
	    {"j@ac-test.fr.example.org", "j@ac-test.fr.example.org", false},
	    {"j@example.org\r\nBcc: x@y.fr", NULL, true},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct feed_person person;
		struct feed_notes notes;

		read_row("type|ine|nom_usage|prenoms|date_naissance|"
			 "courriel_perso",
		    arena_printf(&arena,
			"etudiant|1234567890A|D|J|2001-01-01|%s",
			cases[i].mail),
		    &person, &notes);
		assert_false(notes.rejected);
		assert_int_equal(notes.count, cases[i].warned ? 1 : 0);
		if (cases[i].kept == NULL)
			assert_null(person.mail);
		else
			assert_string_equal(person.mail, cases[i].kept);
	}
}

static void
test_uai(void **unused)
{
	struct feed_person person;
	struct feed_notes notes;
	const char *head = "type|ine|nom_usage|prenoms|date_naissance|uai";

	(void)unused;
	/* 590001 modulo 23 is 5 - wrong letters warn, and stay */
	read_row(head, "etudiant|1234567890A|D|J|2001-01-01|0590001a", &person,
	    &notes);
	assert_false(notes.rejected);
	assert_string_equal(person.establishments[0], "0590001A");
	assert_int_equal(notes.count, 1);
	assert_int_equal(notes.list[0].column, FEED_UAI);
	/* more than anybody has */
	read_row(head,
	    "etudiant|1234567890A|D|J|2001-01-01|"
	    "0590001A 0590001A 0590001A 0590001A 0590001A 0590001A 0590001A "
	    "0590001A 0590001A 0590001A 0590001A 0590001A 0590001A 0590001A "
	    "0590001A 0590001A 0590001A",
	    &person, &notes);
	assert_true(notes.rejected);
	assert_int_equal(notes.count, FEED_NOTES_MAX);
}

static void
test_long_cells(void **unused)
{
	char name[FEED_TEXT_MAX + 2];
	struct feed_person person;
	struct feed_notes notes;

	(void)unused;
	for (size_t extra = 0; extra < 2; extra++) {
		memset(name, 'n', sizeof name);
		name[FEED_TEXT_MAX + extra] = '\0';
		read_row("type|ine|nom_naissance|prenoms|date_naissance",
		    arena_printf(
			&arena, "etudiant|1234567890A|%s|J|2001-01-01", name),
		    &person, &notes);
		assert_int_equal(notes.rejected, extra == 1);
	}
}

/* A row shorter than its header has empty cells, a longer one more than
 * anybody reads. */
static void
test_ragged(void **unused)
{
	struct feed_person person;
	struct feed_notes notes;
	const char *head = "type|ine|nom_usage|prenoms|date_naissance|uai";

	(void)unused;
	read_row(head, "etudiant|1234567890A|D|J|2001-01-01", &person, &notes);
	assert_false(notes.rejected);
	assert_null(person.establishments[0]);
	read_row(head, "etudiant|1234567890A|D|J|2001-01-01||more|and more",
	    &person, &notes);
	assert_false(notes.rejected);
	read_row(head, "etudiant|1234567890A", &person, &notes);
	assert_true(notes.rejected);
}

static void
test_school_year(void **unused)
{
	(void)unused;
	assert_int_equal(feed_school_year(2026, 7), 2025);
	assert_int_equal(feed_school_year(2026, 8), 2026);
	assert_int_equal(feed_school_year(2026, 12), 2026);
	assert_int_equal(feed_school_year(2027, 1), 2026);
	assert_string_equal(
	    feed_column_name(FEED_BIRTH_DATE), "date_naissance");
}

/* Names of the configuration, in their order, then ours; types alike. */
static void
test_mapped_header(void **unused)
{
	static const struct feed_words words = {
	    .columns = {[FEED_NUMEN] = "N° NUMEN | NUMEN_AGENT",
		[FEED_BIRTH_NAME] = "Nom de famille",
		[FEED_GIVEN_NAMES] = "Prénom",
		[FEED_BIRTH_DATE] = ""},
	    .kinds = {[1] = "ENS | Prof. des écoles"}};
	struct feed_header header = {.words = &words};
	char *names[] = {(char *)"NUMEN_AGENT", (char *)"n° numen",
	    (char *)"type", (char *)"nom de famille", (char *)"Prénom",
	    (char *)"date_naissance", NULL};
	const char *unknown[8];
	struct err err;

	(void)unused;
	assert_int_equal(feed_read_header(names, 6, &header, unknown, &err), 0);
	assert_int_equal(header.at[FEED_NUMEN], 1);
	assert_int_equal(header.at[FEED_BIRTH_NAME], 3);
	assert_int_equal(header.at[FEED_BIRTH_DATE], 5);
	assert_string_equal(unknown[0], "NUMEN_AGENT");
	assert_null(unknown[1]);
	/* a column that is missing is told by both names */
	names[4] = (char *)"x";
	assert_int_equal(
	    feed_read_header(names, 6, &header, unknown, &err), -1);
	assert_non_null(strstr(err.text, "prenoms"));
	assert_non_null(strstr(err.text, "Prénom"));
	/* the type of the whole file makes its column needless */
	names[2] = (char *)"y";
	names[4] = (char *)"prenoms";
	assert_int_equal(
	    feed_read_header(names, 6, &header, unknown, &err), -1);
	header.kind = feed_kind("Etudiant");
	assert_string_equal(header.kind, "etudiant");
	assert_int_equal(feed_read_header(names, 6, &header, unknown, &err), 0);
	assert_null(feed_kind("rh.csv"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mapped_header),
	    cmocka_unit_test_teardown(test_header, empty),
	    cmocka_unit_test_teardown(test_unknown_columns, empty),
	    cmocka_unit_test_teardown(test_whole_row, empty),
	    cmocka_unit_test_teardown(test_rejected, empty),
	    cmocka_unit_test_teardown(test_warnings, empty),
	    cmocka_unit_test_teardown(test_uai, empty),
	    cmocka_unit_test_teardown(test_long_cells, empty),
	    cmocka_unit_test_teardown(test_ragged, empty),
	    cmocka_unit_test_teardown(test_school_year, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

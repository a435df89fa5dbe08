#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/flow/establishments.h"
#include "lib/flow/establishments_words.h"

static struct arena arena;
static struct buf report;
static struct err err;
static char path[] = "/tmp/rentree-establishments-XXXXXX";

static int
set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	buf_init(&report, 64 * 1024);
	return fd < 0 ? -1 : close(fd);
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(&report);
	arena_reset(&arena);
	return unlink(path);
}

static struct establishments *
load(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	buf_clear(&report);
	err = (struct err){0};
	return establishments_open(path, &report, &err);
}

static const char LIST[] =
    "uai;nom;adresse;telephone;horaires\n"
    "0590119j;Lycée Faidherbe;9 rue Carrel,59000 Lille;03 20;8 h\n"
    "0624141C;Lycée de l\xe2\x80\x99"
    "Europe;62000 Arras;;\n"
    "0620001B;Collège Saint-Exupéry;62000 Arras;;\n"
    "0620003D;École La Fontaine;62000 Arras;;\n"
    "0596122J;Université de Lille;42 rue Duez, 59000 Lille;;\n";

/* What is found, by UAI, in order. */
static const char *
found(const struct establishments *list, const char *typed)
{
	struct establishments_found result;
	char *text = arena_dup(&arena, "");

	establishments_find(list, typed, &arena, &result);
	for (size_t i = 0; i < result.count; i++)
		text = arena_printf(&arena, "%s%s%s", text, i > 0 ? " " : "",
		    result.list[i]->uai);
	return text;
}

static void
test_find(void **state)
{
	static const struct {
		const char *typed, *found;
	} cases[] = {
	    {"faidherbe", "0590119J"},
	    {"FAID lyc", "0590119J"},
	    {"lycée de lille", "0590119J"},
	    {"lille", "0596122J 0590119J"},
	    {"carrel 59000", "0590119J"},
	    {"lycee", "0590119J 0624141C"},
	    {"l\xe2\x80\x99"
	     "europe",
		"0624141C"},
	    {"L'EUROPE", "0624141C"},
	    {"leurope", "0624141C"},
	    {"st-exupery", "0620001B"},
	    {"saint exupéry", "0620001B"},
	    {"Saintexupery", ""},
	    {"fontaine", "0620003D"},
	    {"la", "0620003D"},
	    {"0590119J", "0590119J"},
	    {"0590119 j", ""},
	    {"0590", "0590119J"},
	    {"59", "0590119J 0596122J"},
	    {"faidherbe arras", ""},
	    {"ycee", ""},
	    {"xyz", ""},
	    {"", ""},
	    {" -;,' ", ""},
	    {"Жук", ""},
	};
	struct establishments *list = load(LIST);

	(void)state;
	assert_non_null(list);
	assert_int_equal(establishments_count(list), 5);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *got = found(list, cases[i].typed);

		if (strcmp(got, cases[i].found) != 0)
			fail_msg("%s: %s", cases[i].typed, got);
	}
	establishments_free(list);
}

static void
test_ceilings(void **state)
{
	struct establishments_found result;
	char typed[3 * ESTABLISHMENTS_QUERY];
	char *text = arena_dup(&arena, "nom;uai\n");
	struct establishments *list;

	(void)state;
	for (int i = 0; i < ESTABLISHMENTS_SHOWN + 1; i++)
		text = arena_printf(&arena, "%sCollège Un;%07dA\n", text, i);
	list = load(text);
	assert_non_null(list);
	establishments_find(list, "college", &arena, &result);
	assert_int_equal(result.count, ESTABLISHMENTS_SHOWN);
	assert_true(result.more);
	establishments_find(list, "0000000a", &arena, &result);
	assert_int_equal(result.count, 1);
	assert_false(result.more);
	/* Words beyond the ceiling are not looked at, nor bytes. */
	establishments_find(
	    list, "un un un un un un un un xyz", &arena, &result);
	assert_int_equal(result.count, ESTABLISHMENTS_SHOWN);
	memset(typed, 'u', sizeof typed - 1);
	typed[sizeof typed - 1] = '\0';
	establishments_find(list, typed, &arena, &result);
	assert_int_equal(result.count, 0);
	/* A code point that stands across the ceiling is left out whole. */
	memset(typed, ' ', ESTABLISHMENTS_QUERY - 1);
	memcpy(typed + ESTABLISHMENTS_QUERY - 1, "é", 3);
	establishments_find(list, typed, &arena, &result);
	assert_int_equal(result.count, 0);
	establishments_free(list);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *text, *told;
	} cases[] = {
	    {"uai;nom\n059;A\n", ":2: uai is not 7 digits"},
	    {"uai;nom\n05901199;A\n", ":2: uai is not 7 digits"},
	    {"uai;nom\n0590119J; \n", ":2: nom is empty"},
	    {"uai;nom\n0590119J;A\n\n0590119j;B\n", ":4: this uai"},
	    {"uai;nom\n0590119J;A;B\n", ":2: has 3 cells"},
	    {"uai;ville\n0590119J;A\n", ":1: the columns uai and nom"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_null(load(cases[i].text));
		assert_int_equal(err.kind, ERR_CONFIG);
		if (strstr(buf_text(&report), cases[i].told) == NULL)
			fail_msg("%zu: %s", i, buf_text(&report));
	}
	assert_null(load(""));
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, path));
	assert_null(establishments_open("/nowhere/at.all", &report, &err));
	assert_int_equal(err.kind, ERR_CONFIG);
	/* All of them at once. */
	assert_null(load("uai;nom\nx;A\n0590119J;\n"));
	assert_non_null(strstr(buf_text(&report), ":2: "));
	assert_non_null(strstr(buf_text(&report), ":3: "));
}

static void
test_empty_list(void **state)
{
	struct establishments *list = load("uai;nom\n");

	(void)state;
	assert_non_null(list);
	assert_int_equal(establishments_count(list), 0);
	assert_string_equal(found(list, "lycee"), "");
	establishments_free(list);
	establishments_free(NULL);
}

static void
test_words(void **state)
{
	(void)state;
	assert_string_equal(
	    establishments_words(&arena, "Lycée de l\xe2\x80\x99"
					 "Europe, Ste-Anne"),
	    " lycee de l europe sainte anne leurope ");
	assert_string_equal(establishments_words(&arena, ""), " ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_ceilings),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_empty_list),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/*
 * A plan is that of the people in the files, in whatever order files and rows
 * come: the same rows, shuffled and dealt out to other files, make the same
 * plan, on an empty directory and on one that has half of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/lib/flow/batch.h"

enum { ROWS = 120, FILES = 3, SHUFFLES = 8, SEEDS = 4 };

static struct batch batch;
static const char *rows[ROWS];
static uint64_t seed;

/* xorshift64* */
static uint32_t
chance(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 33) % below;
}

static const char *
one_of(const char *const *list, size_t count)
{
	return list[chance((uint32_t)count)];
}

/* Forty people in three times as many rows, which agree in their number and
 * in little else. */
static const char *
make_row(void)
{
	static const char *const kinds[] = {
	    "etudiant", "enseignant", "administratif", "technique", "externe"};
	static const char *const usages[] = {
	    "", "", "Martin", "MARTIN", "Roux"};
	static const char *const mails[] = {
	    "", "a@courriel.example", "b@courriel.example"};
	static const char *const ends[] = {"", "", "31/08/2099", "30/06/2098"};
	static const char *const begins[] = {"", "", "01/09/2025"};
	unsigned who = chance(40);
	const char *birth = who % 4 == 0 && chance(2) ? "00/09/1975"
			    : chance(30) == 0         ? "02/09/1976"
						      : "01/09/1975";

	return arena_printf(&batch.arena,
	    "%s;%s;%s;%s;Dupont%c;%s;%s;%s;05901%02uX;%s;%s;%s\n",
	    one_of(kinds, COUNT_OF(kinds)),
	    chance(3) ? arena_printf(&batch.arena, "09E95%05uABC", who) : "",
	    who % 3 == 0 ? arena_printf(&batch.arena, "%010uA", who) : "",
	    arena_printf(&batch.arena, "E%u", who), 'a' + (char)(who % 22),
	    one_of(usages, COUNT_OF(usages)), chance(4) ? "Jean, Luc" : "Jean",
	    birth, chance(5), one_of(mails, COUNT_OF(mails)),
	    one_of(begins, COUNT_OF(begins)), one_of(ends, COUNT_OF(ends)));
}

static void
shuffle(void)
{
	for (size_t i = ROWS - 1; i > 0; i--) {
		size_t j = chance((uint32_t)i + 1);
		const char *row = rows[i];

		rows[i] = rows[j];
		rows[j] = row;
	}
}

/* Head and hash say when and from which files: all but them. */
static const char *
body_of_plan(void)
{
	const char *begin = strchr(batch.plan, '\n');
	const char *end = strstr(batch.plan, "{\"hash\"");

	assert_non_null(begin);
	assert_non_null(end);
	return arena_dup_n(&batch.arena, begin, (size_t)(end - begin));
}

static const char *
plan_of_shuffled(void)
{
	char paths[FILES][32];
	const char *files[FILES + 1] = {NULL};
	struct buf text[FILES];

	shuffle();
	for (size_t i = 0; i < FILES; i++)
		buf_init(&text[i], 1024 * 1024);
	/* None may be without a row. */
	for (size_t i = 0; i < ROWS; i++)
		buf_addf(&text[i < FILES ? i : chance(FILES)], "%s", rows[i]);
	for (size_t i = 0; i < FILES; i++) {
		batch_write_feed(
		    paths[i], buf_text(&text[i]), batch.provision.now_ms);
		files[i] = paths[i];
		buf_free(&text[i]);
	}
	(void)unlink(batch.moderation);
	assert_int_equal(batch_plan_files(&batch, files), 0);
	for (size_t i = 0; i < FILES; i++)
		(void)unlink(paths[i]);
	return body_of_plan();
}

static void
assert_same_plans(void)
{
	const char *first = plan_of_shuffled();
	size_t rejected = batch.planned.rejected;

	assert_true(strlen(first) > 0);
	for (int i = 0; i < SHUFFLES; i++) {
		assert_string_equal(plan_of_shuffled(), first);
		assert_int_equal(batch.planned.rejected, rejected);
	}
}

static void
test_any_order_is_one_plan(void **unused)
{
	(void)unused;
	for (uint64_t number = 1; number <= SEEDS; number++) {
		seed = number * UINT64_C(0x9E3779B97F4A7C15);
		batch_clear(&batch);
		for (size_t i = 0; i < ROWS; i++)
			rows[i] = make_row();
		assert_same_plans();
		assert_true(batch.planned.created > 20);
		assert_int_equal(batch_apply(&batch), 0);
		/* they change, and others come */
		for (size_t i = 0; i < ROWS; i += 2)
			rows[i] = make_row();
		assert_same_plans();
		assert_true(batch.planned.changed > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_any_order_is_one_plan),
	};
	int failed;

	batch_start(&batch);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	batch_stop(&batch);
	return failed;
}

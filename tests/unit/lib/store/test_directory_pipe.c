/*
 * Many requests under way: all are answered, one that is refused disturbs
 * none, a change meets its assertion, and a server that dies or falls silent
 * ends the pipe and not the caller.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/store/directory_pipe.h"
#include "tests/support/house.h"
#include "tests/support/pause.h"

static struct house house;
static struct directory *model;
static struct directory_pipe *pipe_of_test;

static int
open_pipe(void **state)
{
	(void)state;
	model = house_provision(&house);
	pipe_of_test = directory_pipe_new(model, PIPE_CONNECTIONS, PIPE_DEPTH);
	return 0;
}

static int
close_pipe(void **state)
{
	(void)state;
	directory_pipe_free(pipe_of_test);
	directory_free(model);
	return 0;
}

static const char *
dn_of(const char *name)
{
	return directory_dn(&house.arena, "rentreeLogin", name, SLAPD_LOGINS);
}

static int
reserve(const char *name, const char *source, void *tag)
{
	const char *classes[] = {"rentreeReservation", NULL};
	const char *names[] = {name, NULL};
	const char *sources[] = {source, NULL};
	const struct change attributes[] = {
	    {CHANGE_ADD, "objectClass", classes},
	    {CHANGE_ADD, "rentreeLogin", names},
	    {CHANGE_ADD, "rentreeSource", sources},
	};

	return directory_pipe_add(
	    pipe_of_test, dn_of(name), attributes, 3, tag, &house.err);
}

static struct directory_answer
next(void)
{
	struct directory_answer answer = {0};

	assert_int_equal(directory_pipe_next(pipe_of_test, &answer, &house.err),
	    LOOKUP_FOUND);
	return answer;
}

static void
test_nothing_under_way(void **unused)
{
	struct directory_answer answer;

	(void)unused;
	assert_true(directory_pipe_has_room(pipe_of_test));
	assert_int_equal(directory_pipe_next(pipe_of_test, &answer, &house.err),
	    LOOKUP_ABSENT);
}

enum { MANY = 400 };

/* Each request has its own answer, whatever the order. */
static void
test_many(void **unused)
{
	static size_t answered[MANY];
	size_t asked = 0, done = 0;

	(void)unused;
	while (done < MANY) {
		while (asked < MANY && directory_pipe_has_room(pipe_of_test)) {
			const char *name =
			    arena_printf(&house.arena, "many%zu", asked);

			assert_int_equal(
			    reserve(name, "{EMP}1$x", &answered[asked]), 0);
			asked++;
		}
		/* as deep as it promises, and no deeper */
		if (asked == PIPE_CONNECTIONS * PIPE_DEPTH && done == 0)
			assert_int_equal(reserve("over", "x", NULL), -1);
		struct directory_answer answer = next();

		assert_int_equal(answer.result, LOOKUP_FOUND);
		(*(size_t *)answer.tag)++;
		done++;
	}
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(answered[i], 1);
	test_nothing_under_way(NULL);
}

/* One that is there already, one that the schema refuses, one without a
 * parent, between others. */
static void
test_refused_among_others(void **unused)
{
	const char *classes[] = {"rentreeReservation", NULL};
	const char *names[] = {"none", NULL};
	const char *odd[] = {"é", NULL}; /* IA5 it is not */
	const struct change bad[] = {
	    {CHANGE_ADD, "objectClass", classes},
	    {CHANGE_ADD, "rentreeLogin", names},
	    {CHANGE_ADD, "rentreeSource", odd},
	};
	enum { FIRST, TWICE, BAD, ORPHAN, LAST, COUNT };
	struct directory_answer answers[COUNT] = {0};
	int tags[COUNT];

	(void)unused;
	assert_int_equal(reserve("first", "s", &tags[FIRST]), 0);
	assert_int_equal(next().result, LOOKUP_FOUND);
	assert_int_equal(reserve("first", "other", &tags[TWICE]), 0);
	assert_int_equal(directory_pipe_add(pipe_of_test, dn_of("none"), bad, 3,
			     &tags[BAD], &house.err),
	    0);
	assert_int_equal(directory_pipe_add(pipe_of_test,
			     "rentreeLogin=none,ou=nowhere," SLAPD_SUFFIX, bad,
			     2, &tags[ORPHAN], &house.err),
	    0);
	assert_int_equal(reserve("last", "s", &tags[LAST]), 0);
	for (int i = TWICE; i < COUNT; i++) {
		struct directory_answer answer = next();

		answers[(int *)answer.tag - tags] = answer;
	}
	assert_int_equal(answers[TWICE].result, LOOKUP_ABSENT);
	assert_int_equal(answers[BAD].result, LOOKUP_FAILED);
	assert_int_equal(answers[BAD].err.kind, ERR_INTERNAL);
	assert_non_null(strstr(answers[BAD].err.text, "rentreeSource"));
	assert_int_equal(answers[ORPHAN].result, LOOKUP_FAILED);
	assert_int_equal(answers[ORPHAN].err.kind, ERR_CONFIG);
	assert_int_equal(answers[LAST].result, LOOKUP_FOUND);
}

static void
test_match(void **unused)
{
	struct directory_answer answer;

	(void)unused;
	assert_int_equal(reserve("matched", "mine", NULL), 0);
	assert_int_equal(next().result, LOOKUP_FOUND);
	assert_int_equal(
	    directory_pipe_match(pipe_of_test, dn_of("matched"),
		"(rentreeSource=mine)", "rentreeSource", NULL, &house.err),
	    0);
	answer = next();
	assert_int_equal(answer.result, LOOKUP_FOUND);
	assert_true(answer.has_attribute);
	assert_int_equal(
	    directory_pipe_match(pipe_of_test, dn_of("matched"),
		"(rentreeSource=mine)", "description", NULL, &house.err),
	    0);
	answer = next();
	assert_int_equal(answer.result, LOOKUP_FOUND);
	assert_false(answer.has_attribute);
	assert_int_equal(directory_pipe_match(pipe_of_test, dn_of("matched"),
			     "(rentreeSource=yours)", NULL, NULL, &house.err),
	    0);
	assert_int_equal(next().result, LOOKUP_ABSENT);
	assert_int_equal(directory_pipe_match(pipe_of_test, dn_of("nobody"),
			     "(rentreeSource=mine)", NULL, NULL, &house.err),
	    0);
	assert_int_equal(next().result, LOOKUP_ABSENT);
}

static void
test_change(void **unused)
{
	const char *text[] = {"changed", NULL};
	const struct change changes[] = {{CHANGE_REPLACE, "description", text}};
	const char *const assertions[] = {
	    "(rentreeSource=no)", "(rentreeSource=yes)", NULL};
	const enum lookup expected[] = {
	    LOOKUP_FAILED, LOOKUP_FOUND, LOOKUP_FOUND};

	(void)unused;
	assert_int_equal(reserve("changing", "yes", NULL), 0);
	assert_int_equal(next().result, LOOKUP_FOUND);
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		struct directory_answer answer;

		assert_int_equal(
		    directory_pipe_change(pipe_of_test, dn_of("changing"),
			changes, 1, assertions[i], NULL, &house.err),
		    0);
		answer = next();
		assert_int_equal(answer.result, expected[i]);
		if (answer.result == LOOKUP_FAILED)
			assert_int_equal(answer.err.kind, ERR_REFUSED);
	}
	assert_int_equal(directory_pipe_change(pipe_of_test, dn_of("nobody"),
			     changes, 1, NULL, NULL, &house.err),
	    0);
	assert_int_equal(next().result, LOOKUP_ABSENT);
}

/* Asks until nothing is left or something failed. */
static enum lookup
drain(void)
{
	struct directory_answer answer;
	enum lookup got;

	do
		got = directory_pipe_next(pipe_of_test, &answer, &house.err);
	while (got == LOOKUP_FOUND);
	return got;
}

static void
test_a_server_that_is_away(void **unused)
{
	(void)unused;
	for (int i = 0; i < 8; i++)
		assert_int_equal(
		    reserve(arena_printf(&house.arena, "away%d", i), "s", NULL),
		    0);
	assert_int_equal(drain(), LOOKUP_ABSENT);
	slapd_halt(&house.slapd);
	/* connected, and nobody there any more */
	if (reserve("later", "s", NULL) == 0)
		assert_int_equal(drain(), LOOKUP_FAILED);
	assert_int_equal(house.err.kind, ERR_UNAVAILABLE);
	/* it stays broken: what was under way is not known */
	slapd_again(&house.slapd);
	assert_int_equal(reserve("later", "s", NULL), -1);
	assert_int_equal(house.err.kind, ERR_UNAVAILABLE);
	assert_int_equal(drain(), LOOKUP_FAILED);
	(void)close_pipe(NULL);
	(void)open_pipe(NULL);
	assert_int_equal(reserve("later", "s", NULL), 0);
	assert_int_equal(next().result, LOOKUP_FOUND);
}

static void
test_a_server_that_falls_silent(void **unused)
{
	(void)unused;
	house.conf.timeout_ms = 400;
	assert_int_equal(reserve("silent0", "s", NULL), 0);
	assert_int_equal(next().result, LOOKUP_FOUND);
	pause_child(house.slapd.pid);
	for (int i = 1; i < PIPE_DEPTH; i++)
		if (reserve(arena_printf(&house.arena, "silent%d", i), "s",
			NULL) != 0)
			break;
	assert_int_equal(drain(), LOOKUP_FAILED);
	assert_int_equal(house.err.kind, ERR_UNAVAILABLE);
	kill(house.slapd.pid, SIGCONT);
	house.conf.timeout_ms = 3000;
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pipe, close_pipe)
	const struct CMUnitTest tests[] = {
	    TEST(test_nothing_under_way),
	    TEST(test_many),
	    TEST(test_refused_among_others),
	    TEST(test_match),
	    TEST(test_change),
	    TEST(test_a_server_that_is_away),
	    TEST(test_a_server_that_falls_silent),
	};
	int failed;

	house_start(&house, NULL, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	house_stop(&house);
	return failed;
}

/* From active to closed, one step a run, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/people/leaving.h"
#include "lib/people/people_conf.h"

#define DAY (24 * 3600 * INT64_C(1000))
#define NOW (20000 * DAY)

static void
expect(const struct leaving_facts *facts, enum leaving_step step,
    const char *state, int64_t end_ms, int64_t absent_ms)
{
	struct leaving next = leaving_next(facts, NOW);

	assert_int_equal(next.step, step);
	assert_string_equal(next.state, state);
	assert_int_equal(next.end_ms, end_ms);
	assert_int_equal(next.absent_ms, absent_ms);
}

static void
test_absence(void **unused)
{
	struct leaving_facts facts = {
	    .state = "A:SupannActif", .grace_ms = 92 * DAY};

	(void)unused;
	expect(&facts, LEAVING_NOTED, "A:SupannActif", 0, NOW);
	facts.absent_ms = NOW - LEAVING_AGAIN_MS + 1;
	expect(&facts, LEAVING_NONE, "A:SupannActif", 0, facts.absent_ms);
	facts.absent_ms = NOW - LEAVING_AGAIN_MS;
	expect(&facts, LEAVING_GRACE, "A:SupannSursis",
	    facts.absent_ms + 92 * DAY, facts.absent_ms);
	/* Long ago: still grace first, and a day of it. */
	facts.absent_ms = NOW - 200 * DAY;
	expect(&facts, LEAVING_GRACE, "A:SupannSursis", NOW + DAY,
	    facts.absent_ms);
	facts.state = "A:SupannSursis";
	facts.end_ms = NOW + 1;
	expect(
	    &facts, LEAVING_NONE, "A:SupannSursis", NOW + 1, facts.absent_ms);
	facts.end_ms = NOW;
	expect(&facts, LEAVING_OVER, "I:SupannInactif", NOW, facts.absent_ms);
	facts.state = "I:SupannInactif";
	expect(&facts, LEAVING_NONE, "I:SupannInactif", NOW, facts.absent_ms);
}

/* The file that was read a day ago, read again. */
static void
test_same_feed(void **unused)
{
	struct leaving_facts facts = {.state = "A:SupannActif",
	    .absent_ms = NOW - 3 * DAY,
	    .grace_ms = 92 * DAY};

	(void)unused;
	facts.feed_ms = NOW - 4 * DAY;
	expect(&facts, LEAVING_STALE, "A:SupannActif", 0, facts.absent_ms);
	/* The directory keeps seconds: noted in one, written in the same. */
	facts.feed_ms = facts.absent_ms + 999;
	expect(&facts, LEAVING_STALE, "A:SupannActif", 0, facts.absent_ms);
	facts.feed_ms = facts.absent_ms + 1000;
	expect(&facts, LEAVING_GRACE, "A:SupannSursis", NOW + 89 * DAY,
	    facts.absent_ms);
	/* Another feed, but too soon. */
	facts.absent_ms = NOW - DAY + 1000;
	facts.feed_ms = NOW;
	expect(&facts, LEAVING_NONE, "A:SupannActif", 0, facts.absent_ms);
	/* An end that was told needs no second look, however old it is. */
	facts.absent_ms = NOW - 3 * DAY;
	facts.feed_ms = NOW - 4 * DAY;
	facts.end_ms = NOW - DAY;
	expect(&facts, LEAVING_GRACE, "A:SupannSursis", NOW + 91 * DAY,
	    facts.absent_ms);
}

static void
test_end_date(void **unused)
{
	struct leaving_facts facts = {
	    .state = "A:SupannActif", .grace_ms = DAY, .listed = true};

	(void)unused;
	facts.until_ms = NOW + 1;
	expect(&facts, LEAVING_NONE, "A:SupannActif", NOW + 1, 0);
	facts.until_ms = NOW;
	expect(&facts, LEAVING_GRACE, "A:SupannSursis", NOW + DAY, 0);
	facts.state = "A:SupannSursis";
	expect(&facts, LEAVING_NONE, "A:SupannSursis", NOW + DAY, 0);
	facts.until_ms = NOW - DAY;
	expect(&facts, LEAVING_OVER, "I:SupannInactif", NOW, 0);
	/* A row that has gone with its end: no second look is needed. */
	facts = (struct leaving_facts){
	    .state = "A:SupannActif", .end_ms = NOW - DAY, .grace_ms = 3 * DAY};
	expect(&facts, LEAVING_GRACE, "A:SupannSursis", NOW + 2 * DAY, 0);
}

static void
test_back(void **unused)
{
	struct leaving_facts facts = {.state = "A:SupannSursis",
	    .end_ms = NOW + 5,
	    .absent_ms = NOW - DAY,
	    .listed = true};

	(void)unused;
	expect(&facts, LEAVING_BACK, "A:SupannActif", 0, 0);
	facts.state = "I:SupannInactif";
	facts.until_ms = NOW + 9 * DAY;
	expect(&facts, LEAVING_BACK, "A:SupannActif", NOW + 9 * DAY, 0);
	facts.state = "";
	expect(&facts, LEAVING_NONE, "A:SupannActif", NOW + 9 * DAY, 0);
	/* active all the time, and noted once */
	facts.state = "A:SupannAnticipe";
	expect(&facts, LEAVING_NONE, "A:SupannAnticipe", NOW + 9 * DAY, 0);
}

/* What an administrator closed, no feed opens; nor what nobody can read. */
static void
test_suspended(void **unused)
{
	static const char *const states[] = {
	    "S:SupannVerrouAdministratif", "X:Rien", "A:SupannActif:1:2"};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		struct leaving_facts facts = {
		    .state = states[i], .end_ms = 7, .absent_ms = 8};

		expect(&facts, LEAVING_NONE, states[i], 7, 8);
		facts.listed = true;
		expect(&facts, LEAVING_NONE, states[i], 7, 8);
	}
}

static void
test_new(void **unused)
{
	(void)unused;
	assert_string_equal(leaving_new(0, DAY, NOW).state, "A:SupannActif");
	assert_string_equal(
	    leaving_new(NOW + 1, DAY, NOW).state, "A:SupannActif");
	assert_string_equal(leaving_new(NOW, DAY, NOW).state, "A:SupannSursis");
	assert_int_equal(leaving_new(NOW, DAY, NOW).end_ms, NOW + DAY);
	assert_string_equal(
	    leaving_new(NOW - DAY, DAY, NOW).state, "I:SupannInactif");
}

static void
test_grace(void **unused)
{
	struct provision_conf conf = {
	    .grace_student_s = 92, .grace_staff_s = 62, .grace_external_s = 1};
	static const char *const student[] = {"etudiant", NULL};
	static const char *const staff[] = {"technique", NULL};
	static const char *const guest[] = {"externe", NULL};
	static const char *const both[] = {"enseignant", "etudiant", NULL};

	(void)unused;
	assert_int_equal(leaving_grace_ms(&conf, student), 92000);
	assert_int_equal(leaving_grace_ms(&conf, staff), 62000);
	assert_int_equal(leaving_grace_ms(&conf, guest), 1000);
	assert_int_equal(leaving_grace_ms(&conf, both), 92000);
}

static void
test_warning(void **unused)
{
	(void)unused;
	assert_int_equal(leaving_warning(NOW + 31 * DAY, 0, NOW), 0);
	assert_int_equal(leaving_warning(NOW + 30 * DAY, 0, NOW), 30);
	assert_int_equal(leaving_warning(NOW + 30 * DAY, 30, NOW), 0);
	assert_int_equal(leaving_warning(NOW + 10 * DAY + 1, 30, NOW), 0);
	assert_int_equal(leaving_warning(NOW + 10 * DAY, 30, NOW), 10);
	assert_int_equal(leaving_warning(NOW + 9 * DAY, 10, NOW), 0);
	assert_int_equal(leaving_warning(NOW + DAY, 10, NOW), 1);
	assert_int_equal(leaving_warning(NOW + DAY, 0, NOW), 1);
	assert_int_equal(leaving_warning(NOW + 1, 1, NOW), 0);
	assert_int_equal(leaving_warning(NOW, 10, NOW), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_absence),
	    cmocka_unit_test(test_same_feed),
	    cmocka_unit_test(test_end_date),
	    cmocka_unit_test(test_back),
	    cmocka_unit_test(test_suspended),
	    cmocka_unit_test(test_new),
	    cmocka_unit_test(test_grace),
	    cmocka_unit_test(test_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

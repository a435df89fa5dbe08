#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/buf.h"
#include "lib/flow/meters.h"

static char fr[] = "fr", en[] = "en";
static char *list[] = {fr, en, NULL};
static const struct conf_words languages = {list, 2};

static void
assert_shows(struct meters *meters, const char *line)
{
	struct buf out;

	buf_init(&out, 65536);
	metrics_write(meters_of(meters), &out);
	assert_true(buf_ok(&out));
	if (strstr(buf_text(&out), line) == NULL)
		fail_msg("no %s in\n%s", line, buf_text(&out));
	buf_free(&out);
}

static void
test_every_kind_has_its_word(void **unused)
{
	struct meters *meters = meters_new(METERS_WORKER, &languages);
	struct buf out;

	(void)unused;
	for (int kind = 1; kind < 128; kind++)
		if (strcmp(request_kind_name((enum request_kind)kind),
			"unknown") != 0)
			meters_request(
			    meters, (enum request_kind)kind, DONE_FINISHED);
	buf_init(&out, 65536);
	metrics_write(meters_of(meters), &out);
	assert_non_null(
	    strstr(buf_text(&out), "{kind=\"other\",result=\"finished\"} 0\n"));
	buf_free(&out);
	meters_free(meters);
}

static void
test_languages_are_those_of_the_site(void **unused)
{
	struct meters *meters = meters_new(METERS_WORKER, &languages);

	(void)unused;
	meters_step(meters, METER_DONE, FLOW_RECOVER, "en");
	meters_step(meters, METER_DONE, FLOW_RECOVER, "tlh");
	meters_step(meters, METER_DONE, FLOW_RECOVER, NULL);
	meters_step(NULL, METER_DONE, FLOW_RECOVER, "en");
	assert_shows(meters,
	    "rentree_done_total{flow=\"recover\",language=\"fr\"} 0\n"
	    "rentree_done_total{flow=\"recover\",language=\"en\"} 1\n"
	    "rentree_done_total{flow=\"recover\",language=\"other\"} 2\n");
	meters_free(meters);
}

static void
test_limits_by_the_check_that_refused(void **unused)
{
	struct meters *meters = meters_new(METERS_WORKER, &languages);
	struct limit_list limits = {.count = 3,
	    .checks = {
		{.name = "a32-0:00"}, {.name = "budget:bulk"}, {.name = "zz"}}};
	struct limit_verdict verdict = {.refused = false};

	(void)unused;
	meters_limit(meters, &limits, &verdict);
	verdict.refused = true;
	for (verdict.which = 0; verdict.which < 3; verdict.which++)
		meters_limit(meters, &limits, &verdict);
	assert_shows(meters, "{limit=\"address\"} 1\n");
	assert_shows(meters, "{limit=\"budget\"} 1\n");
	assert_shows(meters, "{limit=\"pace\"} 0\n");
	assert_shows(meters, "{limit=\"other\"} 1\n");
	meters_free(meters);
}

static void
test_acts_of_the_desk(void **unused)
{
	struct meters *meters = meters_new(METERS_WORKER, &languages);

	(void)unused;
	for (int kind = DESK_CODE; kind < DESK_KINDS; kind++)
		for (int end = 0; end < DESK_ENDS; end++)
			meters_desk(
			    meters, (enum desk_kind)kind, (enum desk_end)end);
	/* Every kind of a page has its word; an invitation is none. */
	assert_shows(meters, "{kind=\"account.link\",result=\"done\"} 1\n");
	assert_shows(meters, "{kind=\"account.link\",result=\"quota\"} 1\n");
	assert_shows(meters, "{kind=\"account.link\",result=\"failed\"} 2\n");
	assert_shows(meters, "{kind=\"numen.reissue\",result=\"done\"} 1\n");
	assert_shows(meters, "{kind=\"other\",result=\"done\"} 1\n");
	meters_free(meters);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_kind_has_its_word),
	    cmocka_unit_test(test_languages_are_those_of_the_site),
	    cmocka_unit_test(test_limits_by_the_check_that_refused),
	    cmocka_unit_test(test_acts_of_the_desk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

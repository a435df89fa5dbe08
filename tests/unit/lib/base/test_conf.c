#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/conf.h"
#include "lib/base/err.h"

struct all {
	const char *text;
	long count;
	long duration;
	double share;
	bool flag;
	struct conf_words words;
	struct conf_rates rates;
	int choice;
};

struct few {
	const char *must;
	long student_s;
};

#define AT(field) offsetof(struct all, field)

static const struct conf_def all_defs[] = {
    {"text", CONF_TEXT, AT(text), "rest", 0, 0, NULL, "any text"},
    {"count", CONF_COUNT, AT(count), "5", 1, 10, NULL, "a number"},
    {"duration", CONF_DURATION, AT(duration), "1h", 60, 1209600, NULL,
	"how long"},
    {"share", CONF_PERCENT, AT(share), "5%", 0, 50, NULL, "a share"},
    {"flag", CONF_FLAG, AT(flag), "yes", 0, 0, NULL, "on or off"},
    {"words", CONF_WORDS, AT(words), "fr en", 0, 0, NULL, "several"},
    {"rates", CONF_RATES, AT(rates), "3/1h 6/24h", 0, 0, NULL, "rates"},
    {"choice", CONF_CHOICE, AT(choice), "exop", 0, 0, "exop|modify_assert",
	"one of"},
    {NULL, CONF_TEXT, 0, NULL, 0, 0, NULL, NULL},
};

static const struct conf_def few_defs[] = {
    {"must", CONF_TEXT, offsetof(struct few, must), NULL, 0, 0, NULL,
	"cannot be guessed"},
    {"grace.student", CONF_DURATION, offsetof(struct few, student_s), "92d", 1,
	86400L * 400, NULL, "a key with a dot"},
    {NULL, CONF_TEXT, 0, NULL, 0, 0, NULL, NULL},
};

struct world {
	struct arena arena;
	struct buf report;
	struct err err;
	struct all all;
	struct few few;
	struct conf_section sections[3];
};

static void
begin(struct world *w)
{
	*w = (struct world){.sections = {
				{"all", all_defs, &w->all},
				{"few.more", few_defs, &w->few},
				{NULL, NULL, NULL},
			    }};
	memset(&w->all, 0xFF, sizeof(w->all));
	buf_init(&w->report, 64 * 1024);
}

static void
end(struct world *w)
{
	buf_free(&w->report);
	arena_reset(&w->arena);
}

static int
parse(struct world *w, const char *text, size_t len)
{
	return conf_parse(
	    "x.conf", text, len, w->sections, &w->arena, &w->report, &w->err);
}

static void
test_defaults(void **state)
{
	static const char text[] = "[few.more]\nmust = x\n";
	struct world w;

	(void)state;
	begin(&w);
	assert_int_equal(parse(&w, text, strlen(text)), 0);
	assert_string_equal(buf_text(&w.report), "");
	assert_string_equal(w.all.text, "rest");
	assert_int_equal(w.all.count, 5);
	assert_int_equal(w.all.duration, 3600);
	assert_true(w.all.share == 5.0);
	assert_true(w.all.flag);
	assert_int_equal(w.all.words.count, 2);
	assert_string_equal(w.all.words.list[1], "en");
	assert_null(w.all.words.list[2]);
	assert_int_equal(w.all.rates.count, 2);
	assert_int_equal(w.all.rates.list[0].burst, 3);
	assert_int_equal(w.all.rates.list[0].period_s, 3600);
	assert_int_equal(w.all.rates.list[1].burst, 6);
	assert_int_equal(w.all.rates.list[1].period_s, 86400);
	assert_int_equal(w.all.choice, 0);
	assert_string_equal(w.few.must, "x");
	assert_int_equal(w.few.student_s, 92L * 86400);
	end(&w);
}

/* Comments, white space, BOM, CR LF, empty values, order of sections. */
static void
test_grammar(void **state)
{
	static const char text[] = "\xEF\xBB\xBF; comment = no\r\n"
				   "# another\r\n"
				   "  [few.more]   ; a section\r\n"
				   "must=a=b;c # d\t; comment ; again\r\n"
				   "grace.student = 90\n"
				   "\t\n"
				   "[all]\n"
				   "text =                ; nothing\n"
				   "words =\n"
				   "  count =  10  \n"
				   "duration = 15m\n"
				   "share = 0.25%\n"
				   "flag = no\n"
				   "rates = 20/90s\n"
				   "choice = modify_assert";
	struct world w;

	(void)state;
	begin(&w);
	assert_int_equal(parse(&w, text, strlen(text)), 0);
	assert_string_equal(buf_text(&w.report), "");
	assert_string_equal(w.few.must, "a=b;c # d");
	assert_int_equal(w.few.student_s, 90);
	assert_string_equal(w.all.text, "");
	assert_int_equal(w.all.words.count, 0);
	assert_null(w.all.words.list[0]);
	assert_int_equal(w.all.count, 10);
	assert_int_equal(w.all.duration, 900);
	assert_true(w.all.share == 0.25);
	assert_false(w.all.flag);
	assert_int_equal(w.all.rates.count, 1);
	assert_int_equal(w.all.rates.list[0].period_s, 90);
	assert_int_equal(w.all.choice, 1);
	end(&w);
}

static void
test_values_refused(void **state)
{
	static const struct {
		const char *line;
		const char *sentence;
	} cases[] = {
	    {"count =", "count: must be a whole number from 1 to 10"},
	    {"count = 0", "count: must be a whole number from 1 to 10"},
	    {"count = 11", "count: must be a whole number from 1 to 10"},
	    {"count = +5", "count: must be a whole number from 1 to 10"},
	    {"count = 5 5", "count: must be a whole number from 1 to 10"},
	    {"count = 99999999999999999999",
		"count: must be a whole number from 1 to 10"},
	    {"duration = 59", "duration: must be a duration (90s 15m 1h "
			      "14d) from 1m to 14d"},
	    {"duration = 15d", "duration: must be a duration (90s 15m 1h "
			       "14d) from 1m to 14d"},
	    {"duration = 1h30m", "duration: must be a duration (90s 15m "
				 "1h 14d) from 1m to 14d"},
	    {"duration = h", "duration: must be a duration (90s 15m 1h "
			     "14d) from 1m to 14d"},
	    {"duration = 999999999999999999d",
		"duration: must be a duration (90s 15m 1h 14d) from 1m "
		"to 14d"},
	    {"share = 5", "share: must be a share (5% or 0.5%) from 0% to 50%"},
	    {"share = 50.001%",
		"share: must be a share (5% or 0.5%) from 0% to 50%"},
	    {"share = 1.%",
		"share: must be a share (5% or 0.5%) from 0% to 50%"},
	    {"share = .5%",
		"share: must be a share (5% or 0.5%) from 0% to 50%"},
	    {"share = 0.1234%",
		"share: must be a share (5% or 0.5%) from 0% to 50%"},
	    {"share = 0.0001%",
		"share: must be a share (5% or 0.5%) from 0% to 50%"},
	    {"share = 5%%",
		"share: must be a share (5% or 0.5%) from 0% to 50%"},
	    {"flag = true", "flag: must be yes or no"},
	    {"flag = Yes", "flag: must be yes or no"},
	    {"flag =", "flag: must be yes or no"},
	    {"rates =", "rates: must be one to 4 rates, burst/period "
			"(3/1h 6/24h)"},
	    {"rates = 0/1h", "rates: must be one to 4 rates, "
			     "burst/period (3/1h 6/24h)"},
	    {"rates = 1/0s", "rates: must be one to 4 rates, "
			     "burst/period (3/1h 6/24h)"},
	    {"rates = 1h", "rates: must be one to 4 rates, burst/period "
			   "(3/1h 6/24h)"},
	    {"rates = 1/1h 1/1h 1/1h 1/1h 1/1h",
		"rates: must be one to 4 rates, burst/period "
		"(3/1h 6/24h)"},
	    {"choice = EXOP", "choice: must be one of exop|modify_assert"},
	    {"choice =", "choice: must be one of exop|modify_assert"},
	};
	char expected[256];
	struct world w;
	struct buf text;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		begin(&w);
		buf_init(&text, 1024);
		buf_addf(
		    &text, "[few.more]\nmust = x\n[all]\n%s\n", cases[i].line);
		print_message("case %zu: %s\n", i, cases[i].line);
		assert_int_equal(parse(&w, text.bytes, text.len), -1);
		snprintf(expected, sizeof(expected), "x.conf:4: [all] %s\n",
		    cases[i].sentence);
		assert_string_equal(buf_text(&w.report), expected);
		assert_int_equal(w.err.kind, ERR_CONFIG);
		/* What is wrong keeps its default. */
		assert_int_equal(w.all.count, 5);
		assert_int_equal(w.all.rates.count, 2);
		buf_free(&text);
		end(&w);
	}
}

static void
test_lines_refused(void **state)
{
	static const struct {
		const char *text;
		const char *report;
	} cases[] = {
	    {"count = 1\n[few.more]\nmust = x\n",
		"x.conf:1: a key before the first [section]\n"},
	    {"[few.more]\nmust = x\nnonsense\n",
		"x.conf:3: this is neither [section] nor key = value\n"},
	    {"[few.more]\nmust = x\n= 5\n",
		"x.conf:3: this cannot be the name of a key\n"},
	    {"[few.more]\nmust = x\n[all\ncount = 99\n",
		"x.conf:3: a section is written [name]\n"},
	    {"[few.more]\nmust = x\n[all] x\n",
		"x.conf:3: a section is written [name]\n"},
	    {"[few.more]\nmust = x\n[]\n",
		"x.conf:3: this cannot be the name of a section\n"},
	    {"[few.more]\nmust = x\n[\n",
		"x.conf:3: a section is written [name]\n"},
	    {"[few.more]\nmust = \xE9t\xE9\n",
		"x.conf:2: the value holds a control character or bytes "
		"that are not UTF-8\n"
		"x.conf:0: [few.more] must: is required and not set\n"},
	    {"[few.more]\nmust = a\tb\n",
		"x.conf:2: the value holds a control character or bytes "
		"that are not UTF-8\n"
		"x.conf:0: [few.more] must: is required and not set\n"},
	    {"[few.more]\nmust = x\nmust = y\n",
		"x.conf:3: [few.more] must: stands a second time, first "
		"in line 2\n"},
	    {"[few.more]\nmust = x\n[all]\n[few.more]\n",
		"x.conf:4: [few.more] stands a second time, first in "
		"line 1\n"},
	    {"[few.more]\nmust =\n",
		"x.conf:2: [few.more] must: is required, so it cannot be "
		"empty\n"},
	    {"", "x.conf:0: [few.more] must: is required and not set\n"},
	    {"[few.more]\nmust = x\n[al]\nanything = 5\nmore = 6\n",
		"x.conf:3: there is no section [al]; the nearest is "
		"[all]\n"},
	    {"[few.more]\nmust = x\ngrace.students = 1d\n",
		"x.conf:3: [few.more] has no key grace.students; the "
		"nearest is grace.student\n"},
	    {"[few.more]\nmust = x\n[all]\ncuont = 5\nflags = no\n",
		"x.conf:4: [all] has no key cuont; the nearest is count\n"
		"x.conf:5: [all] has no key flags; the nearest is "
		"flag\n"},
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		begin(&w);
		print_message("case %zu\n", i);
		assert_int_equal(
		    parse(&w, cases[i].text, strlen(cases[i].text)), -1);
		assert_string_equal(buf_text(&w.report), cases[i].report);
		end(&w);
	}
}

static void
test_all_errors_are_counted(void **state)
{
	static const char text[] = "[all]\ncount = x\nflag = x\nfoo = x\n";
	static const char nul[] = "[few.more]\nmust = a\0b\n";
	struct world w;

	(void)state;
	begin(&w);
	assert_int_equal(parse(&w, text, strlen(text)), -1);
	assert_string_equal(w.err.text, "x.conf has 4 errors");
	end(&w);
	begin(&w);
	assert_int_equal(parse(&w, nul, sizeof(nul) - 1), -1);
	assert_non_null(strstr(buf_text(&w.report), "x.conf:2: the value"));
	end(&w);
}

/* A report that is full hides lines, but no error. */
static void
test_report_full(void **state)
{
	static const char text[] = "[few.more]\nmust = x\nnonsense\n";
	struct world w;

	(void)state;
	begin(&w);
	buf_init(&w.report, 10);
	assert_int_equal(parse(&w, text, strlen(text)), -1);
	assert_string_equal(w.err.text, "x.conf has 1 error");
	end(&w);
}

static void
test_sample(void **state)
{
	static const char expected[] = "[few.more]\n"
				       "; cannot be guessed\n"
				       "; must =    ; required\n"
				       "; a key with a dot\n"
				       "grace.student = 92d\n"
				       "\n"
				       "[all]\n"
				       "; any text\n"
				       "text = rest\n";
	struct conf_section turned[3];
	struct buf sample;
	struct world w;

	(void)state;
	begin(&w);
	buf_init(&sample, 8192);
	turned[0] = w.sections[1];
	turned[1] = w.sections[0];
	turned[2] = w.sections[2];
	conf_write_sample(turned, &sample);
	assert_memory_equal(buf_text(&sample), expected, strlen(expected));
	assert_non_null(strstr(buf_text(&sample),
	    "; one of (exop|modify_assert)\nchoice = exop\n"));
	/* It reads back, but for what only the reader can know. */
	assert_int_equal(parse(&w, sample.bytes, sample.len), -1);
	assert_string_equal(buf_text(&w.report),
	    "x.conf:0: [few.more] must: is required and not set\n");
	buf_free(&sample);
	end(&w);
}

static void
write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
test_read_and_complain(void **state)
{
	char path[] = "/tmp/test_conf.XXXXXX", expected[256];
	struct world w;

	(void)state;
	write_file(path, "[all]\nflag = no\n\n[few.more]\nmust = x\nflag2 =");
	begin(&w);
	assert_int_equal(
	    conf_read(path, w.sections, &w.arena, &w.report, &w.err), -1);
	assert_false(w.all.flag);
	buf_clear(&w.report);
	conf_complain(&w.report, path, "few.more", "must", "is wrong");
	conf_complain(&w.report, path, "all", "must", "is absent");
	snprintf(expected, sizeof(expected),
	    "%s:5: [few.more] must: is wrong\n%s:0: [all] must: is absent\n",
	    path, path);
	assert_string_equal(buf_text(&w.report), expected);
	buf_clear(&w.report);
	unlink(path);
	assert_int_equal(
	    conf_read(path, w.sections, &w.arena, &w.report, &w.err), -1);
	assert_int_equal(w.err.kind, ERR_CONFIG);
	assert_non_null(strstr(w.err.text, path));
	assert_string_equal(buf_text(&w.report), "");
	conf_complain(&w.report, "none", "all", "flag", "is wrong");
	assert_string_equal(
	    buf_text(&w.report), "none:0: [all] flag: is wrong\n");
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_grammar),
	    cmocka_unit_test(test_values_refused),
	    cmocka_unit_test(test_lines_refused),
	    cmocka_unit_test(test_all_errors_are_counted),
	    cmocka_unit_test(test_report_full),
	    cmocka_unit_test(test_sample),
	    cmocka_unit_test(test_read_and_complain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

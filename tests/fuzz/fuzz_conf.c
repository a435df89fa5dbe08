/* A configuration file. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/conf.h"
#include "lib/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

#define AT(field) offsetof(struct all, field)

static const struct conf_def defs[] = {
    {"text", CONF_TEXT, AT(text), NULL, 0, 0, NULL, ""},
    {"count", CONF_COUNT, AT(count), "5", 1, 10, NULL, ""},
    {"duration", CONF_DURATION, AT(duration), "1h", 60, 99999, NULL, ""},
    {"share", CONF_PERCENT, AT(share), "5%", 0, 50, NULL, ""},
    {"flag", CONF_FLAG, AT(flag), "yes", 0, 0, NULL, ""},
    {"words", CONF_WORDS, AT(words), "", 0, 0, NULL, ""},
    {"rates", CONF_RATES, AT(rates), "3/1h", 0, 0, NULL, ""},
    {"choice", CONF_CHOICE, AT(choice), "a", 0, 0, "a|b", ""},
    {NULL, CONF_TEXT, 0, NULL, 0, 0, NULL, NULL},
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct all one, two;
	const struct conf_section sections[] = {
	    {"one", defs, &one},
	    {"one.two", defs, &two},
	    {NULL, NULL, NULL},
	};
	struct arena arena = {NULL};
	struct buf report;
	struct err err;
	int rc;

	buf_init(&report, 64 * 1024);
	rc = conf_parse(
	    "x", (const char *)data, size, sections, &arena, &report, &err);
	/* One is right or told, and what stands there can be used. */
	if ((rc == 0) != (report.len == 0) && buf_ok(&report))
		abort();
	if (one.count < 1 || one.count > 10 || one.share > 50 ||
	    two.duration < 60 || two.rates.count == 0 ||
	    two.words.list[two.words.count] != NULL)
		abort();
	if (rc == 0 && (*one.text == '\0' || *two.text == '\0'))
		abort();
	buf_free(&report);
	arena_reset(&arena);
	return 0;
}

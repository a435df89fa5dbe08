/* The decision table of same_person.h, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/people/same_person.h"

#define N(x) SAME_NUMBER_##x
#define F(x) SAME_FAMILY_##x
#define B(x) SAME_BIRTH_##x

struct row {
	struct same_facts facts;
	enum same_verdict verdict;
};

static const struct row table[] = {
    /* one number: one person, whatever else changed */
    {{N(EQUAL), F(OTHER), B(OTHER), false, true}, SAME_PERSON},
    /* other numbers, other birth date: homonyms */
    {{N(OTHER), F(EQUAL), B(OTHER), true, true}, SAME_DIFFERENT},
    /* other numbers, everything else the same */
    {{N(OTHER), F(EQUAL), B(EQUAL), true, true}, SAME_ASK},
    /* twins */
    {{N(OTHER), F(EQUAL), B(EQUAL), false, true}, SAME_DIFFERENT},
    {{N(OTHER), F(CROSSED), B(EQUAL), true, true}, SAME_DIFFERENT},
    /* no number in common */
    {{N(NONE), F(EQUAL), B(EQUAL), true, true}, SAME_ASK_LIKELY},
    {{N(NONE), F(CROSSED), B(EQUAL), true, true}, SAME_ASK_LIKELY},
    {{N(NONE), F(OTHER), B(EQUAL), true, true}, SAME_DIFFERENT},
    {{N(NONE), F(EQUAL), B(OTHER), true, true}, SAME_DIFFERENT},
    {{N(NONE), F(EQUAL), B(EQUAL), false, true}, SAME_DIFFERENT},
    {{N(NONE), F(EQUAL), B(UNKNOWN), true, true}, SAME_ASK},
    {{N(NONE), F(CROSSED), B(UNKNOWN), true, true}, SAME_DIFFERENT},
    /* an entry that no feed ever named: asked, never doubled */
    {{N(NONE), F(EQUAL), B(UNKNOWN), true, false}, SAME_ASK},
    {{N(NONE), F(EQUAL), B(EQUAL), true, false}, SAME_ASK_LIKELY},
    {{N(NONE), F(EQUAL), B(OTHER), true, false}, SAME_ASK},
    {{N(NONE), F(CROSSED), B(UNKNOWN), true, false}, SAME_ASK},
    {{N(NONE), F(CROSSED), B(OTHER), true, false}, SAME_DIFFERENT},
    {{N(NONE), F(EQUAL), B(EQUAL), false, false}, SAME_DIFFERENT},
};

static void
test_table(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (same_person(&table[i].facts) != table[i].verdict)
			fail_msg("row %zu", i);
}

static void
test_family(void **unused)
{
	static const struct {
		struct same_names row, account;
		enum same_family family;
	} cases[] = {
	    {{"DUPONT", ""}, {"DUPONT", NULL}, SAME_FAMILY_EQUAL},
	    {{"DUPONT", "MARTIN"}, {"DURAND", "MARTIN"}, SAME_FAMILY_EQUAL},
	    {{"DUPONT", "MARTIN"}, {"MARTIN", NULL}, SAME_FAMILY_CROSSED},
	    {{"MARTIN", ""}, {"DUPONT", "MARTIN"}, SAME_FAMILY_CROSSED},
	    {{"DUPONT", "MARTIN"}, {"DUPONT", "PETIT"}, SAME_FAMILY_CROSSED},
	    {{"DUPONT", ""}, {"MARTIN", ""}, SAME_FAMILY_OTHER},
	    {{"", ""}, {"", ""}, SAME_FAMILY_OTHER},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (same_family(&cases[i].row, &cases[i].account) !=
		    cases[i].family)
			fail_msg("case %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/unicode.h"

static void
test_forms(void **state)
{
	static const struct {
		const char *in, *nfc, *nfkc, *stripped;
	} cases[] = {
	    {"", "", "", ""},
	    {"abc", "abc", "abc", "abc"},
	    {"e\u0301t\u00e9", "\u00e9t\u00e9", "\u00e9t\u00e9", "ete"},
	    {"\u00c9LODIE", "\u00c9LODIE", "\u00c9LODIE", "elodie"},
	    {"\ufb01n", "\ufb01n", "fin", "fin"},
	    {"\uff21\uff11", "\uff21\uff11", "A1", "a1"},
	    {"\u0130", "\u0130", "\u0130", "i"},
	    {"\u023a", "\u023a", "\u023a", "\u2c65"}, /* 2 to 3 bytes */
	    {"\u0152uvre", "\u0152uvre", "\u0152uvre", "\u0153uvre"},
	    {"a\u00a0b", "a\u00a0b", "a b", "a b"},
	    {"\u212b", "\u00c5", "\u00c5", "a"},
	    {"\xc3", NULL, NULL, NULL},
	    {"a\xed\xa0\x80", NULL, NULL, NULL},
	    {"\xf4\x90\x80\x80", NULL, NULL, NULL},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *nfc = unicode_nfc(&arena, cases[i].in);
		const char *nfkc = unicode_nfkc(&arena, cases[i].in);
		const char *stripped = unicode_strip_marks(&arena, cases[i].in);

		if (cases[i].nfc == NULL) {
			assert_null(nfc);
			assert_null(nfkc);
			assert_null(stripped);
			continue;
		}
		assert_string_equal(nfc, cases[i].nfc);
		assert_string_equal(nfkc, cases[i].nfkc);
		assert_string_equal(stripped, cases[i].stripped);
	}
	arena_reset(&arena);
}

static void
test_next(void **state)
{
	const char *cursor = "a\u00e9\u20ac\U0001f600";
	const char *damaged = "a\xc3(";
	const char *cut = "\xe2\x82";

	(void)state;
	assert_int_equal(unicode_next(&cursor), 'a');
	assert_int_equal(unicode_next(&cursor), 0xe9);
	assert_int_equal(unicode_next(&cursor), 0x20ac);
	assert_int_equal(unicode_next(&cursor), 0x1f600);
	assert_int_equal(unicode_next(&cursor), 0);
	assert_int_equal(unicode_next(&cursor), 0);
	assert_int_equal(unicode_next(&damaged), 'a');
	assert_int_equal(unicode_next(&damaged), 0);
	assert_int_equal(unicode_next(&cut), 0);
}

static void
test_kinds(void **state)
{
	static const struct {
		int32_t codepoint;
		bool letter, space;
	} cases[] = {
	    {'a', true, false},
	    {'Z', true, false},
	    {0xe9, true, false},
	    {0x153, true, false},
	    {0x4e2d, true, false},
	    {'1', false, false},
	    {'-', false, false},
	    {0x2019, false, false},
	    {0x301, false, false},
	    {' ', false, true},
	    {'\t', false, true},
	    {'\r', false, true},
	    {0x85, false, true},
	    {0xa0, false, true},
	    {0x2009, false, true},
	    {0x202f, false, true},
	    {0x2028, false, true},
	    {0x3000, false, true},
	    {0x200b, false, false},
	    {0, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (unicode_is_letter(cases[i].codepoint) != cases[i].letter ||
		    unicode_is_space(cases[i].codepoint) != cases[i].space)
			fail_msg("U+%04X", (unsigned)cases[i].codepoint);
	}
}

static void
test_count(void **state)
{
	(void)state;
	assert_int_equal(unicode_count(""), 0);
	assert_int_equal(unicode_count("e\u0301\U0001f600"), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_next),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

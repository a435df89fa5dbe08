#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"

static void
test_is_clean(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool clean, utf8;
	} cases[] = {
	    {"", 0, true, true},
	    {"Renée", 6, true, true},
	    {"~ ", 2, true, true},
	    {"\xc2\xa0", 2, true, true},         /* NBSP */
	    {"\xef\xbf\xbf", 3, true, true},     /* U+FFFF */
	    {"\xf0\x9f\x98\x80", 4, true, true}, /* U+1F600 */
	    {"\xf4\x8f\xbf\xbf", 4, true, true}, /* U+10FFFF */
	    {"\xed\x9f\xbf", 3, true, true},     /* U+D7FF */
	    {"\xee\x80\x80", 3, true, true},     /* U+E000 */
	    {"a\tb", 3, false, true},
	    {"a\nb", 3, false, true},
	    {"\x1f", 1, false, true},
	    {"\x7f", 1, false, true},
	    {"\xc2\x80", 2, false, true}, /* C1 */
	    {"\xc2\x9f", 2, false, true},
	    {"a\0b", 3, false, false},
	    {"\x80", 1, false, false},
	    {"\xbf", 1, false, false},
	    {"\xc3", 1, false, false},
	    {"\xc3(", 2, false, false},
	    {"\xc0\x80", 2, false, false}, /* overlong NUL */
	    {"\xc1\xbf", 2, false, false},
	    {"\xe0\x9f\xbf", 3, false, false},     /* overlong */
	    {"\xf0\x8f\xbf\xbf", 4, false, false}, /* overlong */
	    {"\xed\xa0\x80", 3, false, false},     /* surrogate */
	    {"\xed\xbf\xbf", 3, false, false},
	    {"\xf4\x90\x80\x80", 4, false, false}, /* U+110000 */
	    {"\xf5\x80\x80\x80", 4, false, false},
	    {"\xff", 1, false, false},
	    {"\xe2\x82", 2, false, false},
	    {"\xe2\x82\xacx\xe2\x82", 6, false, false},
	    {"\xf0\x9f\x98(", 4, false, false},
	    {"\xf0\x9f\x98", 3, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (text_is_clean(cases[i].bytes, cases[i].len) !=
			cases[i].clean ||
		    text_is_utf8(cases[i].bytes, cases[i].len) != cases[i].utf8)
			fail_msg("case %zu", i);
	}
}

static void
test_length(void **state)
{
	(void)state;
	assert_int_equal(text_length(""), 0);
	assert_int_equal(text_length("abc"), 3);
	assert_int_equal(text_length("Élève €😀"), 8);
}

static void
test_to_long(void **state)
{
	static const struct {
		const char *text;
		long min, max;
		bool ok;
		long value;
	} cases[] = {
	    {"0", 0, 10, true, 0}, {"10", 0, 10, true, 10},
	    {"007", 0, 10, true, 7}, {"11", 0, 10, false, 0},
	    {"4", 5, 10, false, 0},
	    {"9223372036854775807", 0, LONG_MAX, true, LONG_MAX},
	    {"9223372036854775808", 0, LONG_MAX, false, 0},
	    {"99999999999999999999", 0, LONG_MAX, false, 0},
	    {"", 0, 10, false, 0}, {"-1", -5, 10, false, 0},
	    {"+1", 0, 10, false, 0}, {" 1", 0, 10, false, 0},
	    {"1 ", 0, 10, false, 0}, {"1x", 0, 10, false, 0},
	    {"0x1", 0, 10, false, 0},
	    {"\xd9\xa1", 0, 10, false, 0}, /* Arabic-Indic one */
	};
	long value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		value = -99;
		if (text_to_long(cases[i].text, cases[i].min, cases[i].max,
			&value) != cases[i].ok)
			fail_msg("\"%s\"", cases[i].text);
		assert_int_equal(value, cases[i].ok ? cases[i].value : -99);
	}
}

static void
test_format(void **state)
{
	char out[8];

	(void)state;
	assert_true(text_format(out, sizeof(out), "%d-%s", 12, "abcd"));
	assert_string_equal(out, "12-abcd");
	assert_false(text_format(out, sizeof(out), "%d-%s", 12, "abcde"));
}

static void
test_compare(void **state)
{
	(void)state;
	assert_true(text_equal_nocase("Host", "hOST"));
	assert_true(text_equal_nocase("", ""));
	assert_false(text_equal_nocase("Host", "Hosts"));
	assert_false(text_equal_nocase("Hosts", "Host"));
	assert_false(text_equal_nocase("É", "é"));
	assert_false(text_equal_nocase("@", "`"));
	assert_true(text_has_prefix("/r/abc", "/r/"));
	assert_true(text_has_prefix("/r/", ""));
	assert_false(text_has_prefix("/r", "/r/"));
	assert_true(text_has_suffix("a.html", ".html"));
	assert_false(text_has_suffix("html", ".html"));
	assert_false(text_has_suffix("a.htm", ".html"));
}

static void
test_copies(void **state)
{
	static const char *const trims[][2] = {
	    {"  a b \t", "a b"},
	    {"", ""},
	    {" \r\n", ""},
	    {"x", "x"},
	};
	struct arena arena = {0};

	(void)state;
	assert_string_equal(text_lower(&arena, "AZaz09É"), "azaz09É");
	assert_string_equal(text_upper(&arena, "AZaz09é"), "AZAZ09é");
	for (size_t i = 0; i < COUNT_OF(trims); i++)
		assert_string_equal(
		    text_trim(&arena, trims[i][0]), trims[i][1]);
	arena_reset(&arena);
}

static void
test_split(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		const char *pieces[4];
	} cases[] = {
	    {"", 0, {NULL}},
	    {" ,, ", 0, {NULL}},
	    {"a", 1, {"a"}},
	    {"a,b c", 3, {"a", "b", "c"}},
	    {",a,,b,", 2, {"a", "b"}},
	};
	struct arena arena = {0};
	size_t count;
	char **list;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		list = text_split(&arena, cases[i].text, ", ", &count);
		assert_int_equal(count, cases[i].count);
		for (size_t j = 0; j < count; j++)
			assert_string_equal(list[j], cases[i].pieces[j]);
		assert_null(list[count]);
	}
	assert_string_equal(text_split(&arena, "a;b", ";", NULL)[1], "b");
	arena_reset(&arena);
}

static void
test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = {
	    {"", "", 0},
	    {"", "abc", 3},
	    {"abc", "abc", 0},
	    {"kitten", "sitting", 3},
	    {"per_adress", "per_address", 1},
	    {"threads", "treads", 1},
	    {"ab", "ba", 2},
	};
	char words[2][101];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(
		    text_distance(cases[i].a, cases[i].b), cases[i].distance);
		assert_int_equal(
		    text_distance(cases[i].b, cases[i].a), cases[i].distance);
	}
	memset(words[0], 'x', 101);
	memset(words[1], 'x', 101);
	words[0][64] = words[1][63] = '\0';
	assert_int_equal(text_distance(words[0], words[1]), 1);
	words[0][64] = 'x';
	words[0][100] = '\0';
	assert_int_equal(text_distance(words[0], words[1]), 100);
	assert_int_equal(text_distance(words[1], words[0]), 100);
}

static void
test_b64(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool ok;
	} cases[] = {
	    {"", 0, true},
	    {"", 1, false},
	    {"-_8", 2, true},
	    {"-_8", 3, false},
	    {"-_8", 1, false},
	    {"-_8=", 2, false},
	    {"+/8", 2, false},
	    {"-_9", 2, false}, /* not canonical: bits left over */
	    {"-_", 1, false},
	    {"-w", 1, true},
	    {"-", 0, false},
	    {"-_ 8", 2, false},
	    {"-_8\n", 2, false},
	    {"-_8.", 2, false},
	};
	struct arena arena = {0};
	unsigned char bytes[4];

	(void)state;
	assert_string_equal(text_b64(&arena, "\xfb\xff", 2), "-_8");
	assert_string_equal(text_b64(&arena, "", 0), "");
	assert_string_equal(text_b64(&arena, "Rentree", 7), "UmVudHJlZQ");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (text_unb64(cases[i].text, bytes, cases[i].len) !=
		    cases[i].ok)
			fail_msg("case %zu", i);
	}
	assert_true(text_unb64("-_8", bytes, 2));
	assert_memory_equal(bytes, "\xfb\xff", 2);
	assert_false(text_unb64("-_9", bytes, 2));
	assert_memory_equal(bytes, "\0\0", 2);
	arena_reset(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_is_clean),
	    cmocka_unit_test(test_length),
	    cmocka_unit_test(test_to_long),
	    cmocka_unit_test(test_format),
	    cmocka_unit_test(test_compare),
	    cmocka_unit_test(test_copies),
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_distance),
	    cmocka_unit_test(test_b64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

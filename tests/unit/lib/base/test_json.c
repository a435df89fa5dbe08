#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/json.h"

static void
test_write(void **state)
{
	struct json *root = json_new_object(), *list, *row;
	struct arena arena = {NULL};

	(void)state;
	json_text(root, "z", "é \"x\" \\ / \n\x1f");
	json_text(root, "none", NULL);
	json_number(root, "big", LLONG_MIN);
	json_flag(root, "yes", true);
	json_flag(root, "no", false);
	list = json_add(root, "list", json_new_array());
	json_add_text(list, "a");
	json_add_text(list, NULL);
	row = json_add(list, NULL, json_new_object());
	json_number(row, "n", 1);
	json_number(root, "a", 2);
	json_text(root, "z", "again");
	assert_string_equal(json_line(&arena, root),
	    "{\"z\":\"again\",\"none\":null,\"big\":-9223372036854775808,"
	    "\"yes\":true,\"no\":false,\"list\":[\"a\",null,{\"n\":1}],"
	    "\"a\":2}");
	assert_string_equal(json_pretty(&arena, row), "{\n  \"n\": 1\n}");
	json_free(root);
	json_free(NULL);
	arena_reset(&arena);
}

static void
test_text(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
	    {"", "[\"\"]"},
	    {"é€😀", "[\"é€😀\"]"},
	    {"\"\\/\b\f\n\r\t\x1f\x7f",
		"[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u001F\x7f\"]"},
	    {"\xC2\x85", "[\"\xC2\x85\"]"},
	    /* not UTF-8: replaced byte by byte */
	    {"a\xE9z", "[\"a\xEF\xBF\xBDz\"]"},
	    {"\xC3", "[\"\xEF\xBF\xBD\"]"},
	    {"é\xE2\x82", "[\"é\xEF\xBF\xBD\xEF\xBF\xBD\"]"},
	    {"\xF0\x9F\x98€\n", "[\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
				"€\\n\"]"},
	    {"\xED\xA0\x80", "[\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
			     "\"]"},
	    {"\xF4\x90\x80\x80", "[\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF"
				 "\xBD\xEF\xBF\xBD\"]"},
	};
	struct arena arena = {NULL};
	struct json *root;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		print_message("case %zu\n", i);
		root = json_new_array();
		json_add_text(root, cases[i].text);
		assert_string_equal(json_line(&arena, root), cases[i].json);
		json_free(root);
	}
	arena_reset(&arena);
}

static void
test_read(void **state)
{
	static const char bytes[] =
	    "{\"t\":\"é\",\"n\":-5,\"r\":1.5,\"yes\":true,\"no\":false,"
	    "\"list\":[1,{\"x\":\"y\"}],\"null\":null} \n";
	const struct json *list;
	struct json *root;
	struct err err;

	(void)state;
	root = json_parse(bytes, strlen(bytes), &err);
	assert_non_null(root);
	assert_string_equal(json_get_text(root, "t"), "é");
	assert_null(json_get_text(root, "n"));
	assert_null(json_get_text(root, "null"));
	assert_null(json_get_text(root, "none"));
	assert_int_equal(json_get_number(root, "n", 7), -5);
	assert_int_equal(json_get_number(root, "r", 7), 7);
	assert_int_equal(json_get_number(root, "t", 7), 7);
	assert_true(json_get_flag(root, "yes"));
	assert_false(json_get_flag(root, "no"));
	assert_false(json_get_flag(root, "n"));
	list = json_get(root, "list");
	assert_int_equal(json_size(list), 2);
	assert_int_equal(json_size(root), 0);
	assert_string_equal(json_get_text(json_at(list, 1), "x"), "y");
	assert_null(json_get_text(json_at(list, 0), "x"));
	assert_null(json_at(list, 2));
	assert_null(json_get(list, "x"));
	assert_null(json_get(NULL, "x"));
	json_free(root);
}

static void
test_damaged(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
	    {"", 0},
	    {"{", 1},
	    {"5", 1},
	    {"{\"secret\":\"value\"", 17},
	    {"{} {}", 5},
	    {"{}\0", 3},
	    {"{\"a\":1,\"a\":2}", 13},
	    {"[\"\xE9\"]", 5},
	    {"[\"a\0b\"]", 7},
	    {"[\"\\u0000\"]", 10},
	    {"[\"a\nb\"]", 7},
	    {"[1,]", 4},
	    {"[99999999999999999999]", 22},
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		print_message("case %zu\n", i);
		assert_null(json_parse(cases[i].bytes, cases[i].len, &err));
		assert_int_equal(err.kind, ERR_INPUT);
		assert_null(strstr(err.text, "secret"));
		assert_non_null(strstr(err.text, "damaged JSON, line 1"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_write),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

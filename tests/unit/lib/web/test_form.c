#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/text.h"
#include "lib/web/form.h"

static void
test_values(void **unused)
{
	static const struct {
		const char *bytes, *raw, *text; /* of the field "a" */
	} cases[] = {
	    {"", "", ""},
	    {"a", "", ""},
	    {"a=", "", ""},
	    {"a=1", "1", "1"},
	    {"b=2&a=1", "1", "1"},
	    {"&&a=1&&", "1", "1"},
	    {"a=1=2", "1=2", "1=2"},
	    {"a=x+y", "x y", "x y"},
	    {"a=x%2By", "x+y", "x+y"},
	    {"a=%C3%A9t%c3%a9", "été", "été"},
	    {"%61=1", "1", "1"},
	    {"A=2&a=1", "1", "1"},
	    /* the first one counts */
	    {"a=1&a=2", "1", "1"},
	    {"a=&a=2", "", ""},
	    {"a=1&%61=2", "1", "1"},
	    /* controls go, broken bytes show */
	    {"a=x%0D%0Ay%09z%7F", "x\r\ny\tz\x7f", "xyz"},
	    {"a=%C2%85x", "\xc2\x85x", "\xef\xbf\xbd\xef\xbf\xbdx"},
	    {"a=%FFx", "\xffx", "\xef\xbf\xbdx"},
	    {"a=%C3", "\xc3", "\xef\xbf\xbd"},
	    {"a=%C3%28", "\xc3(", "\xef\xbf\xbd("},
	    {"a=%ED%A0%80", "\xed\xa0\x80",
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	    {"a=%C0%AF", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
	    {"a=\xc3\xa9", "é", "é"},
	    {"a=<script>", "<script>", "<script>"},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena arena = {0};
		struct form form;

		assert_int_equal(form_parse(cases[i].bytes,
				     strlen(cases[i].bytes), &arena, &form),
		    0);
		assert_string_equal(form_raw(&form, "a"), cases[i].raw);
		if (strcmp(form_text(&form, "a", &arena), cases[i].text) != 0)
			fail_msg("%s", cases[i].bytes);
		arena_reset(&arena);
	}
}

static void
test_bad(void **unused)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
	    {"a=%", 3},
	    {"a=%4", 4},
	    {"a=%4x", 5},
	    {"a=%x4", 5},
	    {"a=%%41", 6},
	    {"%=1", 3},
	    {"a=1&b=%", 7},
	    {"a=%00", 5},
	    {"%00=1", 5},
	    {"a=1\0", 4},
	    {"a=x%00y&b=1", 11},
	};
	static char long_one[FORM_BYTES_MAX + 1];

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena arena = {0};
		struct form form;

		if (form_parse(cases[i].bytes, cases[i].len, &arena, &form) !=
		    -1)
			fail_msg("%s", cases[i].bytes);
		arena_reset(&arena);
	}
	memset(long_one, 'x', sizeof long_one);
	for (size_t extra = 0; extra < 2; extra++) {
		struct arena arena = {0};
		struct form form;

		assert_int_equal(
		    form_parse(long_one, FORM_BYTES_MAX + extra, &arena, &form),
		    extra == 0 ? 0 : -1);
		arena_reset(&arena);
	}
}

static void
test_many_fields(void **unused)
{
	(void)unused;
	for (size_t count = FORM_FIELDS_MAX - 1; count <= FORM_FIELDS_MAX + 1;
	     count++) {
		struct arena arena = {0};
		struct form form;
		char bytes[2048];
		size_t len = 0;

		for (size_t i = 0; i < count; i++)
			len += (size_t)snprintf(
			    bytes + len, sizeof bytes - len, "f%zu=%zu&", i, i);
		assert_int_equal(form_parse(bytes, len, &arena, &form),
		    count <= FORM_FIELDS_MAX ? 0 : -1);
		arena_reset(&arena);
	}
}

/* A password of any length a form can have comes through as it was typed. */
static void
test_long_password(void **unused)
{
	static const size_t lengths[] = {255, 256, 1023, 1024, 1025, 4000};
	char bytes[4096] = "a=";

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		struct arena arena = {0};
		struct form form;

		memset(bytes + 2, 'p', lengths[i]);
		assert_int_equal(
		    form_parse(bytes, lengths[i] + 2, &arena, &form), 0);
		assert_int_equal(strlen(form_raw(&form, "a")), lengths[i]);
		arena_reset(&arena);
	}
}

/* The worst a form can be: nothing but broken bytes. It stays cheap, and what
 * comes out is clean. */
static void
test_hostile_bytes(void **unused)
{
	static char bytes[FORM_BYTES_MAX];
	struct arena arena = {0};
	struct form form;
	char *text;

	(void)unused;
	memset(bytes, 0xf0, sizeof bytes);
	memcpy(bytes, "a=", 2);
	assert_int_equal(form_parse(bytes, sizeof bytes, &arena, &form), 0);
	text = form_text(&form, "a", &arena);
	assert_int_equal(strlen(text), 3 * (sizeof bytes - 2));
	assert_true(text_is_clean(text, strlen(text)));
	arena_reset(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_many_fields),
	    cmocka_unit_test(test_long_password),
	    cmocka_unit_test(test_hostile_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

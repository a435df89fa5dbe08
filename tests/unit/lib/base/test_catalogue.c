#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/catalogue.h"
#include "lib/base/embed.h"
#include "lib/base/err.h"
#include "tests/unit/lib/base/mo.h"

enum { PAIRS = 3, HEAD = MO_HEAD };

static const char *const pairs[PAIRS][2] = {
    {"", "Content-Type: text/plain; charset=UTF-8\n"},
    {"home.title", "Mot de passe oublié ?"},
    {"home.word", "été"},
};

static void
make(struct mo *mo, bool big)
{
	mo_make(mo, big, pairs, PAIRS);
}

static struct catalogue *
open_mo(const struct mo *mo, const char *language, struct err *err)
{
	struct embed_file file = {"lib/locale/fr.mo", mo->bytes, mo->len};
	struct embed_list list = {&file, 1};

	return catalogue_open(&list, language, err);
}

static void
test_get(void **state)
{
	struct catalogue *catalogue;
	struct err err;
	struct mo mo;

	(void)state;
	for (int big = 0; big < 2; big++) {
		make(&mo, big == 1);
		catalogue = open_mo(&mo, "fr", &err);
		assert_non_null(catalogue);
		assert_string_equal(catalogue_language(catalogue), "fr");
		assert_string_equal(catalogue_get(catalogue, "home.title"),
		    "Mot de passe oublié ?");
		assert_string_equal(
		    catalogue_get(catalogue, "home.word"), "été");
		assert_true(catalogue_has(catalogue, "home.word"));
		assert_false(catalogue_has(catalogue, "home"));
		assert_false(catalogue_has(catalogue, ""));
		assert_string_equal(catalogue_get(catalogue, "home"), "home");
		catalogue_free(catalogue);
	}
}

static void
test_absent(void **state)
{
	static const char *const names[] = {
	    "en", "", "../fr", "a-language-that-is-much-too-long"};
	struct err err;
	struct mo mo;

	(void)state;
	make(&mo, false);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_null(open_mo(&mo, names[i], &err));
		assert_int_equal(err.kind, ERR_CONFIG);
	}
	catalogue_free(NULL);
}

static void
test_damaged(void **state)
{
	/* One word of the file changed. */
	static const struct {
		const char *what;
		size_t at;
		size_t word;
	} cases[] = {
	    {"magic", 0, 0x950412DF},
	    {"revision", 4, 2u << 16},
	    {"count", 8, 0xFFFFFFFF},
	    {"count beyond", 8, 1000},
	    {"originals beyond", 12, MO_MAX},
	    {"originals at the end of numbers", 12, 0xFFFFFFFC},
	    {"translations beyond", 16, 0xFFFFFFFC},
	    {"length beyond", HEAD + 8, MO_MAX},
	    {"length huge", HEAD + 8, 0xFFFFFFFF},
	    {"length short of the NUL", HEAD + 8, 3},
	    {"offset beyond", HEAD + 12, MO_MAX},
	    {"offset huge", HEAD + 12, 0xFFFFFFFF},
	    {"not in order", HEAD + 16 + 4, HEAD + PAIRS * 16},
	};
	struct err err;
	struct mo mo;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		print_message("case %zu: %s\n", i, cases[i].what);
		make(&mo, false);
		mo_word(&mo, cases[i].at, cases[i].word);
		assert_null(open_mo(&mo, "fr", &err));
		assert_int_equal(err.kind, ERR_INTERNAL);
		assert_string_equal(err.text, "lib/locale/fr.mo is damaged");
	}
}

static void
test_cut_and_not_text(void **state)
{
	struct err err;
	struct mo mo;
	size_t whole;

	(void)state;
	make(&mo, false);
	whole = mo.len;
	for (mo.len = 0; mo.len < whole; mo.len++)
		assert_null(open_mo(&mo, "fr", &err));
	mo.bytes[whole - 2] = 0xFF;
	assert_null(open_mo(&mo, "fr", &err));
	/* keys that stand twice */
	make(&mo, false);
	mo_word(&mo, HEAD + 16, strlen(pairs[1][0]));
	memcpy(mo.bytes + HEAD + 16, mo.bytes + HEAD + 8, 8);
	assert_null(open_mo(&mo, "fr", &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_get),
	    cmocka_unit_test(test_absent),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_cut_and_not_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

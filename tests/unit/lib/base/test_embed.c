#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/embed.h"

static const struct embed_file files[] = {
    {"lib/locale/en.mo", NULL, 0},
    {"lib/locale/fr.mo", NULL, 0},
    {"lib/web/static/style.css", NULL, 0},
    {"lib/web/templates/a.html", NULL, 0},
    {"lib/web/templates/ab.html", NULL, 0},
};

static void
test_find(void **state)
{
	static const char *const absent[] = {"", "a", "lib/locale/",
	    "lib/web/templates/a.htm", "lib/web/templates/a.html2", "zzz"};
	const struct embed_list none = {NULL, 0};

	(void)state;
	for (size_t count = 0; count <= COUNT_OF(files); count++) {
		const struct embed_list list = {files, count};

		for (size_t i = 0; i < COUNT_OF(files); i++)
			assert_ptr_equal(embed_find(&list, files[i].name),
			    i < count ? &files[i] : NULL);
		for (size_t i = 0; i < COUNT_OF(absent); i++)
			assert_null(embed_find(&list, absent[i]));
	}
	assert_null(embed_find(&none, "a"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

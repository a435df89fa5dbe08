#include "lib/web/theme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/err.h"
#include "lib/people/people_conf.h"

static void
test_colours(void **state)
{
	static const struct {
		const char *colour;
		int rc;
	} rows[] = {
	    {"", 0},
	    {"#000000", 0},
	    {"#1d4f7c", 0},
	    {"#707070", 0},  /* 4.56 on #f3f6f9, the lightest such grey */
	    {"#737373", -1}, /* 4.37 */
	    {"#ffffff", -1},
	    {"#ffcc00", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct site_conf site = {.colour = rows[i].colour, .logo = ""};
		struct theme theme;
		struct err err = {0};

		assert_int_equal(theme_open(&theme, &site, &err), rows[i].rc);
		if (rows[i].rc != 0)
			assert_int_equal(err.kind, ERR_CONFIG);
		else if (rows[i].colour[0] != '\0')
			assert_non_null(strstr(theme.style, rows[i].colour));
		else
			assert_string_equal(theme.style, "");
		theme_close(&theme);
	}
}

static void
test_logo(void **state)
{
	char path[] = "/tmp/theme-XXXXXX.svg";
	struct site_conf site = {.colour = "", .logo = path};
	int fd = mkstemps(path, 4);
	struct theme theme;
	struct err err = {0};

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "<svg/>", 6), 6);
	close(fd);
	assert_int_equal(theme_open(&theme, &site, &err), 0);
	assert_int_equal(theme.logo_len, 6);
	assert_memory_equal(theme.logo, "<svg/>", 6);
	assert_string_equal(theme.logo_type, "image/svg+xml");
	theme_close(&theme);
	unlink(path);
	assert_int_equal(theme_open(&theme, &site, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	theme_close(&theme);
	site.logo = "/etc/hostname";
	assert_int_equal(theme_open(&theme, &site, &err), -1);
	assert_non_null(strstr(err.text, ".png"));
	theme_close(&theme);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_colours),
	    cmocka_unit_test(test_logo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

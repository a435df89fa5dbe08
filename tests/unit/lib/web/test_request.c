#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/web/request.h"

static void
test_cookie(void **unused)
{
	static const struct {
		const char *header, *value; /* of the cookie "lien" */
	} cases[] = {
	    {NULL, ""},
	    {"", ""},
	    {"lien", ""},
	    {"lien=", ""},
	    {"lien=abc", "abc"},
	    {"a=1; lien=abc", "abc"},
	    {"a=1;lien=abc", "abc"},
	    {"lien=abc; b=2", "abc"},
	    {"xlien=no; lien=yes", "yes"},
	    {"lienx=no; lien=yes", "yes"},
	    {"lien=first; lien=second", "first"},
	    {"lien=a=b", "a=b"},
	    {";;; lien=abc", "abc"},
	    {"a=\"lien=no\"; lien=yes", "yes"},
	    {"LIEN=no", ""},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct request request = {.cookie = cases[i].header};

		if (strcmp(request_cookie(&request, "lien"), cases[i].value) !=
		    0)
			fail_msg("%s", cases[i].header);
		arena_reset(&request.arena);
	}
}

static void
test_reply(void **unused)
{
	struct reply reply = {0};

	(void)unused;
	reply_redirect(&reply, "/there");
	assert_int_equal(reply.status, 303);
	assert_int_equal(reply.header_count, 1);
	assert_string_equal(reply.headers[0].name, "Location");
	assert_string_equal(reply.headers[0].value, "/there");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cookie),
	    cmocka_unit_test(test_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

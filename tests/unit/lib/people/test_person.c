#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/people/person.h"

static char *none[] = {NULL};

static void
assert_words(const struct person *person, const char *site_name,
    const char *const *wanted)
{
	struct arena arena = {0};
	const char *const *words = person_words(person, site_name, &arena);
	size_t i;

	for (i = 0; wanted[i] != NULL; i++) {
		if (words[i] == NULL)
			fail_msg("%s is missing", wanted[i]);
		assert_string_equal(words[i], wanted[i]);
	}
	assert_null(words[i]);
	arena_reset(&arena);
}

static void
test_all(void **state)
{
	static char full[] = "jean.dupont@ac-lille.fr";
	static char brief[] = "jdupont@ac-lille.fr", uai[] = "0590001A";
	char *mails[] = {full, brief, NULL}, *establishments[] = {uai, NULL};
	static const char *const wanted[] = {"jdupont", "Jean Dupont", "Dupont",
	    "Jean", "Martin", "j@example.org", "Lille", "Jean", " Marie-Anne",
	    "jean.dupont@ac-lille.fr", "jdupont@ac-lille.fr", "0590001A", NULL};
	const struct person person = {
	    .login = "jdupont",
	    .display = "Jean Dupont",
	    .family = "Dupont",
	    .given = "Jean",
	    .birth_family = "Martin",
	    .all_given = "Jean, Marie-Anne;",
	    .recovery_mail = "j@example.org",
	    .mails = mails,
	    .establishments = establishments,
	};

	(void)state;
	assert_words(&person, "Lille", wanted);
}

static void
test_bare(void **state)
{
	static const char *const wanted[] = {"jdupont", NULL};
	const struct person person = {
	    .login = "jdupont",
	    .display = "",
	    .mails = none,
	    .establishments = none,
	};

	(void)state;
	assert_words(&person, "", wanted);
	assert_words(&person, NULL, wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_bare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/people/address.h"

#define A16 "aaaaaaaaaaaaaaaa"
#define A63 A16 A16 A16 "aaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16

static void
test_parse(void **state)
{
	static const struct {
		const char *typed, *address; /* NULL: unusable */
	} cases[] = {
	    {"jean.dupont@example.org", "jean.dupont@example.org"},
	    {" jean@example.org\r\n", "jean@example.org"},
	    {"Jean.Dupont@Example.ORG", "Jean.Dupont@example.org"},
	    {"a@b.fr", "a@b.fr"},
	    {"o'brien+tag_1@x-y.co.uk", "o'brien+tag_1@x-y.co.uk"},
	    {"!#$%&'*+-/=?^_`{|}~@example.org",
		"!#$%&'*+-/=?^_`{|}~@example.org"},
	    {"x@xn--acadmie-bya.fr", "x@xn--acadmie-bya.fr"},
	    {"x@1and1.fr", "x@1and1.fr"},
	    {A64 "@example.org", A64 "@example.org"},
	    {"x@" A63 ".fr", "x@" A63 ".fr"},
	    /* 254 characters, and one more */
	    {A63 "@" A63 "." A63 "." A16 A16 A16 "aaaaaaaaaaa.fr",
		A63 "@" A63 "." A63 "." A16 A16 A16 "aaaaaaaaaaa.fr"},
	    {A63 "@" A63 "." A63 "." A16 A16 A16 "aaaaaaaaaaaa.fr", NULL},
	    {"", NULL},
	    {"   ", NULL},
	    {"@", NULL},
	    {"jean", NULL},
	    {"jean@", NULL},
	    {"@example.org", NULL},
	    {"jean@localhost", NULL},
	    {"jean@@example.org", NULL},
	    {"jean@example@org.fr", NULL},
	    {".jean@example.org", NULL},
	    {"jean.@example.org", NULL},
	    {"jean..dupont@example.org", NULL},
	    {"jean dupont@example.org", NULL},
	    {"jean@exam ple.org", NULL},
	    {"jean@.example.org", NULL},
	    {"jean@example..org", NULL},
	    {"jean@example.org.", NULL},
	    {"jean@-example.org", NULL},
	    {"jean@example-.org", NULL},
	    {"jean@ex_ample.org", NULL},
	    {"jean@192.0.2.1", NULL},
	    {"jean@[192.0.2.1]", NULL},
	    {"jean@example.org:25", NULL},
	    {A64 "a@example.org", NULL},
	    {"x@" A63 "a.fr", NULL},
	    {"\"jean\"@example.org", NULL},
	    {"jean(x)@example.org", NULL},
	    {"Jean <jean@example.org>", NULL},
	    {"<jean@example.org>", NULL},
	    {"jean@example.org,paul@example.org", NULL},
	    {"jean@example.org;", NULL},
	    {"jean@example.org\r\nBcc: all@example.org", NULL},
	    {"jean\r\nBcc:x@example.org", NULL},
	    {"jean\\@example.org", NULL},
	    {"ren\xc3\xa9@example.org", NULL},
	    {"x@acad\xc3\xa9mie.fr", NULL},
	    {"jean@example.org\xc2\xa0", NULL},
	    {"jean\xff@example.org", NULL},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *address = address_parse(&arena, cases[i].typed);

		if ((address != NULL) != (cases[i].address != NULL))
			fail_msg("case %zu: %s", i, cases[i].typed);
		if (address != NULL)
			assert_string_equal(address, cases[i].address);
	}
	assert_int_equal(strlen(cases[10].address), ADDRESS_MAX);
	arena_reset(&arena);
}

static void
test_is_domain(void **state)
{
	static const struct {
		const char *domain;
		size_t labels; /* 0: none */
	} cases[] = {
	    {"ac-lille.fr", 2},
	    {"AC-LILLE.FR", 2},
	    {"localhost", 1},
	    {"a.b.c", 3},
	    {"", 0},
	    {".", 0},
	    {"fr.", 0},
	    {".fr", 0},
	    {"@ac-lille.fr", 0},
	    {"12", 0},
	    {"a.12", 0},
	    {"12.a", 2},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		for (size_t min = 1; min < 5; min++)
			assert_int_equal(
			    address_is_domain(cases[i].domain, min),
			    min <= cases[i].labels);
}

static void
test_is_in(void **state)
{
	static const char *const domains[] = {
	    "ac-lille.fr", "Univ-Lille.fr", "", NULL};
	static const struct {
		const char *address;
		bool in;
	} cases[] = {
	    {"jean@ac-lille.fr", true},
	    {"jean@AC-Lille.FR", true},
	    {"jean@univ-lille.fr", true},
	    {"jean@etu.univ-lille.fr", true},
	    {"jean@a.b.ac-lille.fr", true},
	    {"jean@mac-lille.fr", false},
	    {"jean@ac-lille.fr.example.org", false},
	    {"ac-lille.fr@example.org", false},
	    {"jean@lille.fr", false},
	    {"jean@fr", false},
	    {"jean@", false},
	    {"ac-lille.fr", false},
	    {"", false},
	};
	static const char *const none[] = {NULL};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (address_is_in(cases[i].address, domains) != cases[i].in)
			fail_msg("%s", cases[i].address);
		assert_false(address_is_in(cases[i].address, none));
	}
}

static void
test_mask(void **state)
{
	static const struct {
		const char *address, *mask;
	} cases[] = {
	    {"jean.dupont@gmail.com", "j***@g***.com"},
	    {"j@g.com", "j***@g***.com"},
	    {"jean@mail.example.co.uk", "j***@m***.uk"},
	    {"jean@localhost", "***"},
	    {"jean", "***"},
	    {"", "***"},
	    {"\xc3\xa9@example.org", "***"},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(
		    address_mask(&arena, cases[i].address), cases[i].mask);
	arena_reset(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_is_domain),
	    cmocka_unit_test(test_is_in),
	    cmocka_unit_test(test_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/flow/change.h"
#include "lib/flow/signin.h"
#include "lib/store/envelope.h"

static const struct change_request sample = {.name = "jdupont@ac-x.fr",
    .current = "un\tancien",
    .password = "Bateau-Cerise-47-Lune",
    .language = "fr",
    .ref = "0123ABCD"};

static void
a_request_comes_back(void **state)
{
	struct change_request got = {0};
	struct arena arena = {0};
	struct err err = {0};
	struct buf wire;

	(void)state;
	buf_init(&wire, ENVELOPE_PADDED_LARGE);
	change_pack(&sample, &wire);
	assert_int_equal(
	    change_unpack(wire.bytes, wire.len, &arena, &got, &err), 0);
	assert_string_equal(got.name, sample.name);
	assert_string_equal(got.current, sample.current);
	assert_string_equal(got.password, sample.password);
	assert_string_equal(got.language, sample.language);
	assert_string_equal(got.ref, sample.ref);
	for (size_t cut = 0; cut < wire.len; cut++)
		assert_int_equal(
		    change_unpack(wire.bytes, cut, &arena, &got, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	buf_add_char(&wire, '\0');
	assert_int_equal(
	    change_unpack(wire.bytes, wire.len, &arena, &got, &err), -1);
	buf_free(&wire);
	arena_reset(&arena);
}

static void
the_longest_fields_fit_an_envelope(void **state)
{
	static char name[SIGNIN_NAME_MAX + 1], password[1025];
	struct change_request request = sample;
	struct buf wire;

	(void)state;
	memset(name, 'n', sizeof name - 1);
	memset(password, 'p', sizeof password - 1);
	request.name = name;
	request.current = request.password = password;
	buf_init(&wire, ENVELOPE_PADDED_LARGE - 256);
	change_pack(&request, &wire);
	assert_true(buf_ok(&wire));
	buf_free(&wire);
}

static void
an_answer_comes_back(void **state)
{
	static const struct change_answer answers[] = {
	    {.end = CHANGE_DONE, .policy = -1},
	    {.end = CHANGE_REFUSED, .policy = -1},
	    {.end = CHANGE_FAULTS, .faults = 5, .policy = -1},
	    {.end = CHANGE_FAULTS, .policy = 8},
	    {.end = CHANGE_CLOSED, .policy = -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct change_answer got = {0};
		struct err err = {0};
		struct buf wire;

		buf_init(&wire, 64);
		change_answer_pack(&answers[i], &wire);
		assert_int_equal(
		    change_answer_unpack(wire.bytes, wire.len, &got, &err), 0);
		assert_int_equal(got.end, answers[i].end);
		assert_int_equal(got.faults, answers[i].faults);
		assert_int_equal(got.policy, answers[i].policy);
		wire.bytes[0] = CHANGE_CLOSED + 1;
		assert_int_equal(
		    change_answer_unpack(wire.bytes, wire.len, &got, &err), -1);
		buf_free(&wire);
	}
}

static void
a_name_is_brought_into_one_form(void **state)
{
	static const struct {
		const char *typed, *name;
	} rows[] = {
	    {"jdupont", "jdupont"},
	    {"  JDupont ", "jdupont"},
	    {"Jean.Dupont@AC-Lille.FR", "jean.dupont@ac-lille.fr"},
	    {"", NULL},
	    {"  \t", NULL},
	};
	static char longest[SIGNIN_NAME_MAX + 2];
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *name = signin_name(&arena, rows[i].typed);

		if (rows[i].name == NULL)
			assert_null(name);
		else
			assert_string_equal(name, rows[i].name);
	}
	memset(longest, 'a', sizeof longest - 1);
	assert_null(signin_name(&arena, longest));
	longest[SIGNIN_NAME_MAX] = '\0';
	assert_non_null(signin_name(&arena, longest));
	arena_reset(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_comes_back),
	    cmocka_unit_test(the_longest_fields_fit_an_envelope),
	    cmocka_unit_test(an_answer_comes_back),
	    cmocka_unit_test(a_name_is_brought_into_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

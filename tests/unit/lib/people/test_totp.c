#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/people/totp.h"

/* RFC 6238 appendix B: the secret of SHA-1. */
static const unsigned char secret[] = "12345678901234567890";

/* … its times, and the last six digits of its eight (the digits are the number
 * modulo a power of ten: RFC 4226 section 5.3). */
static const struct {
	int64_t s;
	const char *code;
} vectors[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"},
    {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};

static enum totp_verdict
check_at(const char *code, int64_t s, int64_t last, int64_t *step)
{
	return totp_check(secret, code, s * 1000, last, step);
}

static void
test_vectors(void **state)
{
	int64_t step;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		assert_int_equal(
		    check_at(vectors[i].code, vectors[i].s, 0, &step),
		    TOTP_RIGHT);
		assert_int_equal(step, vectors[i].s / TOTP_STEP_S);
	}
}

/* One step early, one late, and no further. */
static void
test_window(void **state)
{
	const char *code = "279037";
	const int64_t s = 2000000000 / TOTP_STEP_S * TOTP_STEP_S;
	int64_t step;

	(void)state;
	for (int64_t at = s - TOTP_STEP_S; at < s + 2 * TOTP_STEP_S; at++)
		assert_int_equal(check_at(code, at, 0, &step), TOTP_RIGHT);
	assert_int_equal(
	    check_at(code, s - TOTP_STEP_S - 1, 0, &step), TOTP_WRONG);
	assert_int_equal(
	    check_at(code, s + 2 * TOTP_STEP_S, 0, &step), TOTP_WRONG);
}

static void
test_a_step_is_used_once(void **state)
{
	int64_t s = 1234567890, step, again;

	(void)state;
	assert_int_equal(check_at("005924", s, 0, &step), TOTP_RIGHT);
	assert_int_equal(check_at("005924", s, step, &again), TOTP_USED);
	assert_int_equal(check_at("005924", s, step + 1, &again), TOTP_USED);
	assert_int_equal(check_at("005924", s, step - 1, &again), TOTP_RIGHT);
	assert_int_equal(check_at("005925", s, step, &again), TOTP_WRONG);
}

static void
test_what_is_no_code(void **state)
{
	static const char *const wrong[] = {"", "28708", "2870822", "28708a",
	    "-87082", "28708\u0662", "287 08", "287082287082"};
	int64_t step;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_false(totp_is_code(wrong[i]));
		assert_int_equal(check_at(wrong[i], 59, 0, &step), TOTP_WRONG);
		assert_int_equal(step, 0);
	}
	assert_true(totp_is_code(" 287 082 "));
	assert_int_equal(check_at("287 082", 59, 0, &step), TOTP_RIGHT);
}

/* Before 1970 and at its first steps there is no step to go back to. */
static void
test_the_first_moments(void **state)
{
	int64_t step;

	(void)state;
	assert_int_equal(check_at("755224", 0, -1, &step), TOTP_RIGHT);
	assert_int_equal(step, 0);
	assert_int_equal(check_at("755224", -3000, 0, &step), TOTP_WRONG);
}

static void
test_text_and_uri(void **state)
{
	struct arena arena = {0};
	char text[TOTP_SECRET_TEXT];

	(void)state;
	assert_true(totp_text(secret, text));
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	assert_string_equal(totp_uri(&arena, "Académie d'ici", "jdupont", text),
	    "otpauth://totp/Acad%C3%A9mie%20d%27ici:jdupont?secret="
	    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	    "&issuer=Acad%C3%A9mie%20d%27ici&algorithm=SHA1&digits=6&period="
	    "30");
	arena_reset(&arena);
}

static void
test_secrets_differ(void **state)
{
	unsigned char a[TOTP_SECRET], b[TOTP_SECRET];

	(void)state;
	totp_make(a);
	totp_make(b);
	assert_memory_not_equal(a, b, TOTP_SECRET);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_window),
	    cmocka_unit_test(test_a_step_is_used_once),
	    cmocka_unit_test(test_what_is_no_code),
	    cmocka_unit_test(test_the_first_moments),
	    cmocka_unit_test(test_text_and_uri),
	    cmocka_unit_test(test_secrets_differ),
	};
	struct err err = {0};

	return totp_library_init(&err) != 0 ||
	       cmocka_run_group_tests(tests, NULL, NULL);
}

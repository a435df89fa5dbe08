#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "captcha/captcha.h"
#include "captcha/challenge.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

static const unsigned char key[SECRET_KEY] = "0123456789abcdef0123456789abcde";
static const unsigned char other_key[SECRET_KEY] =
    "0123456789abcdef another key";

enum { NOW_MS = 1000, LIFE_MS = CAPTCHA_LIFE_S * 1000 };

/* The digits of an id as a person would type them. */
static void
read_code(const char *id, char code[CAPTCHA_DIGITS + 1])
{
	struct challenge challenge;

	assert_true(challenge_open(key, id, &challenge));
	for (size_t i = 0; i < CAPTCHA_DIGITS; i++)
		code[i] = (char)('0' + challenge.digits[i]);
	code[CAPTCHA_DIGITS] = '\0';
}

/* Tries numbers as a browser does, with libsodium's SHA-256. */
static void
solve(const char *id, unsigned bits, char pow[20])
{
	for (unsigned n = 0;; n++) {
		char text[CAPTCHA_ID + 20];
		unsigned char hash[32];
		int len = snprintf(text, sizeof text, "%s.%u", id, n);
		uint32_t head;

		crypto_hash_sha256(
		    hash, (const unsigned char *)text, (unsigned long long)len);
		head = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 |
		       (uint32_t)hash[2] << 8 | hash[3];
		if (head >> (32 - bits) == 0) {
			snprintf(pow, 20, "%u", n);
			return;
		}
	}
}

static enum captcha_verdict
check(enum captcha_mode mode, const char *id, const char *code, const char *pow)
{
	const struct captcha_answer answer = {id, code, pow};

	return captcha_check(key, mode, CAPTCHA_RECOVER, &answer, NOW_MS);
}

static void
test_code_spellings(void **state)
{
	/* %c stands for the six digits in order */
	static const struct {
		const char *shape;
		enum captcha_verdict verdict;
	} cases[] = {
	    {"%c%c%c%c%c%c", CAPTCHA_RIGHT},
	    {" %c %c %c %c %c %c ", CAPTCHA_RIGHT},
	    {"%c%c%c\xc2\xa0%c%c%c", CAPTCHA_RIGHT},
	    {"%c%c%c\xe2\x80\xaf%c%c%c\t", CAPTCHA_RIGHT},
	    {"%c%c%c%c%c%c0", CAPTCHA_WRONG},
	    {"0%c%c%c%c%c%c", CAPTCHA_WRONG},
	    {"%c%c%c%c%c", CAPTCHA_WRONG},
	    {"%c%c%c%c%c%cx", CAPTCHA_WRONG},
	    {"-%c%c%c%c%c%c", CAPTCHA_WRONG},
	    {"", CAPTCHA_WRONG},
	    {"      ", CAPTCHA_WRONG},
	    {"abcdef", CAPTCHA_WRONG},
	    {"\xff\xfe", CAPTCHA_WRONG},
	};
	char id[CAPTCHA_ID], code[CAPTCHA_DIGITS + 1];

	(void)state;
	captcha_make(key, CAPTCHA_RECOVER, 8, NOW_MS, id);
	read_code(id, code);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char typed[64] = "";
		size_t len = 0, next = 0;

		for (const char *s = cases[i].shape; *s != '\0'; s++) {
			if (s[0] == '%' && s[1] == 'c') {
				typed[len++] = code[next++];
				s++;
			} else {
				typed[len++] = *s;
			}
		}
		if (check(CAPTCHA_CODE, id, typed, NULL) != cases[i].verdict)
			fail_msg("case %zu: %s", i, cases[i].shape);
	}
}

static void
test_every_digit_counts(void **state)
{
	char id[CAPTCHA_ID], code[CAPTCHA_DIGITS + 1];

	(void)state;
	captcha_make(key, CAPTCHA_RECOVER, 8, NOW_MS, id);
	read_code(id, code);
	for (size_t i = 0; i < CAPTCHA_DIGITS; i++) {
		char typed[CAPTCHA_DIGITS + 1];

		memcpy(typed, code, sizeof typed);
		typed[i] = typed[i] == '9' ? '0' : (char)(typed[i] + 1);
		assert_int_equal(
		    check(CAPTCHA_CODE, id, typed, ""), CAPTCHA_WRONG);
	}
}

static void
test_modes(void **state)
{
	enum { CODE = 1, POW = 2, BAD_CODE = 4, BAD_POW = 8 };
	static const struct {
		enum captcha_mode mode;
		int given;
		enum captcha_verdict verdict;
	} cases[] = {
	    {CAPTCHA_POW_OR_CODE, CODE, CAPTCHA_RIGHT},
	    {CAPTCHA_POW_OR_CODE, POW, CAPTCHA_RIGHT},
	    {CAPTCHA_POW_OR_CODE, POW | BAD_CODE, CAPTCHA_RIGHT},
	    {CAPTCHA_POW_OR_CODE, CODE | BAD_POW, CAPTCHA_RIGHT},
	    {CAPTCHA_POW_OR_CODE, BAD_CODE | BAD_POW, CAPTCHA_WRONG},
	    {CAPTCHA_POW_OR_CODE, 0, CAPTCHA_WRONG},
	    {CAPTCHA_CODE, CODE, CAPTCHA_RIGHT},
	    {CAPTCHA_CODE, POW, CAPTCHA_WRONG},
	    {CAPTCHA_CODE, 0, CAPTCHA_WRONG},
	    {CAPTCHA_POW, POW, CAPTCHA_RIGHT},
	    {CAPTCHA_POW, CODE, CAPTCHA_WRONG},
	    {CAPTCHA_POW, 0, CAPTCHA_WRONG},
	    {CAPTCHA_OFF, 0, CAPTCHA_RIGHT},
	    {CAPTCHA_OFF, CODE, CAPTCHA_RIGHT},
	    {CAPTCHA_OFF, POW, CAPTCHA_RIGHT},
	    {CAPTCHA_OFF, BAD_CODE, CAPTCHA_WRONG},
	};
	char id[CAPTCHA_ID], code[CAPTCHA_DIGITS + 1], pow[20];

	(void)state;
	captcha_make(key, CAPTCHA_RECOVER, 8, NOW_MS, id);
	read_code(id, code);
	solve(id, 8, pow);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int given = cases[i].given;
		const char *c = given & CODE       ? code
				: given & BAD_CODE ? "12345"
						   : "";
		const char *p = given & POW ? pow : given & BAD_POW ? "x" : "";

		if (check(cases[i].mode, id, c, p) != cases[i].verdict)
			fail_msg("case %zu", i);
	}
	assert_int_equal(check(CAPTCHA_OFF, "", "", ""), CAPTCHA_RIGHT);
	assert_int_equal(check(CAPTCHA_OFF, NULL, NULL, NULL), CAPTCHA_RIGHT);
	assert_int_equal(check(CAPTCHA_OFF, "x", "", ""), CAPTCHA_FOREIGN);
}

static void
test_pow_spellings(void **state)
{
	static const char *const bad[] = {"x", "-1", "+1", " 1", "1 ", "1.0",
	    "0x10", "1e3", "\xc2\xb2", "1234567890123456789",
	    "99999999999999999999999999999999999999999999"};
	char id[CAPTCHA_ID], pow[20], longer[24];

	(void)state;
	captcha_make(key, CAPTCHA_RECOVER, 1, NOW_MS, id);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (check(CAPTCHA_POW, id, NULL, bad[i]) != CAPTCHA_WRONG)
			fail_msg("case %zu: %s", i, bad[i]);
	}
	solve(id, 1, pow);
	assert_int_equal(check(CAPTCHA_POW, id, NULL, pow), CAPTCHA_RIGHT);
	snprintf(longer, sizeof longer, " %s", pow);
	assert_int_equal(check(CAPTCHA_POW, id, NULL, longer), CAPTCHA_WRONG);
}

/* A difficulty of n bits lets about one number in 2^n through. */
static void
test_pow_difficulty(void **state)
{
	unsigned right = 0;
	char id[CAPTCHA_ID], n[12];

	(void)state;
	captcha_make(key, CAPTCHA_RECOVER, 4, NOW_MS, id);
	assert_int_equal(captcha_pow_bits(key, id), 4);
	for (unsigned i = 0; i < 8000; i++) {
		snprintf(n, sizeof n, "%u", i);
		right += check(CAPTCHA_POW, id, NULL, n) == CAPTCHA_RIGHT;
	}
	assert_in_range(right, 350, 650);
}

static void
test_no_difficulty_is_no_way_in(void **state)
{
	char id[CAPTCHA_ID];

	(void)state;
	captcha_make(key, CAPTCHA_RECOVER, 0, NOW_MS, id);
	assert_int_equal(check(CAPTCHA_POW, id, NULL, "1"), CAPTCHA_WRONG);
}

/* What lib/web/static/pow-worker.js found for an id of this key: the two
 * agree on what is hashed. */
static void
test_browser_solution(void **state)
{
	static const char id[] =
	    "sDFtYF_90728yniQuC9MKPKaUfvrIipXxkPyaaJHeTmoKttD"
	    "Z9ArVT66CHKHf05Fxlgcl57KbbtM";
	static const char solution[] = "117100";
	const struct captcha_answer answer = {id, NULL, solution};
	const struct captcha_answer wrong = {id, NULL, "1"};

	(void)state;
	assert_int_equal(captcha_pow_bits(key, id), 17);
	assert_int_equal(captcha_check(key, CAPTCHA_POW_OR_CODE,
			     CAPTCHA_RECOVER, &answer, NOW_MS),
	    CAPTCHA_RIGHT);
	assert_int_equal(captcha_check(key, CAPTCHA_POW_OR_CODE,
			     CAPTCHA_RECOVER, &wrong, NOW_MS),
	    CAPTCHA_WRONG);
}

static void
test_expiry(void **state)
{
	static const struct {
		int64_t at_ms;
		enum captcha_verdict verdict;
	} cases[] = {
	    {NOW_MS, CAPTCHA_RIGHT},
	    {NOW_MS + LIFE_MS - 1, CAPTCHA_RIGHT},
	    {NOW_MS + LIFE_MS, CAPTCHA_EXPIRED},
	    {NOW_MS + 100LL * LIFE_MS, CAPTCHA_EXPIRED},
	};
	char id[CAPTCHA_ID], code[CAPTCHA_DIGITS + 1];
	struct captcha_answer answer = {id, code, NULL};

	(void)state;
	captcha_make(key, CAPTCHA_RECOVER, 8, NOW_MS, id);
	read_code(id, code);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (captcha_check(key, CAPTCHA_CODE, CAPTCHA_RECOVER, &answer,
			cases[i].at_ms) != cases[i].verdict)
			fail_msg("case %zu", i);
	}
}

static void
test_purpose_and_key(void **state)
{
	char id[CAPTCHA_ID], code[CAPTCHA_DIGITS + 1];
	struct captcha_answer answer = {id, code, NULL};

	(void)state;
	captcha_make(key, CAPTCHA_REMIND, 8, NOW_MS, id);
	read_code(id, code);
	assert_int_equal(
	    captcha_check(key, CAPTCHA_CODE, CAPTCHA_REMIND, &answer, NOW_MS),
	    CAPTCHA_RIGHT);
	assert_int_equal(
	    captcha_check(key, CAPTCHA_CODE, CAPTCHA_RECOVER, &answer, NOW_MS),
	    CAPTCHA_FOREIGN);
	assert_int_equal(captcha_check(other_key, CAPTCHA_CODE, CAPTCHA_REMIND,
			     &answer, NOW_MS),
	    CAPTCHA_FOREIGN);
	assert_int_equal(captcha_pow_bits(other_key, id), 0);
}

/* One changed character anywhere, or one more or less, and it is foreign. */
static void
test_tampering(void **state)
{
	char id[CAPTCHA_ID], bent[CAPTCHA_ID + 2];
	size_t len;

	(void)state;
	captcha_make(key, CAPTCHA_RECOVER, 8, NOW_MS, id);
	len = strlen(id);
	assert_in_range(len, 40, CAPTCHA_ID - 1);
	for (size_t i = 0; i < len; i++) {
		memcpy(bent, id, len + 1);
		bent[i] = bent[i] == 'A' ? 'B' : 'A';
		assert_int_equal(
		    check(CAPTCHA_OFF, bent, "", ""), CAPTCHA_FOREIGN);
	}
	snprintf(bent, sizeof bent, "%.*s", (int)len - 1, id);
	assert_int_equal(check(CAPTCHA_OFF, bent, "", ""), CAPTCHA_FOREIGN);
	snprintf(bent, sizeof bent, "%sA", id);
	assert_int_equal(check(CAPTCHA_OFF, bent, "", ""), CAPTCHA_FOREIGN);
	assert_int_equal(check(CAPTCHA_CODE, NULL, "", ""), CAPTCHA_FOREIGN);
	assert_int_equal(check(CAPTCHA_CODE, "", "", ""), CAPTCHA_FOREIGN);
}

/* Ids never repeat, do not show their digits, and digits are even. */
static void
test_ids_are_random(void **state)
{
	enum { IDS = 2000 };
	unsigned seen[10] = {0};
	char before[CAPTCHA_ID] = "", id[CAPTCHA_ID];

	(void)state;
	for (int i = 0; i < IDS; i++) {
		char code[CAPTCHA_DIGITS + 1];

		captcha_make(key, CAPTCHA_RECOVER, 8, NOW_MS, id);
		assert_string_not_equal(id, before);
		memcpy(before, id, sizeof id);
		read_code(id, code);
		for (size_t k = 0; k < CAPTCHA_DIGITS; k++)
			seen[code[k] - '0']++;
	}
	for (size_t i = 0; i < COUNT_OF(seen); i++)
		assert_in_range(seen[i], 1000, 1400);
}

static void
test_names(void **state)
{
	char one[CAPTCHA_ID], two[CAPTCHA_ID];
	char name[CAPTCHA_NAME], again[CAPTCHA_NAME], other[CAPTCHA_NAME];
	unsigned char rq[16], rq_again[16], rq_two[16], rq_key[16];

	(void)state;
	captcha_make(key, CAPTCHA_RECOVER, 8, NOW_MS, one);
	captcha_make(key, CAPTCHA_RECOVER, 8, NOW_MS, two);
	captcha_name(one, name);
	captcha_name(one, again);
	captcha_name(two, other);
	assert_int_equal(strlen(name), CAPTCHA_NAME - 1);
	assert_int_equal(
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
			 "pqrstuvwxyz0123456789-_"),
	    CAPTCHA_NAME - 1);
	assert_string_equal(name, again);
	assert_string_not_equal(name, other);

	captcha_request_id(key, one, rq);
	captcha_request_id(key, one, rq_again);
	captcha_request_id(key, two, rq_two);
	captcha_request_id(other_key, one, rq_key);
	assert_memory_equal(rq, rq_again, sizeof rq);
	assert_memory_not_equal(rq, rq_two, sizeof rq);
	assert_memory_not_equal(rq, rq_key, sizeof rq);
}

static void
test_conf(void **state)
{
	static const struct {
		const char *file;
		int mode; /* -1: refused */
	} cases[] = {
	    {"", CAPTCHA_POW_OR_CODE},
	    {"[captcha]\nmode = pow_or_code\n", CAPTCHA_POW_OR_CODE},
	    {"[captcha]\nmode = code\n", CAPTCHA_CODE},
	    {"[captcha]\nmode = pow\n", CAPTCHA_POW},
	    {"[captcha]\nmode = off\n", CAPTCHA_OFF},
	    {"[captcha]\nmode = never\n", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct captcha_conf conf = {.mode = -1};
		const struct conf_section sections[] = {
		    {"captcha", captcha_conf_defs, &conf},
		    {NULL, NULL, NULL},
		};
		struct arena arena;
		struct buf report;
		struct err err = {0};
		int done;

		arena_init(&arena);
		buf_init(&report, 4096);
		done = conf_parse("test", cases[i].file, strlen(cases[i].file),
		    sections, &arena, &report, &err);
		if (cases[i].mode < 0 ? done == 0
				      : done != 0 || conf.mode != cases[i].mode)
			fail_msg("case %zu: %s", i, buf_text(&report));
		buf_free(&report);
		arena_reset(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_code_spellings),
	    cmocka_unit_test(test_every_digit_counts),
	    cmocka_unit_test(test_modes),
	    cmocka_unit_test(test_pow_spellings),
	    cmocka_unit_test(test_pow_difficulty),
	    cmocka_unit_test(test_no_difficulty_is_no_way_in),
	    cmocka_unit_test(test_browser_solution),
	    cmocka_unit_test(test_expiry),
	    cmocka_unit_test(test_purpose_and_key),
	    cmocka_unit_test(test_tampering),
	    cmocka_unit_test(test_ids_are_random),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_conf),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

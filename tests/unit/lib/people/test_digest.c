#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/secret.h"
#include "lib/people/digest.h"

/*
 * Known values: Python's hashlib.blake2b(message, digest_size=32, key=…,
 * salt=16 zero bytes, person=…), key 1 the bytes 0..31, key 2 the bytes 32..63.
 */
#define PROOF_1 "{NUMEN}1$qu5PbRtu-0PbXGcQUv_W0JwY813-YCYAqFrZF8fWK7Y"
#define PROOF_2 "{NUMEN}2$6ErVxKIOTO1gXkIoZK3Zx7wLRQP_EBMTDlVs4t1GV6Y"
#define PROOF_INE_1 "{INE}1$U09MtOuQ9m70NDRQZGfz3lypdxeAMoXQh6wHr55kOdw"
#define SOURCE_1 "{NUMEN}1$I2FEPB2QM4Z9hdEWPO7bC6xt2yLhlVOGAGA39udSq5U"
#define SOURCE_EMP_2 "{EMP}2$YGuY-C6-msm4fS9_jEK5b1eKCQqCViFQu_EXKx7POAU"
#define LETTER_2 "2$0BylnwkSeGjrXn0OPcGB6WxYdrAdu4SBe0tzx1IgBP4"
#define BIRTH_1 "1$NwvOJgik9N4yT8jjDiN18s1fxQoUveg5roLY8ALYmnM"
#define BIRTH_2 "2$J4TUmv-rAYfbOu48YmM4mk94gmbI5A2c-X2COEk0UlU"
#define BIRTH_1_OTHER "1$Hy5qGho0lLhQO9Wj6i82NDS2MWlzkVmW0Nu4JxgJUvU"

static const struct number numen = {NUMBER_NUMEN, "09E9501234ABC"};
static const struct number ine = {NUMBER_INE, "123456789AB"};
static const struct birth born = {"1975-09-01"};

static int
enter_folder(void **state)
{
	char *folder = strdup("/tmp/test_digest.XXXXXX");

	*state = folder;
	return folder != NULL && mkdtemp(folder) != NULL ? chdir(folder) : -1;
}

static void
empty_folder(void)
{
	DIR *folder = opendir(".");
	struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		unlink(entry->d_name);
	closedir(folder);
}

static int
leave_folder(void **state)
{
	empty_folder();
	if (chdir("/") < 0)
		return -1;
	rmdir(*state);
	free(*state);
	return 0;
}

/* A key file with size bytes, counted up from first. */
static void
put_key(const char *name, unsigned char first, size_t size)
{
	unsigned char bytes[64];
	struct err err;

	assert_true(size <= sizeof(bytes));
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(first + i);
	assert_int_equal(file_replace(name, 0400, bytes, size, &err), 0);
}

static void
open_two(struct digest_keys *keys)
{
	struct err err;

	put_key("numen-1.key", 0, SECRET_KEY);
	put_key("numen-2.key", 32, SECRET_KEY);
	assert_int_equal(digest_open_keys(".", keys, &err), 0);
	assert_int_equal(keys->count, 2);
}

static void
test_known_values(void **state)
{
	static const struct letter_code letter = {"ABCD2345EFGH678X"};
	struct digest_keys keys;

	(void)state;
	open_two(&keys);
	assert_string_equal(digest_proof(&keys, 0, &numen).text, PROOF_2);
	assert_string_equal(digest_proof(&keys, 1, &numen).text, PROOF_1);
	assert_string_equal(digest_proof(&keys, 1, &ine).text, PROOF_INE_1);
	assert_string_equal(
	    digest_source(&keys, 1, "NUMEN", numen.text).text, SOURCE_1);
	assert_string_equal(
	    digest_source(&keys, 0, "EMP", "4711").text, SOURCE_EMP_2);
	assert_string_equal(digest_letter(&keys, 0, &letter).text, LETTER_2);
	assert_string_equal(
	    digest_birth(&keys, 1, "jdupont", &born).text, BIRTH_1);
	assert_string_equal(
	    digest_birth(&keys, 0, "jdupont", &born).text, BIRTH_2);
	assert_string_equal(
	    digest_birth(&keys, 1, "jdupont1", &born).text, BIRTH_1_OTHER);
	digest_close_keys(&keys);
}

static void
test_birth_matches(void **state)
{
	static const struct {
		const char *stored, *uid, *birth;
		bool same;
	} cases[] = {
	    {BIRTH_1, "jdupont", "1975-09-01", true},
	    {BIRTH_2, "jdupont", "1975-09-01", true},
	    {BIRTH_1_OTHER, "jdupont1", "1975-09-01", true},
	    {BIRTH_1, "jdupont1", "1975-09-01", false},
	    {BIRTH_1, "jdupont", "1975-09-02", false},
	    {BIRTH_1, "jdupont1975-09-01", "", false},
	    {BIRTH_1, "jdupon", "t1975-09-0", false},
	    {BIRTH_1 "x", "jdupont", "1975-09-01", false},
	    {BIRTH_1 BIRTH_1 BIRTH_1, "jdupont", "1975-09-01", false},
	    {"1$", "jdupont", "1975-09-01", false},
	    {"", "jdupont", "1975-09-01", false},
	    {NULL, "jdupont", "1975-09-01", false},
	    {"1975-09-01", "jdupont", "1975-09-01", false},
	    /* the right hash under the wrong key's name */
	    {"2$NwvOJgik9N4yT8jjDiN18s1fxQoUveg5roLY8ALYmnM", "jdupont",
		"1975-09-01", false},
	    {"3$NwvOJgik9N4yT8jjDiN18s1fxQoUveg5roLY8ALYmnM", "jdupont",
		"1975-09-01", false},
	};
	struct digest_keys keys;

	(void)state;
	open_two(&keys);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct birth birth = {""};

		memcpy(birth.text, cases[i].birth, strlen(cases[i].birth));
		if (digest_birth_matches(&keys, cases[i].stored, cases[i].uid,
			&birth) != cases[i].same)
			fail_msg("case %zu", i);
	}
	digest_close_keys(&keys);
	assert_false(digest_birth_matches(&keys, BIRTH_1, "jdupont", &born));
}

/* Nothing a directory may hold makes it fall. */
static void
test_long_uid(void **state)
{
	struct digest_keys keys;
	char uid[4097];

	(void)state;
	memset(uid, 'a', sizeof(uid) - 1);
	uid[sizeof(uid) - 1] = '\0';
	open_two(&keys);
	assert_false(digest_birth_matches(&keys, BIRTH_1, uid, &born));
	assert_true(digest_birth_matches(
	    &keys, digest_birth(&keys, 1, uid, &born).text, uid, &born));
	digest_close_keys(&keys);
}

static void
test_order(void **state)
{
	static const char *const newest_first[] = {
	    "a", "2026-b", "2026-a", "10", "9", "009", "08", "1"};
	struct digest_keys keys;
	char name[64];
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(newest_first); i++) {
		/* In another order than the one asked for. */
		snprintf(name, sizeof(name), "numen-%s.key",
		    newest_first[(i * 5 + 3) % COUNT_OF(newest_first)]);
		put_key(name, 0, SECRET_KEY);
	}
	put_key("record.key", 0, SECRET_KEY);
	put_key("numen-1.key.old", 0, 1);
	put_key("numen-1.keys", 0, 1);
	put_key("old-numen-1.key", 0, 1);
	assert_int_equal(digest_open_keys(".", &keys, &err), 0);
	assert_int_equal(keys.count, COUNT_OF(newest_first));
	for (size_t i = 0; i < COUNT_OF(newest_first); i++)
		assert_string_equal(keys.list[i].kid, newest_first[i]);
	digest_close_keys(&keys);
	assert_int_equal(keys.count, 0);
	digest_close_keys(&keys);
}

static void
assert_refused(const char *dir, const char *word)
{
	struct digest_keys keys;
	struct err err;

	assert_int_equal(digest_open_keys(dir, &keys, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(keys.count, 0);
	if (strstr(err.text, word) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, word);
}

static void
test_bad_folders(void **state)
{
	char name[64];

	(void)state;
	assert_refused("absent", "absent");
	assert_refused(".", "no key");
	put_key("numen-1.key", 0, SECRET_KEY);
	put_key("numen-2.key", 0, SECRET_KEY - 1);
	assert_refused(".", "numen-2.key");
	put_key("numen-2.key", 0, SECRET_KEY + 1);
	assert_refused(".", "numen-2.key");
	put_key("numen-2.key", 0, SECRET_KEY);
	assert_int_equal(chmod("numen-2.key", 0444), 0);
	assert_refused(".", "numen-2.key");
	unlink("numen-2.key");
	put_key("numen-a$b.key", 0, SECRET_KEY);
	assert_refused(".", "numen-a$b.key");
	unlink("numen-a$b.key");
	put_key("numen-.key", 0, SECRET_KEY);
	assert_refused(".", "numen-.key");
	unlink("numen-.key");
	put_key("numen-12345678901234567.key", 0, SECRET_KEY);
	assert_refused(".", "numen-12345678901234567.key");
	empty_folder();
	for (int i = 0; i <= DIGEST_KEYS_MAX; i++) {
		snprintf(name, sizeof(name), "numen-%d.key", i);
		put_key(name, 0, SECRET_KEY);
	}
	assert_refused(".", "more than 8");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_known_values, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(
		test_birth_matches, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(
		test_long_uid, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(
		test_order, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(
		test_bad_folders, enter_folder, leave_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

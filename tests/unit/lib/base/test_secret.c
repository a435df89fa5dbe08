#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/secret.h"

static const char key_bytes[SECRET_KEY + 1] =
    "\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
    "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";

static int
enter_folder(void **state)
{
	char *folder = strdup("/tmp/test_secret.XXXXXX");

	*state = folder;
	return folder != NULL && mkdtemp(folder) != NULL ? chdir(folder) : -1;
}

static int
leave_folder(void **state)
{
	unsetenv("CREDENTIALS_DIRECTORY");
	unlink("f");
	unlink("credentials/f");
	rmdir("credentials");
	if (chdir("/") < 0)
		return -1;
	rmdir(*state);
	free(*state);
	return 0;
}

static void
put(const char *path, mode_t mode, const char *bytes, size_t len)
{
	struct err err;

	assert_int_equal(file_replace(path, mode, bytes, len, &err), 0);
}

static void
test_key(void **state)
{
	struct secret secret;
	struct err err;

	(void)state;
	put("f", 0400, key_bytes, SECRET_KEY);
	assert_int_equal(secret_read_key("f", SECRET_KEY, &secret, &err), 0);
	assert_int_equal(secret.len, SECRET_KEY);
	assert_memory_equal(secret.bytes, key_bytes, SECRET_KEY);
	assert_int_equal(secret.bytes[SECRET_KEY], 0);
	secret_free(&secret);
	assert_null(secret.bytes);
	secret_free(&secret);
}

static void
test_bad_keys(void **state)
{
	static const struct {
		size_t len;
		mode_t mode;
	} cases[] = {
	    {0, 0400},
	    {SECRET_KEY - 1, 0400},
	    {SECRET_KEY + 1, 0400},
	    {SECRET_KEY, 0444},
	    {SECRET_KEY, 0660},
	};
	struct secret secret;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		put("f", cases[i].mode, key_bytes, cases[i].len);
		assert_int_equal(
		    secret_read_key("f", SECRET_KEY, &secret, &err), -1);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_non_null(strstr(err.text, "f "));
		assert_null(secret.bytes);
	}
	assert_int_equal(
	    secret_read_key("gone", SECRET_KEY, &secret, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "gone"));
	assert_int_equal(secret_read_key("", SECRET_KEY, &secret, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
}

static void
test_passwords(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *password; /* NULL: refused */
	} cases[] = {
	    {"Bateau-Cerise", 13, "Bateau-Cerise"},
	    {"Bateau-Cerise\n", 14, "Bateau-Cerise"},
	    {"Bateau-Cerise\r\n", 15, "Bateau-Cerise"},
	    {" with space ", 12, " with space "},
	    {"", 0, NULL},
	    {"\n", 1, NULL},
	    {"\r\n", 2, NULL},
	    {"mot\ndepasse", 11, NULL},
	    {"mot\n\n", 5, NULL},
	    {"mot\0depasse", 11, NULL},
	};
	struct secret secret;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		put("f", 0600, cases[i].bytes, cases[i].len);
		if (cases[i].password == NULL) {
			assert_int_equal(
			    secret_read_password("f", &secret, &err), -1);
			assert_int_equal(err.kind, ERR_CONFIG);
			assert_null(strstr(err.text, "mot"));
			continue;
		}
		assert_int_equal(secret_read_password("f", &secret, &err), 0);
		assert_int_equal(secret.len, strlen(cases[i].password));
		assert_string_equal((char *)secret.bytes, cases[i].password);
		secret_free(&secret);
	}
}

static void
test_long_password(void **state)
{
	char bytes[1025];
	struct secret secret;
	struct err err;

	(void)state;
	memset(bytes, 'p', sizeof(bytes));
	put("f", 0600, bytes, 1024);
	assert_int_equal(secret_read_password("f", &secret, &err), 0);
	assert_int_equal(secret.len, 1024);
	secret_free(&secret);
	put("f", 0600, bytes, 1025);
	assert_int_equal(secret_read_password("f", &secret, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
}

static void
test_credentials_folder_comes_first(void **state)
{
	struct secret secret;
	struct err err;

	(void)state;
	assert_int_equal(mkdir("credentials", 0700), 0);
	setenv("CREDENTIALS_DIRECTORY", "credentials", 1);
	put("f", 0600, "given", 5);
	assert_int_equal(secret_read_password("./f", &secret, &err), 0);
	assert_string_equal((char *)secret.bytes, "given");
	secret_free(&secret);
	put("credentials/f", 0600, "credential", 10);
	assert_int_equal(
	    secret_read_password("/etc/rentree/f", &secret, &err), 0);
	assert_string_equal((char *)secret.bytes, "credential");
	secret_free(&secret);
}

static void
test_derive(void **state)
{
	/* Python: hashlib.blake2b(b"", digest_size=32, key=bytes(range(32)),
	 * salt=(1).to_bytes(16, "little"),
	 * person=b"captcha".ljust(16, b"\0")) */
	static const char captcha[] =
	    "\xe4\x29\xa4\xe9\x1b\x65\x95\xc6\xa1\xad\x3e\x6d\xf0\xc6\xbe\xec"
	    "\xc4\x0c\x2f\xef\x8b\xd0\xb9\x75\x4e\x16\xd0\x22\xdd\x17\x82\x1a";
	unsigned char one[SECRET_KEY], other[SECRET_KEY];
	struct secret master;
	struct err err;

	(void)state;
	put("f", 0400, key_bytes, SECRET_KEY);
	assert_int_equal(secret_read_key("f", SECRET_KEY, &master, &err), 0);
	secret_derive(&master, "captcha", one);
	assert_memory_equal(one, captcha, SECRET_KEY);
	secret_derive(&master, "captchas", other);
	assert_memory_not_equal(one, other, SECRET_KEY);
	secret_free(&master);
}

static void
test_harden(void **state)
{
	struct rlimit limit;

	(void)state;
	secret_harden_process();
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_int_equal(limit.rlim_max, 0);
}

#define IN_FOLDER(test)                                                        \
	cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(test_key),
	    IN_FOLDER(test_bad_keys),
	    IN_FOLDER(test_passwords),
	    IN_FOLDER(test_long_password),
	    IN_FOLDER(test_credentials_folder_comes_first),
	    IN_FOLDER(test_derive),
	    cmocka_unit_test(test_harden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

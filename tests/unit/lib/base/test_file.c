#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/file.h"

/* Every test runs with its own empty folder as the current one. */
static int
enter_folder(void **state)
{
	char *folder = strdup("/tmp/test_file.XXXXXX");

	*state = folder;
	return folder != NULL && mkdtemp(folder) != NULL ? chdir(folder) : -1;
}

static size_t
entries(void (*each)(const char *name))
{
	DIR *dir = opendir(".");
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		count++;
		if (each != NULL)
			each(entry->d_name);
	}
	closedir(dir);
	return count;
}

static void
discard(const char *name)
{
	if (unlink(name) < 0)
		rmdir(name);
}

static int
leave_folder(void **state)
{
	entries(discard);
	if (chdir("/") < 0)
		return -1;
	rmdir(*state);
	free(*state);
	return 0;
}

static mode_t
mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 07777;
}

static void
assert_content(const char *path, const char *want)
{
	struct arena arena = {0};
	struct err err;
	char *bytes;
	size_t len;

	assert_int_equal(file_read(&arena, path, 1000, &bytes, &len, &err), 0);
	assert_int_equal(len, strlen(want));
	assert_string_equal(bytes, want);
	arena_reset(&arena);
}

static void
test_replace_and_read(void **state)
{
	struct err err;
	mode_t old = umask(077);

	(void)state;
	assert_int_equal(file_replace("a", 0644, "one", 3, &err), 0);
	assert_content("a", "one");
	assert_int_equal(mode_of("a"), 0644);
	assert_int_equal(file_replace("./a", 0400, "", 0, &err), 0);
	assert_content("a", "");
	assert_int_equal(mode_of("a"), 0400);
	assert_int_equal(entries(NULL), 1);
	umask(old);
}

static void
test_replace_that_fails_leaves_the_old(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(mkdir("folder", 0755), 0);
	assert_int_equal(file_replace("folder", 0600, "x", 1, &err), -1);
	assert_non_null(strstr(err.text, "folder"));
	assert_int_equal(entries(NULL), 1);
	assert_int_equal(file_replace("no/such", 0600, "x", 1, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
}

static void
test_read_ceiling(void **state)
{
	static const struct {
		size_t size, ceiling;
		bool ok;
	} cases[] = {
	    {0, 0, true},
	    {1, 0, false},
	    {100, 100, true},
	    {100, 99, false},
	    {16384, 16384, true},
	    {16385, 16384, false},
	    {50000, 60000, true},
	};
	struct arena arena = {0};
	struct err err;
	char *content, *bytes;
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		content = arena_alloc(&arena, cases[i].size);
		for (size_t j = 0; j < cases[i].size; j++)
			content[j] = (char)(j % 251);
		assert_int_equal(
		    file_replace("b", 0600, content, cases[i].size, &err), 0);
		err.kind = ERR_NONE;
		assert_int_equal(file_read(&arena, "b", cases[i].ceiling,
				     &bytes, &len, &err),
		    cases[i].ok ? 0 : -1);
		if (!cases[i].ok) {
			assert_int_equal(err.kind, ERR_INPUT);
			continue;
		}
		assert_int_equal(len, cases[i].size);
		assert_memory_equal(bytes, content, len);
		assert_int_equal(bytes[len], '\0');
	}
	arena_reset(&arena);
}

static void
test_read_errors(void **state)
{
	struct arena arena = {0};
	struct err err;
	char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(file_read(&arena, "gone", 9, &bytes, &len, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(
	    err.text, "cannot open gone: No such file or directory");
	assert_int_equal(file_read(&arena, ".", 9, &bytes, &len, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	arena_reset(&arena);
}

static void
test_create_only_once(void **state)
{
	struct err err;
	int made = 7;

	(void)state;
	assert_int_equal(file_create("key", 0400, "first", 5, &made, &err), 0);
	assert_int_equal(made, 1);
	assert_int_equal(mode_of("key"), 0400);
	assert_int_equal(file_create("key", 0400, "second", 6, &made, &err), 0);
	assert_int_equal(made, 0);
	assert_content("key", "first");
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(file_create("dangling", 0400, "x", 1, &made, &err), 0);
	assert_int_equal(made, 0);
	assert_int_equal(entries(NULL), 2);
	assert_int_equal(file_create("no/such", 0400, "x", 1, &made, &err), -1);
	assert_int_equal(made, 0);
}

static void
test_is_private(void **state)
{
	static const struct {
		mode_t mode;
		bool ok;
	} cases[] = {
	    {0400, true},
	    {0600, true},
	    {0440, true},
	    {0640, true},
	    {0460, false},
	    {0620, false},
	    {0404, false},
	    {0644, false},
	    {0401, false},
	    {0402, false},
	};
	struct err err;

	(void)state;
	assert_int_equal(file_replace("c", 0600, "x", 1, &err), 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(chmod("c", cases[i].mode), 0);
		assert_int_equal(
		    file_is_private("c", &err), cases[i].ok ? 0 : -1);
		if (!cases[i].ok)
			assert_int_equal(err.kind, ERR_CONFIG);
	}
	assert_int_equal(chmod("c", 0644), 0);
	assert_int_equal(file_is_private("c", &err), -1);
	assert_string_equal(err.text,
	    "c has mode 0644, so others could read or change it: "
	    "chmod 0400 c");
	assert_int_equal(file_is_private("gone", &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(file_is_private(".", &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
}

static void
test_lock(void **state)
{
	struct err err;
	int fd, again;

	(void)state;
	fd = file_lock("lock", &err);
	assert_true(fd >= 0);
	assert_int_equal(file_lock("lock", &err), -1);
	assert_int_equal(err.kind, ERR_TEMPORARY);
	close(fd);
	again = file_lock("lock", &err);
	assert_true(again >= 0);
	close(again);
	assert_int_equal(file_lock("no/such", &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
}

/* Eight processes race to create one file; exactly one makes it. */
static void
test_create_race(void **state)
{
	struct err err;
	int made, status, makers = 0;

	(void)state;
	for (int i = 0; i < 8; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			_exit(
			    file_create("raced", 0600, "x", 1, &made, &err) == 0
				? made
				: 9);
	}
	while (wait(&status) > 0) {
		assert_true(WIFEXITED(status));
		assert_in_range(WEXITSTATUS(status), 0, 1);
		makers += WEXITSTATUS(status);
	}
	assert_int_equal(makers, 1);
	assert_int_equal(entries(NULL), 1);
}

#define IN_FOLDER(test)                                                        \
	cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(test_replace_and_read),
	    IN_FOLDER(test_replace_that_fails_leaves_the_old),
	    IN_FOLDER(test_read_ceiling),
	    IN_FOLDER(test_read_errors),
	    IN_FOLDER(test_create_only_once),
	    IN_FOLDER(test_is_private),
	    IN_FOLDER(test_lock),
	    IN_FOLDER(test_create_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
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
#include "lib/base/base.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/flow/flow_conf.h"
#include "lib/flow/hands.h"
#include "lib/flow/hooks.h"
#include "lib/people/person.h"

static char folder[] = "/tmp/rentree-hooks-XXXXXX";
static char program[64], note[64];
static struct arena arena;

/* A script that may write to $OUT. */
static void
write_program(const char *body)
{
	FILE *file = fopen(program, "w");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\nOUT=%s\n%s\n", note, body);
	fclose(file);
	assert_int_equal(chmod(program, 0700), 0);
	(void)unlink(note);
}

static const char *
noted(void)
{
	struct err err = {0};
	char *bytes;
	size_t len;

	if (file_read(&arena, note, 65536, &bytes, &len, &err) != 0)
		return "";
	return bytes;
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(program, sizeof program, "%s/hook", folder);
	(void)snprintf(note, sizeof note, "%s/note", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(program);
	(void)unlink(note);
	(void)rmdir(folder);
	arena_reset(&arena);
	return 0;
}

static void
test_line_and_environment(void **unused)
{
	struct err err = {0};

	(void)unused;
	assert_int_equal(setenv("SECRET_OF_OURS", "x", 1), 0);
	write_program("cat >$OUT; env | grep -v '^PWD=\\|^_=\\|^OLDPWD=\\|"
		      "^SHLVL=' | sort >>$OUT; ls /proc/self/fd | wc -w "
		      ">>$OUT; echo $# >>$OUT");
	if (hooks_run(program, "{\"event\":\"x\"}\n", 5000, &err) != 0)
		fail_msg("%s", err.text);
	/* 0, 1, 2 and the one ls itself reads */
	assert_string_equal(noted(),
	    "{\"event\":\"x\"}\nLANG=C.UTF-8\n"
	    "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n4\n0\n");
}

/* What is open here, even without close-on-exec, is not open there. */
static void
test_descriptors(void **unused)
{
	struct err err = {0};
	int ours = dup(STDOUT_FILENO);

	(void)unused;
	write_program("ls /proc/self/fd | wc -w >$OUT");
	assert_int_equal(hooks_run(program, "x\n", 5000, &err), 0);
	assert_string_equal(noted(), "4\n");
	close(ours);
}

static void
test_failures(void **unused)
{
	static const struct {
		const char *body;
		int rc;
	} cases[] = {
	    {"exit 0", 0}, {"exit 3", -1}, {"kill -9 $$", -1}, {"true", 0}};
	struct err err = {0};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		write_program(cases[i].body);
		/* it does not read its input: that is its right */
		for (size_t again = 0; again < 20; again++)
			if (hooks_run(program, "a line\n", 5000, &err) !=
			    cases[i].rc)
				fail_msg("%s: %s", cases[i].body, err.text);
	}
	assert_int_equal(hooks_run("/nowhere/hook", "x\n", 5000, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	/* no child is left behind, dead or alive */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
test_killed(void **unused)
{
	struct err err = {0};
	int64_t start_ms = clock_mono_ms();

	(void)unused;
	write_program("(sleep 2; echo still >$OUT) & sleep 60; echo no >$OUT");
	assert_int_equal(hooks_run(program, "x\n", 300, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_true(clock_mono_ms() - start_ms < 1500);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	/* what it started went with it */
	clock_sleep_ms(2200);
	assert_string_equal(noted(), "");
}

static void
test_after_change(void **unused)
{
	char *mails[] = {(char *)"j@ac-test.fr", (char *)"k@ac-test.fr", NULL};
	struct person person = {.login = "jdupont", .mails = mails};
	struct hooks_conf conf = {
	    .after_password_change = program, .sogo_memcached = ""};
	struct workshop shop = {.hooks = &conf};
	struct hands hands = {.shop = &shop};

	(void)unused;
	write_program("cat >$OUT");
	hooks_after_change(&hands, &person);
	assert_string_equal(noted(),
	    "{\"event\":\"password-changed\",\"login\":\"jdupont\","
	    "\"mails\":[\"j@ac-test.fr\",\"k@ac-test.fr\"]}\n");
	arena_reset(&hands.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_line_and_environment),
	    cmocka_unit_test(test_descriptors),
	    cmocka_unit_test(test_failures),
	    cmocka_unit_test(test_killed),
	    cmocka_unit_test(test_after_change),
	};

	signal(SIGPIPE, SIG_IGN); /* as the worker does */
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* Who may be whom, as a file and as an index. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/flow/moderation.h"

static const char *mail = "j@ac-test.fr";
static char path[] = "/tmp/test_moderation.XXXXXX";
static struct arena arena;
static struct moderation moderation;
static struct err err;

static int
fresh(void **state)
{
	(void)state;
	(void)unlink(path);
	return moderation_open(&moderation, path, &arena, &err);
}

static int
close_it(void **state)
{
	(void)state;
	moderation_close(&moderation);
	arena_reset(&arena);
	(void)unlink(path);
	return 0;
}

static struct moderation_case *
note(const char *source, const char *other, const char *login)
{
	const struct moderation_case one = {.sources = {source, other},
	    .name = "Jean Dupont",
	    .kind = "enseignant",
	    .establishment = "",
	    .account = {.login = login,
		.display = "Dupont J",
		.kind = "enseignant",
		.establishment = "",
		.mail = mail}};

	return moderation_note(&moderation, &one);
}

static struct moderation_case *
find(const char *source, const char *login)
{
	return moderation_find(&moderation, &source, 1, login);
}

static void
reopen(void)
{
	assert_int_equal(moderation_save(&moderation, &err), 0);
	moderation_close(&moderation);
	assert_int_equal(moderation_open(&moderation, path, &arena, &err), 0);
}

static void
test_find(void **unused)
{
	static const char *const both[] = {"{EMP}2$9", "{NUMEN}2$1"};
	struct moderation_case *one = note("{NUMEN}2$1", "{EMP}2$2", "jdupont");

	(void)unused;
	assert_true(one->arose);
	assert_ptr_equal(note("{NUMEN}2$1", NULL, "jdupont"), one);
	assert_ptr_equal(find("{NUMEN}2$1", "jdupont"), one);
	assert_ptr_equal(find("{EMP}2$2", "jdupont"), one);
	assert_ptr_equal(moderation_find(&moderation, both, 2, "jdupont"), one);
	assert_null(find("{EMP}2$9", "jdupont"));
	assert_null(find("{NUMEN}2$1", "jdupont1"));
	/* Another account of the same person is another question. */
	assert_ptr_not_equal(note("{NUMEN}2$1", NULL, "jdupont1"), one);
	moderation_decide(&moderation, one, MODERATION_DIFFERENT);
	reopen();
	one = find("{EMP}2$2", "jdupont");
	assert_non_null(one);
	assert_int_equal(one->word, MODERATION_DIFFERENT);
	assert_false(one->arose);
	assert_ptr_equal(moderation_by_id(&moderation, one->id), one);
	assert_int_equal(find("{NUMEN}2$1", "jdupont1")->word, MODERATION_OPEN);
}

static void
test_drop(void **unused)
{
	struct moderation_case *list[3];

	(void)unused;
	list[0] = note("{EMP}2$0", NULL, "a");
	list[1] = note("{EMP}2$1", NULL, "b");
	list[2] = note("{EMP}2$2", NULL, "c");
	moderation_drop(&moderation, list[1]);
	moderation_drop(&moderation, list[1]);
	assert_null(find("{EMP}2$1", "b"));
	assert_ptr_equal(list[0]->next, list[2]);
	moderation_drop(&moderation, list[2]); /* the last */
	assert_null(list[0]->next);
	moderation_drop(&moderation, list[0]); /* and the first */
	assert_null(moderation.first);
	/* It arises again. */
	list[1] = note("{EMP}2$1", NULL, "b");
	assert_ptr_equal(moderation.first, list[1]);
	assert_ptr_equal(find("{EMP}2$1", "b"), list[1]);
	(void)note("{EMP}2$3", NULL, "d");
	reopen();
	assert_non_null(find("{EMP}2$1", "b"));
	assert_non_null(find("{EMP}2$3", "d"));
	assert_null(find("{EMP}2$0", "a"));
}

/* What the operator is shown is what the account is now. */
static void
test_account_is_told_anew(void **unused)
{
	struct moderation_case *one = note("{EMP}2$1", NULL, "a");

	(void)unused;
	moderation_decide(&moderation, one, MODERATION_LATER);
	reopen();
	assert_string_equal(
	    find("{EMP}2$1", "a")->account.mail, "j@ac-test.fr");
	assert_false(moderation.changed);
	(void)note("{EMP}2$1", NULL, "a");
	assert_false(moderation.changed);
	mail = "k@ac-test.fr";
	(void)note("{EMP}2$1", NULL, "a");
	mail = "j@ac-test.fr";
	reopen();
	one = find("{EMP}2$1", "a");
	assert_string_equal(one->account.mail, "k@ac-test.fr");
	assert_string_equal(one->account.kind, "enseignant");
	assert_int_equal(one->word, MODERATION_LATER);
}

/* As many as a slipped column asks about, found and dropped. */
static void
test_many(void **unused)
{
	enum { MANY = 50000 };
	struct moderation_case *next;
	size_t left = 0;

	(void)unused;
	for (int i = 0; i < MANY; i++)
		(void)note(arena_printf(&arena, "{EMP}2$%d", i), NULL,
		    arena_printf(&arena, "u%d", i % 100));
	for (int i = 0; i < MANY; i++) {
		const struct moderation_case *one =
		    find(arena_printf(&arena, "{EMP}2$%d", i),
			arena_printf(&arena, "u%d", i % 100));

		assert_non_null(one);
		assert_string_equal(
		    one->sources[0], arena_printf(&arena, "{EMP}2$%d", i));
	}
	for (struct moderation_case *one = moderation.first; one != NULL;
	     one = next) {
		next = one->next;
		if (left++ % 2 == 0)
			moderation_drop(&moderation, one);
	}
	left = 0;
	for (const struct moderation_case *one = moderation.first; one != NULL;
	     one = one->next)
		left++;
	assert_int_equal(left, MANY / 2);
}

static void
test_damaged(void **unused)
{
	FILE *file = fopen(path, "w");

	(void)unused;
	assert_non_null(file);
	assert_true(fputs("{\"login\":\"a\"}\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	moderation_close(&moderation);
	assert_int_equal(moderation_open(&moderation, path, &arena, &err), -1);
	assert_non_null(strstr(err.text, ":1: a line is damaged"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_find, fresh, close_it),
	    cmocka_unit_test_setup_teardown(test_drop, fresh, close_it),
	    cmocka_unit_test_setup_teardown(
		test_account_is_told_anew, fresh, close_it),
	    cmocka_unit_test_setup_teardown(test_many, fresh, close_it),
	    cmocka_unit_test_setup_teardown(test_damaged, fresh, close_it),
	};
	int fd = mkstemp(path);

	if (fd < 0 || sodium_init() < 0)
		return 1;
	close(fd);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

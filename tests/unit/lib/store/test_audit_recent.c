/* The newest audit lines about somebody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/store/audit.h"

enum { MAX = 4 };

struct bench {
	char folder[64], path[96];
	unsigned char key_bytes[SECRET_KEY];
	struct secret key;
	struct audit *audit;
	struct arena arena;
	struct err err;
	struct audit_seen list[MAX];
	size_t count;
};

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	snprintf(b->folder, sizeof(b->folder), "/tmp/test-recent.XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	snprintf(b->path, sizeof(b->path), "%s/audit.jsonl", b->folder);
	randombytes_buf(b->key_bytes, SECRET_KEY);
	b->key = (struct secret){b->key_bytes, SECRET_KEY};
	b->audit = audit_open(b->path, &b->key, &b->err);
	assert_non_null(b->audit);
	*state = b;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	audit_close(b->audit);
	unlink(b->path);
	assert_int_equal(rmdir(b->folder), 0);
	arena_reset(&b->arena);
	free(b);
	return 0;
}

static void
put(struct bench *b, const char *event, const char *login, const char *reason)
{
	assert_int_equal(
	    audit_write(b->audit,
		&(struct audit_entry){
		    .event = event, .login = login, .reason = reason},
		&b->err),
	    0);
}

static bool
is_no_look(const char *event, const char *reason)
{
	(void)reason;
	return strcmp(event, "look") != 0;
}

static void
look(struct bench *b, const char *login)
{
	assert_int_equal(audit_recent(b->audit, login, is_no_look, MAX,
			     &b->arena, b->list, &b->count, &b->err),
	    0);
}

static void
newest_first_and_no_more_than_asked(void **state)
{
	static const char *const events[] = {"a", "b", "c", "d", "e", "f"};
	struct bench *b = *state;
	int64_t begin = clock_now_ms() / 1000 * 1000; /* whole seconds */

	for (size_t i = 0; i < COUNT_OF(events); i++) {
		put(b, events[i], "jdupont", i == 5 ? "quota" : NULL);
		put(b, "x", "jdupont1", NULL);
		put(b, "look", "jdupont", NULL);
		put(b, "y", NULL, "jdupont");
	}
	look(b, "jdupont");
	assert_int_equal(b->count, MAX);
	for (size_t i = 0; i < MAX; i++)
		assert_string_equal(b->list[i].event, events[5 - i]);
	assert_string_equal(b->list[0].reason, "quota");
	assert_string_equal(b->list[1].reason, "");
	assert_true(
	    b->list[0].at_ms >= begin && b->list[0].at_ms <= clock_now_ms());
}

static void
nobody_and_nothing(void **state)
{
	struct bench *b = *state;

	look(b, "jdupont");
	assert_int_equal(b->count, 0);
	put(b, "a", "jdupont", NULL);
	look(b, "dupont");
	assert_int_equal(b->count, 0);
}

/* A login inside of another member is not about that person. */
static void
what_only_looks_like_it(void **state)
{
	struct bench *b = *state;

	put(b, "a", "other", "\"login\":\"jdupont\"");
	put(b, "b", "jdupont", NULL);
	look(b, "jdupont");
	assert_int_equal(b->count, 1);
	assert_string_equal(b->list[0].event, "b");
}

/* Lines that do not read, a cut one at the end, one begun before the part of
 * the file that is read. */
static void
damaged_lines_are_passed_over(void **state)
{
	struct bench *b = *state;
	FILE *file;

	put(b, "a", "jdupont", NULL);
	file = fopen(b->path, "a");
	assert_non_null(file);
	for (size_t i = 0; i < AUDIT_RECENT_BYTES / 4096; i++)
		fprintf(file, "%04095d\n", 0);
	fputs("{\"login\":\"jdupont\",\"event\":\"z\"}\n", file);
	fputs("{\"login\":\"jdupont\",\"ev", file);
	fclose(file);
	look(b, "jdupont");
	assert_int_equal(b->count, 0);
}

static void
no_file(void **state)
{
	struct bench *b = *state;

	assert_int_equal(unlink(b->path), 0);
	assert_int_equal(audit_recent(b->audit, "jdupont", is_no_look, MAX,
			     &b->arena, b->list, &b->count, &b->err),
	    -1);
	assert_int_equal(b->err.kind, ERR_UNAVAILABLE);
}

int
main(void)
{
#define WITH_BENCH(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    WITH_BENCH(newest_first_and_no_more_than_asked),
	    WITH_BENCH(nobody_and_nothing),
	    WITH_BENCH(what_only_looks_like_it),
	    WITH_BENCH(damaged_lines_are_passed_over),
	    WITH_BENCH(no_file),
	};

	return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}

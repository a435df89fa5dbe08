#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/store/audit.h"
#include "lib/store/audit_line.h"

enum { CEILING = 4 * 1024 * 1024 };

struct bench {
	char folder[64], path[96], old[96];
	unsigned char key_bytes[SECRET_KEY];
	struct secret key;
	struct audit *audit;
	char *text; /* what content() read */
	struct arena arena;
	struct err err;
};

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	snprintf(b->folder, sizeof(b->folder), "/tmp/test-audit.XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	snprintf(b->path, sizeof(b->path), "%s/audit.jsonl", b->folder);
	snprintf(b->old, sizeof(b->old), "%s/audit.jsonl.1", b->folder);
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
	unlink(b->old);
	assert_int_equal(rmdir(b->folder), 0);
	arena_reset(&b->arena);
	free(b);
	return 0;
}

static void
add(struct bench *b, const char *login)
{
	const struct audit_entry entry = {.event = "recover.sent",
	    .login = login,
	    .uuid = "2b0e1c4a-0000-4000-8000-0123456789ab",
	    .actor = "visitor",
	    .ref = "7K3QWB"};

	assert_int_equal(audit_write(b->audit, &entry, &b->err), 0);
}

static char *
content(struct bench *b, const char *path, size_t *len)
{
	assert_int_equal(
	    file_read(&b->arena, path, CEILING, &b->text, len, &b->err), 0);
	return b->text;
}

static void
overwrite(struct bench *b, const void *bytes, size_t len)
{
	FILE *file = fopen(b->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void
assert_good(struct bench *b, const char *path, unsigned long want)
{
	unsigned long lines;

	assert_int_equal(audit_verify(path, &b->key, &lines, &b->err), 0);
	assert_int_equal(lines, want);
}

/* The chain breaks at this line, and the error says so. */
static void
assert_bad_at(struct bench *b, unsigned long line)
{
	unsigned long lines;
	char where[128];

	assert_int_equal(audit_verify(b->path, &b->key, &lines, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_REFUSED);
	snprintf(where, sizeof(where), "%s:%lu: ", b->path, line);
	assert_memory_equal(b->err.text, where, strlen(where));
	assert_int_equal(lines, line - 1);
}

static void
test_lines_and_form(void **state)
{
	struct bench *b = *state;
	const struct audit_entry nobody = {.event = "recover.refused",
	    .actor = "visitor",
	    .reason = "unknown",
	    .subject = "line\n\"end\""};
	struct stat st;
	size_t len;
	char *text;

	assert_good(b, b->path, 0);
	add(b, "jdupont");
	assert_int_equal(audit_write(b->audit, &nobody, &b->err), 0);
	text = content(b, b->path, &len);
	assert_memory_equal(text, "{\"seq\":1,\"ts\":\"", 15);
	assert_non_null(strstr(text,
	    "\"event\":\"recover.sent\",\"login\":\"jdupont\",\"uuid\":\""
	    "2b0e1c4a-0000-4000-8000-0123456789ab\",\"actor\":\"visitor\","
	    "\"ref\":\"7K3QWB\",\"mac\":\""));
	assert_non_null(strstr(text,
	    "\"event\":\"recover.refused\",\"actor\":\"visitor\","
	    "\"reason\":\"unknown\",\"subject\":\"line\\n\\\"end\\\"\","
	    "\"mac\":\""));
	assert_memory_equal(strchr(text, '\n') + 1, "{\"seq\":2,", 9);
	assert_memory_equal(text + len - 3, "\"}\n", 3);
	assert_good(b, b->path, 2);
	assert_int_equal(stat(b->path, &st), 0);
	assert_int_equal(st.st_mode & 0037, 0);
}

/* One byte anywhere: its line is named; a line end that goes takes the line
 * before it along. */
static void
test_every_flipped_byte_is_named(void **state)
{
	struct bench *b = *state;
	unsigned long line = 1;
	size_t len;
	char *text;

	for (int i = 0; i < 4; i++)
		add(b, "jdupont");
	text = content(b, b->path, &len);
	for (size_t i = 0; i < len; i++) {
		bool is_end = text[i] == '\n';

		text[i] ^= 1;
		overwrite(b, text, len);
		assert_bad_at(b, line);
		text[i] ^= 1;
		line += is_end;
	}
	overwrite(b, text, len);
	assert_good(b, b->path, 4);
}

static void
test_removed_swapped_and_foreign_lines(void **state)
{
	struct bench *b = *state;
	char *text, *at[5];
	size_t len;
	struct buf cut;
	const struct {
		int order[5];
		unsigned long bad;
	} rows[] = {
	    {{1, 2, 3, -1}, 1},
	    {{0, 2, 3, -1}, 2},
	    {{0, 2, 1, 3, -1}, 2},
	    {{0, 1, 1, 2, -1}, 3},
	};
	const struct secret other = {
	    (unsigned char[SECRET_KEY]){1}, SECRET_KEY};
	unsigned long lines;

	for (int i = 0; i < 4; i++)
		add(b, "jdupont");
	at[0] = text = content(b, b->path, &len);
	for (int i = 0; i < 4; i++)
		at[i + 1] = strchr(at[i], '\n') + 1;
	buf_init(&cut, CEILING);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		buf_clear(&cut);
		for (const int *n = rows[i].order; *n >= 0; n++)
			buf_add(&cut, at[*n], (size_t)(at[*n + 1] - at[*n]));
		overwrite(b, cut.bytes, cut.len);
		assert_bad_at(b, rows[i].bad);
	}
	overwrite(b, text, len);
	assert_int_equal(audit_verify(b->path, &other, &lines, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_REFUSED);
	buf_free(&cut);
}

static void
test_damaged_files(void **state)
{
	struct bench *b = *state;
	char big[2 * AUDIT_LINE_MAX];
	unsigned long lines;

	memset(big, 'x', sizeof(big));
	overwrite(b, big, sizeof(big));
	assert_bad_at(b, 1);
	overwrite(b, "{}\n", 3);
	assert_bad_at(b, 1);
	overwrite(b, "\0\n", 2);
	assert_bad_at(b, 1);
	overwrite(b, "\n", 1);
	assert_bad_at(b, 1);
	unlink(b->path);
	assert_int_equal(audit_verify(b->path, &b->key, &lines, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_UNAVAILABLE);
}

/* Under the right key, and still not the first line of a chain. */
static void
test_wrong_number(void **state)
{
	struct bench *b = *state;
	struct audit_head start;
	char mac[AUDIT_MAC_TEXT], line[256];
	static const char *const bodies[] = {
	    "{\"seq\":2,\"event\":\"e\"}", "{\"seq\":1,\"event\":\"e\"}"};

	audit_head_init(&start);
	for (unsigned long i = 0; i < COUNT_OF(bodies); i++) {
		size_t len = strlen(bodies[i]);

		audit_line_mac(&b->key, start.mac, bodies[i], len, mac);
		snprintf(line, sizeof(line), "%.*s,\"mac\":\"%s\"}\n",
		    (int)len - 1, bodies[i], mac);
		overwrite(b, line, strlen(line));
		if (i == 0)
			assert_bad_at(b, 1);
		else
			assert_good(b, b->path, 1);
	}
}

/* --- the writer meets what others left ------------------------------------ */

static void
test_another_process_goes_on(void **state)
{
	struct bench *b = *state;
	struct audit *other = audit_open(b->path, &b->key, &b->err);
	struct audit *first = b->audit;

	assert_non_null(other);
	add(b, "one");
	b->audit = other;
	add(b, "two");
	b->audit = first;
	add(b, "three");
	audit_close(other);
	assert_good(b, b->path, 3);
}

static void
test_cut_off_line_is_removed(void **state)
{
	static const char *const tails[] = {"{\"seq\":3,\"ts", "\0\0\0\0\0"};
	struct bench *b = *state;
	FILE *file;

	add(b, "one");
	for (unsigned i = 0; i < COUNT_OF(tails); i++) {
		file = fopen(b->path, "a");
		assert_non_null(file);
		assert_int_equal(fwrite(tails[i], 5, 1, file), 1);
		assert_int_equal(fclose(file), 0);
		assert_bad_at(b, 2 + i);
		add(b, "two");
		assert_good(b, b->path, 2 + i);
	}
	overwrite(b, "{\"seq\":1", 8);
	add(b, "alone");
}

static void
test_foreign_end_is_not_continued(void **state)
{
	struct bench *b = *state;
	const struct audit_entry entry = {.event = "e", .actor = "a"};

	overwrite(b, "somebody wrote here\n", 20);
	assert_int_equal(audit_write(b->audit, &entry, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_INTERNAL);
	/* Moved away, as the error advises: a new file begins. */
	assert_int_equal(rename(b->path, b->old), 0);
	add(b, "one");
	assert_good(b, b->path, 1);
}

static void
test_rotation(void **state)
{
	struct bench *b = *state;
	struct audit *second = audit_open(b->path, &b->key, &b->err);
	struct audit *first = b->audit;
	char *text;
	size_t len;

	assert_non_null(second);
	add(b, "one");
	b->audit = second;
	add(b, "two");
	assert_int_equal(rename(b->path, b->old), 0);
	/* The first process did not see line 2, and must continue it. */
	b->audit = first;
	add(b, "three");
	b->audit = second;
	add(b, "four");
	b->audit = first;
	assert_good(b, b->old, 2);
	assert_good(b, b->path, 3);
	text = content(b, b->path, &len);
	assert_memory_equal(text, "{\"seq\":3,", 9);
	assert_non_null(
	    strstr(text, "\"event\":\"audit.continued\",\"prev\":\""));
	audit_close(second);
}

/* logrotate's "create" leaves an empty file. */
static void
test_rotation_with_create(void **state)
{
	struct bench *b = *state;
	unsigned long lines;
	char *text;
	size_t len;

	add(b, "one");
	assert_int_equal(rename(b->path, b->old), 0);
	overwrite(b, "", 0);
	add(b, "two");
	assert_good(b, b->path, 2);
	/* The line that continues is under the MAC like any other. */
	text = content(b, b->path, &len);
	strstr(text, "\"prev\":\"")[10] ^= 1;
	overwrite(b, text, len);
	assert_int_equal(audit_verify(b->path, &b->key, &lines, &b->err), -1);
	assert_int_equal(lines, 0);
}

static void
test_lock_has_a_deadline(void **state)
{
	struct bench *b = *state;
	const struct audit_entry entry = {.event = "e", .actor = "a"};
	int64_t began_ms = clock_mono_ms(), took_ms;
	int fd = open(b->path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(audit_write(b->audit, &entry, &b->err), -1);
	took_ms = clock_mono_ms() - began_ms;
	assert_int_equal(b->err.kind, ERR_UNAVAILABLE);
	assert_in_range(took_ms, AUDIT_LOCK_MS, AUDIT_LOCK_MS + 1000);
	close(fd);
	add(b, "one");
	assert_good(b, b->path, 1);
}

static void
test_full_disk(void **state)
{
	struct bench *b = *state;
	const struct audit_entry entry = {.event = "e", .actor = "a"};
	struct audit *full = audit_open("/dev/full", &b->key, &b->err);

	assert_non_null(full);
	assert_int_equal(audit_write(full, &entry, &b->err), -1);
	audit_close(full);
}

static void
test_long_line_is_refused(void **state)
{
	struct bench *b = *state;
	char reason[AUDIT_LINE_MAX + 1];
	const struct audit_entry entry = {.event = "e", .reason = reason};

	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	assert_int_equal(audit_write(b->audit, &entry, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_INTERNAL);
	reason[AUDIT_LINE_MAX - 200] = '\0';
	assert_int_equal(audit_write(b->audit, &entry, &b->err), 0);
	add(b, "one");
	assert_good(b, b->path, 2);
}

/* --- threads -------------------------------------------------------------- */

enum { THREADS = 6, EACH = 50 };

static void *
write_many(void *argument)
{
	struct bench *b = argument;
	const struct audit_entry entry = {.event = "e", .actor = "a"};
	struct err err;

	for (int i = 0; i < EACH; i++)
		if (audit_write(b->audit, &entry, &err) < 0)
			return b;
	return NULL;
}

static void
test_threads_and_processes(void **state)
{
	struct bench *b = *state;
	struct bench other = *b;
	pthread_t threads[THREADS];
	void *failed;

	other.audit = audit_open(b->path, &b->key, &b->err);
	assert_non_null(other.audit);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_many,
				     i % 2 == 0 ? b : &other),
		    0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	audit_close(other.audit);
	assert_good(b, b->path, (unsigned long)THREADS * EACH);
}

/* --- the rest ------------------------------------------------------------- */

static void
test_export(void **state)
{
	const struct audit_about about = {.login = "jdupont"};
	struct bench *b = *state;
	struct buf out;
	const char *next;

	add(b, "jdupont");
	add(b, "jdupont1");
	add(b, NULL);
	add(b, "jdupont");
	buf_init(&out, CEILING);
	assert_int_equal(audit_export(b->path, &about, &out, &b->err), 0);
	assert_memory_equal(buf_text(&out), "{\"seq\":1,", 9);
	next = strchr(buf_text(&out), '\n') + 1;
	assert_memory_equal(next, "{\"seq\":4,", 9);
	assert_string_equal(strchr(next, '\n'), "\n");
	buf_free(&out);
	buf_init(&out, 300);
	assert_int_equal(audit_export(b->path, &about, &out, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_REFUSED);
	buf_free(&out);
}

/* Renamed since, without a name, and looked for by a number that was gone. */
static void
test_export_by_uuid(void **state)
{
	static const char mine[] = "b5f1c2de-0000-1111-2222-333344445555",
			  other[] = "b5f1c2de-0000-1111-2222-333344445556";
	char pseudonym[17], uuid[AUDIT_UUID] = "";
	struct audit_about about = {.login = "jdupont"};
	struct bench *b = *state;
	const struct audit_entry lines[] = {
	    {.event = "1", .login = "jdurand", .uuid = mine},
	    {.event = "2", .login = "jdupont", .uuid = mine},
	    {.event = "3", .login = "pmartin", .uuid = other},
	    {.event = "4", .uuid = mine}, {.event = "5", .subject = pseudonym},
	    {.event = "6", .uuid = other}, {.event = "7", .login = "jdupont"}};
	struct buf out;

	audit_pseudonym(b->audit, mine, strlen(mine), pseudonym);
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		assert_int_equal(audit_write(b->audit, &lines[i], &b->err), 0);
	assert_int_equal(audit_find_uuid(b->path, "nobody", uuid, &b->err), 0);
	assert_string_equal(uuid, "");
	assert_int_equal(audit_find_uuid(b->path, "jdupont", uuid, &b->err), 0);
	assert_string_equal(uuid, mine);
	about.uuid = uuid;
	about.subject = pseudonym;
	buf_init(&out, CEILING);
	assert_int_equal(audit_export(b->path, &about, &out, &b->err), 0);
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		char event[16];

		(void)snprintf(
		    event, sizeof event, "\"event\":\"%s\"", lines[i].event);
		assert_int_equal(
		    strstr(buf_text(&out), event) != NULL, i != 2 && i != 5);
	}
	buf_free(&out);
}

static void
test_pseudonym(void **state)
{
	struct bench *b = *state;
	const struct secret other_key = {
	    (unsigned char[SECRET_KEY]){1}, SECRET_KEY};
	struct audit *other = audit_open("", &other_key, &b->err);
	char a[17], again[17], differs[17], elsewhere[17];

	assert_non_null(other);
	audit_pseudonym(b->audit, "06E1234567ABC", 13, a);
	audit_pseudonym(b->audit, "06E1234567ABC", 13, again);
	audit_pseudonym(b->audit, "06E1234567ABD", 13, differs);
	audit_pseudonym(other, "06E1234567ABC", 13, elsewhere);
	assert_int_equal(strlen(a), 12);
	assert_string_equal(a, again);
	assert_string_not_equal(a, differs);
	assert_string_not_equal(a, elsewhere);
	audit_close(other);
}

static void
test_no_audit(void **state)
{
	struct bench *b = *state;
	struct audit *none = audit_open("", &b->key, &b->err);
	const struct audit_entry entry = {.event = "e"};

	assert_non_null(none);
	assert_int_equal(audit_write(none, &entry, &b->err), 0);
	audit_close(none);
	audit_close(NULL);
	assert_null(audit_open("/nonexistent/audit", &b->key, &b->err));
	assert_int_equal(b->err.kind, ERR_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_lines_and_form),
	    TEST(test_every_flipped_byte_is_named),
	    TEST(test_removed_swapped_and_foreign_lines),
	    TEST(test_damaged_files),
	    TEST(test_wrong_number),
	    TEST(test_another_process_goes_on),
	    TEST(test_cut_off_line_is_removed),
	    TEST(test_foreign_end_is_not_continued),
	    TEST(test_rotation),
	    TEST(test_rotation_with_create),
	    TEST(test_lock_has_a_deadline),
	    TEST(test_full_disk),
	    TEST(test_long_line_is_refused),
	    TEST(test_threads_and_processes),
	    TEST(test_export),
	    TEST(test_export_by_uuid),
	    TEST(test_pseudonym),
	    TEST(test_no_audit),
	};

	if (sodium_init() < 0)
		return 1;
	log_setup("test_audit", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

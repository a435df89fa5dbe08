/*
 * What provision does before it meets a directory: the words, the plan and its
 * seal, the files read into a roll, and the entry that is made of a person.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include <cmocka.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/secret.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/digest.h"
#include "lib/people/people_conf.h"

static struct arena arena;
static struct buf lines;
static struct err err;
static unsigned char key_bytes[SECRET_KEY] = {7};
static struct secret key = {key_bytes, SECRET_KEY};
static struct digest_keys keys = {.list = {{"1", &key}}, .count = 1};
static char own_domain[] = "ac-test.fr";
static char *own_domains[] = {own_domain, NULL};

static int
fresh(void **state)
{
	(void)state;
	buf_init(&lines, 65536);
	err = (struct err){0};
	return 0;
}

static int
empty(void **state)
{
	(void)state;
	buf_free(&lines);
	arena_reset(&arena);
	return 0;
}

static void
on_line(void *context, const char *line)
{
	(void)context;
	buf_addf(&lines, "%s\n", line);
}

static void
on_progress(void *context, const char *what, size_t done, size_t total)
{
	(void)context;
	(void)what;
	(void)done;
	(void)total;
}

static const struct provision_conf conf = {
    .grace_staff_s = 86400, .trailer = ""};

static struct provision
provision_of(const struct site_conf *site)
{
	return (struct provision){.site = site,
	    .conf = &conf,
	    .people_base = "ou=people,dc=test,dc=fr",
	    .numbers = &keys,
	    .year = 2026,
	    .now_ms = 1795550400000,
	    .on_line = on_line,
	    .on_progress = on_progress};
}

static void
test_words(void **unused)
{
	struct words words = {0};
	char word[16] = "a";

	(void)unused;
	assert_false(words_have(&words, "a"));
	assert_true(words_add(&words, word));
	word[0] = 'b'; /* it was copied */
	assert_true(words_have(&words, "a"));
	assert_false(words_add(&words, "a"));
	assert_true(words_add(&words, "b"));
	assert_true(words_add(&words, ""));
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(word, sizeof word, "w%d", i);
		assert_true(words_add(&words, word));
	}
	assert_true(words_have(&words, "w0"));
	assert_false(words_have(&words, "w1000"));
	words_free(&words);
	assert_false(words_have(&words, "a"));
	words_free(&words);
}

/* --- the plan ------------------------------------------------------------- */

static char *
write_plan(size_t *len)
{
	char *bytes = NULL;
	FILE *out = open_memstream(&bytes, len);
	struct plan_writer *writer = plan_writer_new(out);

	plan_writer_add(writer, "{\"plan\":1}");
	plan_writer_add(writer, "{\"create\":\"jdupont\"}");
	assert_int_equal(plan_writer_end(writer, &err), 0);
	fclose(out);
	return bytes;
}

static int
verify(const void *bytes, size_t len, char hash[PLAN_HASH])
{
	FILE *plan = tmpfile();
	int rc;

	assert_non_null(plan);
	assert_int_equal(fwrite(bytes, 1, len, plan), len);
	rewind(plan);
	err = (struct err){0};
	rc = plan_verify(plan, "x.plan", hash, &err);
	/* positioned for whoever reads it now */
	assert_int_equal(ftell(plan), 0);
	fclose(plan);
	return rc;
}

static void
test_plan(void **unused)
{
	char first[PLAN_HASH], again[PLAN_HASH];
	size_t len = 0;
	char *plan = write_plan(&len);

	(void)unused;
	assert_int_equal(verify(plan, len, first), 0);
	assert_int_equal(verify(plan, len, again), 0);
	assert_string_equal(first, again);
	assert_int_equal(strlen(first), PLAN_HASH - 1);
	assert_int_equal(verify(plan, len, NULL), 0);
	free(plan);
}

static void
test_plan_tampered(void **unused)
{
	size_t len = 0;
	char *plan = write_plan(&len);
	char *more = malloc(3 * len);

	(void)unused;
	/* any byte */
	for (size_t i = 0; i < len; i++) {
		plan[i] ^= 1;
		if (verify(plan, len, NULL) != -1)
			fail_msg("byte %zu", i);
		plan[i] ^= 1;
	}
	/* any end missing */
	for (size_t i = 0; i < len; i++)
		if (verify(plan, i, NULL) != -1)
			fail_msg("%zu bytes", i);
	assert_int_equal(verify("", 0, NULL), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	/* something behind the end */
	memcpy(more, plan, len);
	memcpy(more + len, "{\"create\":\"root\"}\n", 18);
	assert_int_equal(verify(more, len + 18, NULL), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	memcpy(more + len, plan, len);
	assert_int_equal(verify(more, 2 * len, NULL), -1);
	free(more);
	free(plan);
}

/* --- reading -------------------------------------------------------------- */

static int
read_text(const char *text, struct roll *roll, struct json *report,
    struct provision_counts *counts)
{
	struct site_conf site = {.own_domains = {own_domains, 1}};
	struct provision provision = provision_of(&site);
	char path[] = "/tmp/rentree-feed-XXXXXX";
	const char *files[] = {path, NULL};
	int fd = mkstemp(path), rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	rc = provision_read(
	    &provision, files, &arena, roll, report, counts, &err);
	unlink(path);
	return rc;
}

#define HEAD "type;numen;ine;employe;nom_usage;prenoms;date_naissance\n"

static void
test_read(void **unused)
{
	struct provision_counts counts = {0};
	struct json *report = json_new_object();
	struct roll roll = {0};
	const struct json *rejected;

	(void)unused;
	assert_int_equal(
	    read_text(HEAD "etudiant;;1234567890B;;Petit;Léa;2001-01-01\n"
			   "etudiant;;1234567890A;;Grand;Léo;2001-01-01\n"
			   "etudiant;;bad;;Grand;Léo;2001-01-01\n"
			   "etudiant;;1234567890C;Grand;Léo\n"
			   "enseignant;09E9501234ABC;;;Noir;Zoé;1/9/1975\n",
		&roll, report, &counts),
	    0);
	assert_int_equal(counts.rows, 5);
	assert_int_equal(counts.rejected, 2);
	assert_int_equal(roll.count, 3);
	/* by number, whatever the order of rows */
	assert_string_equal(roll.list[0]->order, "09E9501234ABC");
	assert_string_equal(roll.list[1]->order, "1234567890A");
	assert_string_equal(roll.list[2]->order, "1234567890B");
	assert_non_null(strstr(buf_text(&lines), ":4: ine: "));
	assert_non_null(strstr(buf_text(&lines), ":5: "));
	rejected = json_get(report, "rejected");
	/* the short row lacks two things that it must have */
	assert_int_equal(json_size(rejected), 3);
	assert_int_equal(json_get_number(json_at(rejected, 0), "line", 0), 4);
	assert_string_equal(
	    json_get_text(json_at(rejected, 0), "column"), "ine");
	/* what was typed is not repeated */
	assert_null(strstr(buf_text(&lines), "1234567890"));
	json_free(report);
	free(roll.list);
	free(roll.spared);
}

/* One number in common is one person. */
static void
test_read_twice(void **unused)
{
	struct provision_counts counts = {0};
	struct roll roll = {0};

	(void)unused;
	assert_int_equal(
	    read_text(HEAD
		"enseignant;09E9501234ABC;;17;Noir;Zoé;1/9/1975\n"
		"enseignant;09E9501234ABC;;;Noir;Zoé;1/9/1975\n"
		"administratif;09 e 9501234 abc;;;Noir;Zoé;1/9/1975\n"
		"enseignant;;;17;Noir;Zoé;1/9/1975\n"
		"enseignant;;;18;Noir;Zoé;1/9/1975\n",
		&roll, NULL, &counts),
	    0);
	assert_int_equal(counts.rows, 5);
	assert_int_equal(counts.rejected, 0);
	assert_int_equal(counts.warnings, 2);
	assert_int_equal(roll.count, 2);
	free(roll.list);
	free(roll.spared);
}

static void
test_read_bad_file(void **unused)
{
	struct provision_counts counts = {0};
	struct roll roll = {0};

	(void)unused;
	assert_int_equal(read_text("a;b\n1;2\n", &roll, NULL, &counts), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, ":1: "));
	assert_int_equal(read_text("", &roll, NULL, &counts), -1);
	free(roll.list);
	free(roll.spared);
}

/* --- an entry ------------------------------------------------------------- */

static void
test_entry(void **unused)
{
	struct site_conf site = {.own_domains = {own_domains, 1}};
	struct provision provision = provision_of(&site);
	char *uai[] = {(char *)"0590001T", NULL};
	struct feed_person person = {.kind = "enseignant",
	    .kinds = {"enseignant"},
	    .has_numen = true,
	    .numen = {NUMBER_NUMEN, "09E9501234ABC"},
	    .employee = "E-17",
	    .family = "Dupont",
	    .birth_family = "Dupont",
	    .given_names = "Jeanne, Marie",
	    .given = "Jeanne",
	    .birth = {"1975-09-01"},
	    .establishments = uai,
	    .mail = "j@example.org",
	    .until_ms = 1795550400001};
	struct json *entry = provision_entry(
	    &provision, &person, "jdupont", "jeanne.dupont@ac-test.fr", &arena);
	const char *text = json_line(&arena, entry);

	(void)unused;
	/* no number and no date in clear; no password */
	assert_null(strstr(text, "09E9501234ABC"));
	assert_null(strstr(text, "E-17"));
	assert_null(strstr(text, "1975"));
	assert_null(strstr(text, "userPassword"));
	assert_non_null(strstr(text, "{NUMEN}1$"));
	assert_non_null(strstr(text, "{EMP}1$"));
	assert_non_null(
	    strstr(text, "{\"name\":\"uid\",\"values\":[\"jdupont\"]}"));
	assert_non_null(strstr(text,
	    "{\"name\":\"rentreeState\",\"values\":[\"A:SupannActif\"]}"));
	assert_non_null(strstr(text, "\"rentreeStateEnd\""));
	assert_non_null(strstr(
	    text, "{\"name\":\"rentreeLastSeen\",\"values\":[\"2026\"]}"));
	/* the two equal names have one key */
	assert_non_null(strstr(text, "\"rentreeNameKey\",\"values\":[\""));
	json_free(entry);
}

/* An attribute without a value would be refused by the directory. */
static void
test_entry_sparse(void **unused)
{
	struct site_conf site = {.own_domains = {own_domains, 1}};
	struct provision provision = provision_of(&site);
	char *none[] = {NULL};
	struct feed_person person = {.kind = "externe",
	    .kinds = {"externe"},
	    .employee = "17",
	    .family = "D",
	    .birth_family = "",
	    .given_names = "J",
	    .given = "J",
	    .birth = {"1975-09-01"},
	    .establishments = none};
	struct json *entry =
	    provision_entry(&provision, &person, "jd", "j.d@x.fr", &arena);

	(void)unused;
	for (size_t i = 0; i < json_size(entry); i++)
		if (json_size(json_get(json_at(entry, i), "values")) == 0)
			fail_msg(
			    "%s", json_get_text(json_at(entry, i), "name"));
	json_free(entry);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_words, fresh, empty),
	    cmocka_unit_test_setup_teardown(test_plan, fresh, empty),
	    cmocka_unit_test_setup_teardown(test_plan_tampered, fresh, empty),
	    cmocka_unit_test_setup_teardown(test_read, fresh, empty),
	    cmocka_unit_test_setup_teardown(test_read_twice, fresh, empty),
	    cmocka_unit_test_setup_teardown(test_read_bad_file, fresh, empty),
	    cmocka_unit_test_setup_teardown(test_entry, fresh, empty),
	    cmocka_unit_test_setup_teardown(test_entry_sparse, fresh, empty),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* directory_check: content with our files, and not with others. Also the proof
 * that those files load, in both forms and to the same effect. */
#include "lib/store/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/house.h"

static const char people_ldif[] =
    "dn: uid=jdupont," SLAPD_PEOPLE "\n"
    "objectClass: inetOrgPerson\nobjectClass: rentreeAccount\n"
    "uid: jdupont\ncn: Jean Dupont\nsn: Dupont\n"
    "userPassword: Bateau-Cerise-47-Lune\n"
    "rentreeProof: {NUMEN}1$AAAA\nrentreeState: A:SupannActif\n\n";

struct lines {
	size_t ok, warn, fail;
	char all[8192];
};

static void
on_line(const char *line, void *context)
{
	struct lines *lines = context;
	size_t len = strlen(lines->all);

	lines->ok += strncmp(line, "ok ", 3) == 0;
	lines->warn += strncmp(line, "warn ", 5) == 0;
	lines->fail += strncmp(line, "fail ", 5) == 0;
	(void)snprintf(lines->all + len, sizeof lines->all - len, "%s\n", line);
}

static void
expect_line(const struct lines *lines, const char *wanted)
{
	if (strstr(lines->all, wanted) == NULL)
		fail_msg("no \"%s\" in:\n%s", wanted, lines->all);
}

static void
check_worker(struct house *house, struct lines *lines)
{
	struct directory *directory = house_worker(house);
	int rc;

	memset(lines, 0, sizeof *lines);
	rc = directory_check(directory, on_line, lines, &house->err);
	assert_int_equal(rc, lines->fail > 0 ? -1 : 0);
	directory_free(directory);
}

static void
check_provision(struct house *house, struct lines *lines)
{
	struct directory *directory = house_provision(house);
	int rc;

	memset(lines, 0, sizeof *lines);
	rc = directory_check(directory, on_line, lines, &house->err);
	assert_int_equal(rc, lines->fail > 0 ? -1 : 0);
	directory_free(directory);
}

static void
expect_content(struct house *house)
{
	struct lines lines;

	check_worker(house, &lines);
	if (lines.fail + lines.warn > 0)
		fail_msg("%s", lines.all);
	expect_line(&lines, "schema has rentreeAccount");
	expect_line(&lines, "schema has rentreeReservation");
	expect_line(&lines, "may write userPassword");
	expect_line(&lines, "may write rentreeLetterEnd");
	expect_line(&lines, "may write rentreeCodeEnd");
	expect_line(&lines, "may write rentreeReissued");
	expect_line(&lines, "may write rentreeCharter");
	expect_line(&lines, "may write rentreeDisowned");
	expect_line(&lines, "may read rentreeProof");
	expect_line(&lines, "the password policy judges what we set");
	expect_line(&lines, "password policy cn=default,ou=policies");
	expect_line(&lines, "password_method = exop");
	check_provision(house, &lines);
	if (lines.fail + lines.warn > 0)
		fail_msg("%s", lines.all);
	expect_line(&lines, "may write rentreeState");
	expect_line(&lines, "may write pwdEndTime");
}

static void
test_our_files_are_right_and_asking_changes_nothing(void **state)
{
	static const char *const attributes[] = {
	    "modifyTimestamp", "entryCSN", "userPassword", "pwdChangedTime"};
	const char *before[COUNT_OF(attributes)];
	struct lines lines;
	struct house house;
	size_t i;

	(void)state;
	house_start(&house, people_ldif, NULL);
	for (i = 0; i < COUNT_OF(attributes); i++)
		before[i] = house_stored(&house, "jdupont", attributes[i]);
	expect_content(&house);
	house.conf.password_method = 1;
	check_worker(&house, &lines);
	assert_int_equal(lines.fail, 0);
	expect_line(&lines, "warn directory: password_method = modify_assert");
	for (i = 0; i < COUNT_OF(attributes); i++)
		assert_string_equal(
		    house_stored(&house, "jdupont", attributes[i]), before[i]);
	house_stop(&house);
}

static void
test_a_wrong_password_and_an_empty_house(void **state)
{
	struct directory *directory;
	struct secret wrong = house_secret("wrong");
	struct lines lines = {0};
	struct house house;

	(void)state;
	house_start(&house, NULL, NULL);
	directory = house_open(&house, SLAPD_WORKER, &wrong);
	assert_int_equal(
	    directory_check(directory, on_line, &lines, &house.err), -1);
	expect_line(&lines, "check bind_dn and bind_password_file");
	directory_free(directory);

	check_worker(&house, &lines);
	assert_int_equal(lines.fail, 0);
	expect_line(&lines, "holds nobody that fits filter");
	house.conf.base = "ou=elsewhere," SLAPD_SUFFIX;
	check_worker(&house, &lines);
	expect_line(&lines, "ou=elsewhere," SLAPD_SUFFIX " does not exist");
	house_stop(&house);
}

static void
test_a_password_administrator_is_found_out(void **state)
{
	static const char acl[] =
	    "access to attrs=userPassword by dn.exact=\"" SLAPD_WORKER "\" "
	    "manage by anonymous auth by * none\n"
	    "access to * by dn.exact=\"" SLAPD_WORKER "\" write by * none\n";
	struct lines lines;
	struct house house;

	(void)state;
	house_start(&house, people_ldif, acl);
	check_worker(&house, &lines);
	expect_line(&lines,
	    "fail directory: the password policy does not judge what we set");
	expect_line(&lines, "may compare userPassword: =w is enough");
	house_stop(&house);
}

static void
test_a_reader_is_found_out(void **state)
{
	static const char acl[] =
	    "access to attrs=userPassword by anonymous auth by * none\n"
	    "access to attrs=rentreeProof by * none\n"
	    "access to * by * read\n";
	struct lines lines;
	struct house house;

	(void)state;
	house_start(&house, people_ldif, acl);
	check_worker(&house, &lines);
	expect_line(&lines, "fail directory: may not write userPassword");
	expect_line(&lines, "fail directory: may not read rentreeProof");
	expect_line(&lines, "ok directory: may read rentreeBirth");
	check_provision(&house, &lines);
	expect_line(&lines, "fail directory: may not write rentreeState");
	house_stop(&house);
}

static void
test_a_policy_that_wants_the_old_password(void **state)
{
	struct lines lines;
	struct house house;

	(void)state;
	house_start(&house, people_ldif, NULL);
	slapd_change(&house.slapd,
	    "dn: cn=default,ou=policies," SLAPD_SUFFIX "\n"
	    "changetype: modify\nreplace: pwdSafeModify\n"
	    "pwdSafeModify: TRUE\n-\nreplace: pwdLockout\n"
	    "pwdLockout: FALSE\n");
	check_worker(&house, &lines);
	expect_line(&lines, "pwdSafeModify is TRUE");
	expect_line(&lines, "pwdLockout is not TRUE");
	house_stop(&house);
}

/* --- both forms of the schema ----------------------------------------------
 */

enum { DEFINITIONS = 32 * 1024 };

/* What the server has made of our definitions. */
static int
definitions(const struct slapd *slapd, const char *attribute, char *out)
{
	return slapd_values(
	    slapd, "cn=subschema", attribute, "'rentree", out, DEFINITIONS);
}

static void
test_both_forms_load_and_say_the_same(void **state)
{
	static char types[2][DEFINITIONS], classes[2][DEFINITIONS];
	struct slapd slapd;

	(void)state;
	slapd_start(&slapd, NULL, NULL);
	assert_int_equal(definitions(&slapd, "attributeTypes", types[0]), 28);
	assert_int_equal(definitions(&slapd, "objectClasses", classes[0]), 2);
	slapd_stop(&slapd);
	slapd_start_config(&slapd, SLAPD_SCHEMA_BEFORE);
	assert_int_equal(definitions(&slapd, "attributeTypes", types[1]), 28);
	assert_int_equal(definitions(&slapd, "objectClasses", classes[1]), 2);
	slapd_stop(&slapd);
	assert_string_equal(types[0], types[1]);
	assert_string_equal(classes[0], classes[1]);
	assert_non_null(strstr(classes[0], "AUXILIARY"));
	assert_non_null(strstr(classes[0], "STRUCTURAL MUST rentreeLogin"));
	assert_non_null(strstr(types[0],
	    "NAME 'rentreeProof' DESC 'Keyed digest of a number the person "
	    "types: {NUMEN}kid$base64url' EQUALITY caseExactIA5Match SYNTAX "
	    "1.3.6.1.4.1.1466.115.121.1.26{128} )"));
}

static void
test_cn_config_from_nothing(void **state)
{
	struct house house;

	(void)state;
	house_start(&house, NULL, NULL);
	slapd_stop(&house.slapd);
	slapd_start_config(&house.slapd, SLAPD_SCHEMA_AFTER);
	slapd_change(&house.slapd, people_ldif);
	house.conf.uri = house_names(&house, house.slapd.ldapi);
	expect_content(&house);
	house_stop(&house);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_our_files_are_right_and_asking_changes_nothing),
	    cmocka_unit_test(test_a_wrong_password_and_an_empty_house),
	    cmocka_unit_test(test_a_password_administrator_is_found_out),
	    cmocka_unit_test(test_a_reader_is_found_out),
	    cmocka_unit_test(test_a_policy_that_wants_the_old_password),
	    cmocka_unit_test(test_both_forms_load_and_say_the_same),
	    cmocka_unit_test(test_cn_config_from_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

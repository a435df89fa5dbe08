/* directory: against a real slapd with our schema, ACLs and policy. */
#include "lib/store/directory.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "tests/support/house.h"

enum { CROWD = 1500 };

#define GOOD "Bateau-Cerise-47-Lune"
#define BETTER "Papier-Orange-91-Vent"

static const char people_ldif[] =
    "dn: uid=jdupont," SLAPD_PEOPLE "\n"
    "objectClass: inetOrgPerson\nobjectClass: rentreeAccount\n"
    "uid: jdupont\ncn: Jean Dupont\nsn: Dupont\ngivenName: Jean\n"
    "mail: jean.dupont@ac-test.fr\nmail: j.dupont@ac-test.fr\n"
    "preferredLanguage: fr-FR, en;q=0.8\n"
    "rentreeProof: {NUMEN}1$AAAA\nrentreeProof: {INE}1$BBBB\n"
    "rentreeSource: {EMP}1$CCCC\nrentreeBirth: 1$DDDD\n"
    "rentreeBirthName: Dupond\nrentreeGivenNames: Jean, Marie-Anne\n"
    "rentreeNameKey: DUPONT\nrentreeNameKey: JEANDUPONT\n"
    "rentreeRecoveryMail: jean@Example.ORG\n"
    "rentreeRecoveryMailPending: 20991120100000Z$new@example.org\n"
    "rentreeKind: enseignant\nrentreeKind: externe\n"
    "rentreeEstablishment: 0590001A\nrentreeState: A:SupannActif\n"
    "rentreeStateEnd: 20300701000000Z\n"
    "rentreeInvited: 20261101000000Z\n\n"
    "dn: uid=hostile," SLAPD_PEOPLE "\n"
    "objectClass: inetOrgPerson\nobjectClass: rentreeAccount\n"
    "uid: hostile\ncn:: YSoodWlkPSopXDJhIMOp\nsn: X\n"
    "rentreeProof: {NUMEN}1$EEEE\n\n"
    "dn: uid=own," SLAPD_PEOPLE "\n"
    "objectClass: inetOrgPerson\nobjectClass: rentreeAccount\n"
    "uid: own\ncn: Own Domain\nsn: Domain\n"
    "rentreeProof: {NUMEN}1$EEEE\n"
    "rentreeRecoveryMail: own@mail.ac-test.fr\n\n"
    "dn: uid=plain," SLAPD_PEOPLE "\n"
    "objectClass: inetOrgPerson\nuid: plain\ncn: Plain\nsn: Plain\n"
    /* SupAnn is not loaded: these attributes stand in for it. */
    "employeeType: {MAIL}S:SupannVerrouille\n"
    "employeeType: {COMPTE}A:SupannActif\n"
    "departmentNumber: {CNRS}UMR1\ndepartmentNumber: {UAI}0590002B\n"
    "carLicense: {PARENTS}mother@example.org\n"
    "carLicense: {PERSO}perso@example.org\n"
    "carLicense: {SECOURS}secours@ac-test.fr\n"
    "carLicense: not an address\n\n"
    "dn: uid=locked," SLAPD_PEOPLE "\n"
    "objectClass: inetOrgPerson\nobjectClass: rentreeAccount\n"
    "uid: locked\ncn: Lock Ed\nsn: Ed\nuserPassword: " GOOD "\n"
    "rentreeState: A:SupannActif\n\n"
    "dn: uid=writer," SLAPD_PEOPLE "\n"
    "objectClass: inetOrgPerson\nobjectClass: rentreeAccount\n"
    "uid: writer\ncn: Wri Ter\nsn: Ter\nrentreeProof: {NUMEN}1$OLD\n\n";

static struct person
person_of(struct house *house, struct directory *directory, const char *uid)
{
	struct person person;

	assert_int_equal(directory_find_login(directory, uid, &house->arena,
			     &person, &house->err),
	    LOOKUP_FOUND);
	return person;
}

/* --- reading ---------------------------------------------------------------
 */

static void
test_a_person_as_the_directory_tells_it(void **state)
{
	struct house *house = *state;
	struct directory *directory = house_worker(house);
	struct person person = person_of(house, directory, "JDupont");
	struct person again;

	assert_string_equal(person.login, "jdupont");
	assert_string_equal(person.dn, "uid=jdupont," SLAPD_PEOPLE);
	assert_string_equal(
	    person.uuid, house_stored(house, "jdupont", "entryUUID"));
	assert_string_equal(person.display, "Jean Dupont");
	assert_string_equal(person.family, "Dupont");
	assert_string_equal(person.given, "Jean");
	assert_string_equal(person.birth_family, "Dupond");
	assert_string_equal(person.all_given, "Jean, Marie-Anne");
	assert_string_equal(person.mails[1], "j.dupont@ac-test.fr");
	assert_null(person.mails[2]);
	assert_string_equal(person.proofs[0], "{NUMEN}1$AAAA");
	assert_string_equal(person.proofs[1], "{INE}1$BBBB");
	assert_null(person.proofs[2]);
	/* The worker has no business with rentreeSource. */
	assert_null(person.sources[0]);
	assert_string_equal(person.birth, "1$DDDD");
	assert_string_equal(person.recovery_mail, "jean@example.org");
	assert_string_equal(
	    person.recovery_pending, "20991120100000Z$new@example.org");
	assert_string_equal(person.kinds[1], "externe");
	assert_string_equal(person.establishments[0], "0590001A");
	assert_string_equal(person.language, "fr");
	assert_string_equal(person.facts.state, "A:SupannActif");
	assert_int_equal(person.facts.state_end_ms, 1909094400000);
	assert_int_equal(person.facts.pwd_end_ms, 0);
	assert_false(person.facts.admin_lock);
	assert_string_equal(person.pwd_changed, "");
	assert_int_equal(person.invited_ms, 1793491200000);
	assert_int_equal(person.activated_ms, 0);
	assert_false(person.has_password);
	assert_int_equal(directory_find_uuid(directory, person.uuid,
			     &house->arena, &again, &house->err),
	    LOOKUP_FOUND);
	assert_string_equal(again.login, "jdupont");
	directory_free(directory);

	directory = house_provision(house);
	person = person_of(house, directory, "jdupont");
	assert_string_equal(person.sources[0], "{EMP}1$CCCC");
	directory_free(directory);
}

static void
test_supann_labels(void **state)
{
	struct house *house = *state;
	struct directory *directory;
	struct person person;

	house->attributes.state =
	    house_names(house, "rentreeState employeeType");
	house->attributes.recovery_mail =
	    house_names(house, "rentreeRecoveryMail carLicense");
	house->attributes.establishment =
	    house_names(house, "rentreeEstablishment departmentNumber");
	/* Only the provisioning identity may read the stand-ins. */
	directory = house_provision(house);
	person = person_of(house, directory, "plain");
	assert_string_equal(person.facts.state, "{COMPTE}A:SupannActif");
	/* {SECOURS} is an own domain, {PARENTS} is somebody else. */
	assert_string_equal(person.recovery_mail, "perso@example.org");
	assert_string_equal(person.establishments[0], "0590002B");
	assert_null(person.establishments[1]);
	person = person_of(house, directory, "own");
	assert_null(person.recovery_mail);
	directory_free(directory);
	house->attributes.state = house_names(house, "rentreeState");
	house->attributes.recovery_mail =
	    house_names(house, "rentreeRecoveryMail");
	house->attributes.establishment =
	    house_names(house, "rentreeEstablishment");
}

static void
test_find_proof(void **state)
{
	static const struct {
		const char *values[3];
		size_t count, expected;
	} table[] = {
	    {{"{NUMEN}1$AAAA"}, 1, 1},
	    {{"{NUMEN}1$aaaa"}, 1, 0}, /* base64 has two cases */
	    {{"{NUMEN}2$AAAA", "{NUMEN}1$AAAA"}, 2, 1},
	    {{"{NUMEN}1$EEEE"}, 1, 2},
	    {{"{NUMEN}1$AA*"}, 1, 0},
	    {{"*"}, 1, 0},
	    {{"x)(uid=*"}, 1, 0},
	    {{""}, 1, 0},
	    {{""}, 0, 0},
	};
	struct house *house = *state;
	struct directory *directory = house_worker(house);
	struct directory_found found;
	size_t i;

	for (i = 0; i < COUNT_OF(table); i++) {
		assert_int_equal(
		    directory_find_proof(directory, table[i].values,
			table[i].count, &house->arena, &found, &house->err),
		    0);
		if (found.count != table[i].expected)
			fail_msg("row %zu: %zu found", i, found.count);
		assert_false(found.too_many);
	}
	directory_free(directory);
}

static void
test_too_many_share_a_proof(void **state)
{
	static const char *const values[] = {"{NUMEN}1$SHARED"};
	struct house *house = *state;
	struct directory *directory = house_worker(house);
	struct directory_found found;

	assert_int_equal(directory_find_proof(directory, values, 1,
			     &house->arena, &found, &house->err),
	    0);
	assert_int_equal(found.count, DIRECTORY_PERSONS_MAX);
	assert_true(found.too_many);
	directory_free(directory);
}

static void
test_hostile_logins_find_nobody(void **state)
{
	static const char *const table[] = {"*", "jdupon*", ")(uid=*",
	    "jdupont)(uid=*", "*)(objectClass=*", "\\2a", "jdupont\\00", "(",
	    ")", "\\", "", " ", "\xc3\xa9\xc3\xa9", "nobody"};
	struct house *house = *state;
	struct directory *directory = house_worker(house);
	struct person person;
	size_t i;

	for (i = 0; i < COUNT_OF(table); i++) {
		if (directory_find_login(directory, table[i], &house->arena,
			&person, &house->err) != LOOKUP_ABSENT)
			fail_msg("row %zu: %s", i, house->err.text);
		if (directory_find_uuid(directory, table[i], &house->arena,
			&person, &house->err) != LOOKUP_ABSENT)
			fail_msg("row %zu as uuid", i);
	}
	directory_free(directory);
}

static void
test_find_text(void **state)
{
	static const struct {
		const char *text;
		size_t max, expected;
		bool too_many;
	} table[] = {
	    {"jdupont", 10, 1, false},
	    {"JEAN.DUPONT@ac-test.fr", 10, 1, false},
	    {"ean dup", 10, 1, false},
	    {"jean-dupont", 10, 1, false}, /* by its key */
	    {" Dup\xc3\xb4nt ", 10, 1, false},
	    {"Crowd", 5, 5, true},
	    {"a*(uid=*)\\2a \xc3\xa9", 10, 1, false}, /* his name */
	    {"a*(", 10, 1, false},
	    {"*", 10, 1, false}, /* who has a star in it, not all */
	    {"nobody at all", 10, 0, false},
	    {"  ", 10, 0, false},
	};
	struct house *house = *state;
	struct directory *directory = house_worker(house);
	struct directory_found found;
	size_t i;

	for (i = 0; i < COUNT_OF(table); i++) {
		assert_int_equal(
		    directory_find_text(directory, table[i].text, table[i].max,
			&house->arena, &found, &house->err),
		    0);
		if (found.count != table[i].expected ||
		    found.too_many != table[i].too_many)
			fail_msg("row %zu: %zu found", i, found.count);
	}
	directory_free(directory);
}

static void
test_escapes(void **state)
{
	static const struct {
		const char *value, *dn, *filter;
	} table[] = {
	    {"jdupont", "uid=jdupont,dc=x", "(uid=jdupont)"},
	    {"a,b", "uid=a\\2Cb,dc=x", "(uid=a,b)"},
	    {"a+b=c", "uid=a\\2Bb\\3Dc,dc=x", "(uid=a+b=c)"},
	    {"*", "uid=*,dc=x", "(uid=\\2A)"},
	    {")(uid=*", "uid=)(uid\\3D*,dc=x", "(uid=\\29\\28uid=\\2A)"},
	    {"\\2a", "uid=\\5C2a,dc=x", "(uid=\\5C2a)"},
	    {" x ", "uid=\\20x\\20,dc=x", "(uid= x )"},
	    {"#x", "uid=\\23x,dc=x", "(uid=#x)"},
	    {"\"<>;", "uid=\\22\\3C\\3E\\3B,dc=x", "(uid=\"<>;)"},
	};
	struct house *house = *state;
	struct arena *arena = &house->arena;
	size_t i;

	for (i = 0; i < COUNT_OF(table); i++) {
		assert_string_equal(
		    directory_dn(arena, "uid", table[i].value, "dc=x"),
		    table[i].dn);
		assert_string_equal(
		    directory_equals(arena, "uid", table[i].value),
		    table[i].filter);
	}
}

/* --- sweeping --------------------------------------------------------------
 */

struct count {
	size_t entries, values;
	size_t stop_after;
};

static int
on_entry(const struct directory_entry *entry, void *context, struct err *err)
{
	struct count *count = context;
	size_t i;

	assert_non_null(strstr(entry->dn, "," SLAPD_PEOPLE));
	for (i = 0; entry->values[1][i] != NULL; i++)
		count->values++;
	assert_null(entry->values[2][0]);
	if (++count->entries == count->stop_after)
		return err_set(err, ERR_REFUSED, "enough");
	return 0;
}

static void
test_sweep_reads_every_page(void **state)
{
	static const char *const attributes[] = {
	    "uid", "rentreeKind", "description", NULL};
	struct house *house = *state;
	struct directory *directory = house_provision(house);
	struct count count = {0};

	assert_int_equal(directory_sweep(directory, SLAPD_PEOPLE, "(cn=Crowd*)",
			     attributes, on_entry, &count, &house->err),
	    0);
	assert_int_equal(count.entries, CROWD);
	assert_int_equal(count.values, 2 * CROWD);
	count = (struct count){.stop_after = 700};
	assert_int_equal(directory_sweep(directory, SLAPD_PEOPLE, "(cn=Crowd*)",
			     attributes, on_entry, &count, &house->err),
	    -1);
	assert_int_equal(count.entries, 700);
	assert_string_equal(house->err.text, "enough");
	directory_free(directory);
}

/* Uses the connection of the sweep from within it. */
static int
on_entry_change(
    const struct directory_entry *entry, void *context, struct err *err)
{
	static const char *const values[] = {"seen", NULL};
	const struct change change = {CHANGE_REPLACE, "description", values};

	(void)entry->values;
	return directory_change(context, entry->dn, &change, 1, NULL, err) ==
		       LOOKUP_FOUND
		   ? 0
		   : -1;
}

static void
test_a_sweep_may_write_what_it_reads(void **state)
{
	static const char *const attributes[] = {"uid", NULL};
	struct house *house = *state;
	struct directory *directory = house_provision(house);

	if (directory_sweep(directory, SLAPD_PEOPLE, "(cn=Crowd*)", attributes,
		on_entry_change, directory, &house->err) != 0)
		fail_msg("%s", house->err.text);
	assert_string_equal(
	    house_stored(house, "crowd1499", "description"), "seen");
	directory_free(directory);
}

/* --- passwords -------------------------------------------------------------
 */

static void
expect_password(struct house *house, struct directory *directory,
    const char *uid, const char *password, enum lookup expected)
{
	char dn[128];

	(void)snprintf(dn, sizeof dn, "uid=%s," SLAPD_PEOPLE, uid);
	assert_int_equal(
	    directory_try_password(directory, dn, password, &house->err),
	    expected);
}

static void
set_and_try(struct house *house, const char *uid, int method)
{
	static const struct {
		const char *password;
		enum password_end end;
		enum policy_error policy;
	} table[] = {
	    {"short", PASSWORD_REFUSED, POLICY_SHORT},
	    {GOOD, PASSWORD_SET, POLICY_NONE},
	    {GOOD, PASSWORD_REFUSED, POLICY_HISTORY},
	    {BETTER, PASSWORD_SET, POLICY_NONE},
	    {"", PASSWORD_FAILED, POLICY_NONE},
	};
	struct directory *directory = house_worker(house);
	enum policy_error policy;
	struct person person;
	size_t i;

	house->conf.password_method = method;
	for (i = 0; i < COUNT_OF(table); i++) {
		person = person_of(house, directory, uid);
		if (directory_set_password(directory, &person,
			table[i].password, &policy,
			&house->err) != table[i].end ||
		    policy != table[i].policy)
			fail_msg("row %zu: policy %d, %s", i, (int)policy,
			    house->err.text);
	}
	house->conf.password_method = 0;
	person = person_of(house, directory, uid);
	assert_true(person.has_password);
	assert_int_equal(strlen(person.pwd_changed), 15);
	/* Hashed (base64 of "{"), whichever way it went in. */
	assert_memory_equal(house_stored(house, uid, "userPassword"), "e1", 2);
	expect_password(house, directory, uid, BETTER, LOOKUP_FOUND);
	expect_password(house, directory, uid, GOOD, LOOKUP_ABSENT);
	expect_password(house, directory, uid, "", LOOKUP_ABSENT);
	expect_password(house, directory, "nobody", GOOD, LOOKUP_ABSENT);
	directory_free(directory);
}

static void
test_exop(void **state)
{
	set_and_try(*state, "jdupont", 0);
}

static void
test_modify_assert(void **state)
{
	set_and_try(*state, "own", 1);
}

static void
test_provisioning_cannot_set_a_password(void **state)
{
	struct house *house = *state;
	struct directory *directory = house_provision(house);
	struct person person = person_of(house, directory, "plain");
	enum policy_error policy;

	assert_int_equal(directory_set_password(
			     directory, &person, GOOD, &policy, &house->err),
	    PASSWORD_REFUSED);
	assert_int_equal(policy, POLICY_MOD_NOT_ALLOWED);
	assert_int_equal(house->err.kind, ERR_DENIED);
	directory_free(directory);
}

/* The trap, and what each part of a suspension is good for. */
static void
test_a_reset_takes_the_lock_and_not_the_suspension(void **state)
{
	struct house *house = *state;
	struct directory *work = house_worker(house),
			 *prov = house_provision(house);
	struct person before = person_of(house, work, "locked"), person;
	enum policy_error policy;

	expect_password(house, work, "locked", GOOD, LOOKUP_FOUND);
	assert_int_equal(
	    directory_suspend(prov, before.dn, clock_now_ms(), &house->err),
	    LOOKUP_FOUND);
	expect_password(house, work, "locked", GOOD, LOOKUP_ABSENT);
	person = person_of(house, work, "locked");
	assert_true(person.facts.admin_lock);
	assert_int_equal(
	    state_judge(&person.facts, clock_now_ms()), STATE_SUSPENDED);

	/* modify_assert sees it, also with what we knew before. */
	house->conf.password_method = 1;
	assert_int_equal(
	    directory_set_password(work, &before, BETTER, &policy, &house->err),
	    PASSWORD_CHANGED_MEANWHILE);
	assert_int_equal(
	    directory_set_password(work, &person, BETTER, &policy, &house->err),
	    PASSWORD_CHANGED_MEANWHILE);
	house->conf.password_method = 0;

	/* exop cannot: the lock is gone, the rest stays and still holds. */
	assert_int_equal(
	    directory_set_password(work, &before, BETTER, &policy, &house->err),
	    PASSWORD_SET);
	assert_string_equal(
	    house_stored(house, "locked", "pwdAccountLockedTime"), "");
	assert_string_equal(house_stored(house, "locked", "rentreeState"),
	    "S:SupannVerrouAdministratif");
	expect_password(house, work, "locked", BETTER, LOOKUP_ABSENT);

	/* The worker puts the lock back; ending a suspension it may not. */
	assert_int_equal(
	    directory_lock(work, before.dn, &house->err), LOOKUP_FOUND);
	assert_string_equal(
	    house_stored(house, "locked", "pwdAccountLockedTime"),
	    "000001010000Z");
	assert_int_equal(
	    directory_resume(work, before.dn, &house->err), LOOKUP_FAILED);
	assert_int_equal(house->err.kind, ERR_DENIED);
	assert_int_equal(
	    directory_resume(prov, before.dn, &house->err), LOOKUP_FOUND);
	expect_password(house, work, "locked", BETTER, LOOKUP_FOUND);
	person = person_of(house, work, "locked");
	assert_int_equal(
	    state_judge(&person.facts, clock_now_ms()), STATE_ACTIVE);
	assert_int_equal(person.facts.pwd_end_ms, 0);
	directory_free(work);
	directory_free(prov);
}

static void
test_modify_assert_sees_another_change(void **state)
{
	struct house *house = *state;
	struct directory *directory = house_worker(house);
	struct person person = person_of(house, directory, "writer");
	enum policy_error policy;

	house->conf.password_method = 1;
	assert_int_equal(directory_set_password(
			     directory, &person, GOOD, &policy, &house->err),
	    PASSWORD_SET);
	/* person still says: never set. */
	assert_int_equal(directory_set_password(
			     directory, &person, BETTER, &policy, &house->err),
	    PASSWORD_CHANGED_MEANWHILE);
	expect_password(house, directory, "writer", GOOD, LOOKUP_FOUND);
	house->conf.password_method = 0;
	directory_free(directory);
}

static void
test_suspending_a_plain_entry_makes_it_ours(void **state)
{
	struct house *house = *state;
	struct directory *directory = house_provision(house);
	const char *dn = "uid=plain," SLAPD_PEOPLE;

	assert_int_equal(
	    directory_suspend(directory, dn, clock_now_ms(), &house->err),
	    LOOKUP_FOUND);
	assert_string_equal(house_stored(house, "plain", "rentreeState"),
	    "S:SupannVerrouAdministratif");
	assert_int_equal(
	    directory_resume(directory, dn, &house->err), LOOKUP_FOUND);
	/* With SupAnn's attribute, the states of other resources stay. */
	house->attributes.state = house_names(house, "employeeType");
	assert_int_equal(
	    directory_suspend(directory, dn, clock_now_ms(), &house->err),
	    LOOKUP_FOUND);
	assert_string_equal(person_of(house, directory, "plain").facts.state,
	    "{COMPTE}S:SupannVerrouAdministratif");
	assert_string_equal(house_stored(house, "plain", "employeeType"),
	    "{MAIL}S:SupannVerrouille");
	house->attributes.state = house_names(house, "rentreeState");
	assert_int_equal(directory_suspend(directory,
			     "uid=nobody," SLAPD_PEOPLE, 0, &house->err),
	    LOOKUP_ABSENT);
	directory_free(directory);
}

/* --- changing --------------------------------------------------------------
 */

static enum lookup
change_one(struct house *house, struct directory *directory,
    enum change_verb verb, const char *attribute, const char *value,
    const char *assertion)
{
	const char *const values[] = {value, NULL};
	const struct change change = {
	    verb, attribute, value != NULL ? values : NULL};

	return directory_change(directory, "uid=writer," SLAPD_PEOPLE, &change,
	    1, assertion, &house->err);
}

static void
test_change(void **state)
{
	static const struct {
		enum change_verb verb;
		const char *attribute, *value, *assertion;
		enum lookup got;
		enum err_kind kind;
	} table[] = {
	    {CHANGE_REPLACE, "rentreeRecoveryMail", "a@example.org", NULL,
		LOOKUP_FOUND, ERR_NONE},
	    {CHANGE_ADD, "rentreeProof", "{CODE}1$NEW", NULL, LOOKUP_FOUND,
		ERR_NONE},
	    {CHANGE_ADD, "rentreeProof", "{CODE}1$NEW", NULL, LOOKUP_FAILED,
		ERR_REFUSED},
	    {CHANGE_DELETE, "rentreeProof", "{NUMEN}1$OLD", NULL, LOOKUP_FOUND,
		ERR_NONE},
	    /* The late duplicate of a reissue. */
	    {CHANGE_DELETE, "rentreeProof", "{NUMEN}1$OLD", NULL, LOOKUP_FAILED,
		ERR_REFUSED},
	    {CHANGE_REPLACE, "rentreeRecoveryMail", "b@example.org",
		"(rentreeRecoveryMail=other@example.org)", LOOKUP_FAILED,
		ERR_REFUSED},
	    {CHANGE_REPLACE, "rentreeRecoveryMail", "c@example.org",
		"(rentreeRecoveryMail=a@example.org)", LOOKUP_FOUND, ERR_NONE},
	    {CHANGE_DELETE, "rentreeRecoveryMail", NULL, NULL, LOOKUP_FOUND,
		ERR_NONE},
	    {CHANGE_DELETE, "rentreeRecoveryMail", NULL, NULL, LOOKUP_FOUND,
		ERR_NONE},
	    {CHANGE_REPLACE, "rentreeState", "A:SupannActif", NULL,
		LOOKUP_FAILED, ERR_DENIED},
	    {CHANGE_REPLACE, "noSuchAttribute", "x", NULL, LOOKUP_FAILED,
		ERR_CONFIG},
	    {CHANGE_REPLACE, "rentreeActivated", "yesterday", NULL,
		LOOKUP_FAILED, ERR_INTERNAL},
	    {CHANGE_REPLACE, "cn", "x", "((broken", LOOKUP_FAILED,
		ERR_INTERNAL},
	};
	struct house *house = *state;
	struct directory *directory = house_worker(house);
	size_t i;

	for (i = 0; i < COUNT_OF(table); i++) {
		house->err.kind = ERR_NONE;
		if (change_one(house, directory, table[i].verb,
			table[i].attribute, table[i].value,
			table[i].assertion) != table[i].got ||
		    house->err.kind != table[i].kind)
			fail_msg("row %zu: %s", i, house->err.text);
	}
	directory_free(directory);
}

static enum lookup
reserve(struct house *house, struct directory *directory, const char *dn,
    const char *login)
{
	const char *const class[] = {"rentreeReservation", NULL};
	const char *const logins[] = {login, NULL};
	const char *const none[] = {NULL};
	const struct change attributes[] = {
	    {CHANGE_ADD, "objectClass", class},
	    {CHANGE_ADD, "rentreeLogin", logins},
	    {CHANGE_ADD, "description", none},
	};

	return directory_add(
	    directory, dn, attributes, COUNT_OF(attributes), &house->err);
}

static void
test_one_add_owns_the_name(void **state)
{
	struct house *house = *state;
	struct directory *directory = house_provision(house);
	const char *dn = directory_dn(
	    &house->arena, "rentreeLogin", "a,b+c=\"x\" *", SLAPD_LOGINS);

	assert_int_equal(
	    reserve(house, directory, dn, "a,b+c=\"x\" *"), LOOKUP_FOUND);
	assert_int_equal(
	    reserve(house, directory, dn, "A,B+c=\"x\" *"), LOOKUP_ABSENT);
	assert_int_equal(reserve(house, directory,
			     "rentreeLogin=x,ou=absent," SLAPD_SUFFIX, "x"),
	    LOOKUP_FAILED);
	directory_free(directory);

	directory = house_worker(house);
	assert_int_equal(
	    reserve(house, directory, "rentreeLogin=y," SLAPD_LOGINS, "y"),
	    LOOKUP_FAILED);
	assert_int_equal(house->err.kind, ERR_DENIED);
	directory_free(directory);
}

/* --- set-up ----------------------------------------------------------------
 */

static char *
crowd_ldif(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int i;

	(void)fputs(people_ldif, out);
	for (i = 0; i < CROWD; i++)
		(void)fprintf(out,
		    "dn: uid=crowd%d," SLAPD_PEOPLE "\n"
		    "objectClass: inetOrgPerson\n"
		    "objectClass: rentreeAccount\n"
		    "uid: crowd%d\ncn: Crowd %d\nsn: Crowd\n"
		    "rentreeKind: etudiant\nrentreeKind: externe\n%s\n",
		    i, i, i, i < 9 ? "rentreeProof: {NUMEN}1$SHARED\n" : "");
	(void)fclose(out);
	return text;
}

static int
set_up(void **state)
{
	struct house *house = calloc(1, sizeof *house);
	char *ldif = crowd_ldif();

	if (house == NULL)
		return -1;
	house_start(house, ldif, NULL);
	free(ldif);
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	house_stop(*state);
	free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_person_as_the_directory_tells_it),
	    cmocka_unit_test(test_supann_labels),
	    cmocka_unit_test(test_find_proof),
	    cmocka_unit_test(test_too_many_share_a_proof),
	    cmocka_unit_test(test_hostile_logins_find_nobody),
	    cmocka_unit_test(test_find_text),
	    cmocka_unit_test(test_escapes),
	    cmocka_unit_test(test_sweep_reads_every_page),
	    cmocka_unit_test(test_a_sweep_may_write_what_it_reads),
	    cmocka_unit_test(test_exop),
	    cmocka_unit_test(test_modify_assert),
	    cmocka_unit_test(test_provisioning_cannot_set_a_password),
	    cmocka_unit_test(
		test_a_reset_takes_the_lock_and_not_the_suspension),
	    cmocka_unit_test(test_modify_assert_sees_another_change),
	    cmocka_unit_test(test_suspending_a_plain_entry_makes_it_ours),
	    cmocka_unit_test(test_change),
	    cmocka_unit_test(test_one_add_owns_the_name),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

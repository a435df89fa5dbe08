/* directory: what the doors ask of it - a mail address, a waiting rescue
 * address, the decoy. */
#include "lib/store/directory.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "tests/support/house.h"

#define PERSON(uid, more)                                                      \
	"dn: uid=" uid "," SLAPD_PEOPLE "\n"                                   \
	"objectClass: inetOrgPerson\nobjectClass: rentreeAccount\n"            \
	"uid: " uid "\ncn: " uid "\nsn: " uid "\n" more "\n"

static const char ldif[] = PERSON(
    "alone", "mail: alone@ac-test.fr\nmail: a@ac-test.fr\n") PERSON("one",
    "mail: shared@ac-test.fr\n") PERSON("two",
    "mail: shared@ac-test.fr\n") PERSON("waits",
    "rentreeRecoveryMail: old@x.example\n"
    "rentreeRecoveryMailPending: 20991231000000Z$new@x.example\n") PERSON("due",
    "rentreeRecoveryMail: old@x.example\n"
    "rentreeRecoveryMailPending: 20200101000000Z$new@X.example\n")
    PERSON("inside",
	"rentreeRecoveryMail: old@x.example\n"
	"rentreeRecoveryMailPending: 20200101000000Z$me@ac-test.fr\n")
	PERSON("broken", "rentreeRecoveryMail: old@x.example\n"
			 "rentreeRecoveryMailPending: tomorrow$new@x.example\n")
	    PERSON("empty", "rentreeRecoveryMailPending: 20200101000000Z$\n");

static void
a_mail_address_finds_its_person(void **state)
{
	static const struct {
		const char *address, *login;
	} rows[] = {
	    {"alone@ac-test.fr", "alone"},
	    {"A@AC-TEST.fr", "alone"},
	    {"shared@ac-test.fr", NULL},
	    {"nobody@ac-test.fr", NULL},
	    {"*@ac-test.fr", NULL},
	    {"*", NULL},
	    {"x)(uid=alone", NULL},
	};
	struct house *house = *state;
	struct directory *directory = house_worker(house);
	struct person person;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(directory_find_mail(directory, rows[i].address,
				     &house->arena, &person, &house->err),
		    rows[i].login != NULL ? LOOKUP_FOUND : LOOKUP_ABSENT);
		if (rows[i].login != NULL)
			assert_string_equal(person.login, rows[i].login);
	}
	directory_free(directory);
}

static void
a_waiting_address_counts_when_it_is_due(void **state)
{
	static const struct {
		const char *login, *mail;
		bool due;
	} rows[] = {
	    {"waits", "old@x.example", false},
	    {"due", "new@x.example", true},
	    {"inside", "old@x.example", false},
	    {"broken", "old@x.example", false},
	    {"empty", NULL, false},
	};
	struct house *house = *state;
	struct directory *directory = house_worker(house);
	struct person person;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(directory_find_login(directory, rows[i].login,
				     &house->arena, &person, &house->err),
		    LOOKUP_FOUND);
		if (rows[i].mail == NULL)
			assert_null(person.recovery_mail);
		else
			assert_string_equal(person.recovery_mail, rows[i].mail);
		assert_int_equal(person.recovery_is_due, rows[i].due);
	}
	directory_free(directory);
}

static void
the_decoy_is_beside_us_and_lets_nobody_in(void **state)
{
	struct house *house = *state;
	struct directory_conf conf = house->conf;
	struct directory *directory = house_worker(house);

	assert_int_equal(
	    directory_has_decoy(directory, &house->err), LOOKUP_FOUND);
	assert_int_equal(
	    directory_try_decoy(directory, "guess", &house->err), 0);
	directory_free(directory);
	house->conf.bind_dn = "cn=a\\,b,ou=nowhere," SLAPD_SUFFIX;
	directory = house_worker(house);
	assert_int_equal(
	    directory_has_decoy(directory, &house->err), LOOKUP_ABSENT);
	assert_int_equal(
	    directory_try_decoy(directory, "guess", &house->err), 0);
	directory_free(directory);
	house->conf = conf;
}

static int
set_up(void **state)
{
	struct house *house = calloc(1, sizeof *house);

	if (house == NULL || directory_library_init(&(struct err){0}) != 0)
		return -1;
	house_start(house, ldif, NULL);
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
	    cmocka_unit_test(a_mail_address_finds_its_person),
	    cmocka_unit_test(a_waiting_address_counts_when_it_is_due),
	    cmocka_unit_test(the_decoy_is_beside_us_and_lets_nobody_in),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

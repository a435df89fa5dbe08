/* The code of a printed letter is made: against a real slapd, with the schema
 * and the rights of ldap-schema/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/flow/letter.h"
#include "lib/people/digest.h"
#include "lib/people/people_conf.h"
#include "tests/support/house.h"

#define DN(uid) "uid=" uid "," SLAPD_PEOPLE
#define PERSON(uid, classes, more)                                             \
	"dn: " DN(uid) "\nobjectClass: inetOrgPerson\n" classes "uid: " uid    \
		       "\ncn: " uid "\nsn: " uid "\n" more "\n"
#define OURS "objectClass: rentreeAccount\n"

static const char ldif[] = PERSON("new", OURS, "") PERSON(
    "old", OURS, "rentreeActivated: 20260901080000Z\n") PERSON("plain", "", "");

static struct secret key_1, key_2;

static struct digest_keys
keys_of(const struct secret *newest, const struct secret *older)
{
	struct digest_keys keys = {.count = older != NULL ? 2 : 1};

	strcpy(keys.list[0].kid, older != NULL ? "2" : "1");
	keys.list[0].key = (struct secret *)newest;
	strcpy(keys.list[1].kid, "1");
	keys.list[1].key = (struct secret *)older;
	return keys;
}

/* Who has this code, by all keys. */
static const char *
holder(struct house *house, struct directory *directory,
    const struct digest_keys *keys, const struct letter_code *code,
    int64_t *end_ms)
{
	const char *values[DIGEST_KEYS_MAX];
	struct digest digests[DIGEST_KEYS_MAX];
	struct directory_found found;

	for (size_t i = 0; i < keys->count; i++) {
		digests[i] = digest_letter(keys, i, code);
		values[i] = digests[i].text;
	}
	assert_int_equal(directory_find_letter(directory, values, keys->count,
			     &house->arena, &found, &house->err),
	    0);
	if (found.count == 0)
		return NULL;
	assert_int_equal(found.count, 1);
	*end_ms = found.list[0].letter_end_ms;
	return found.list[0].login;
}

static void
a_code_is_made_and_found(void **state)
{
	struct house *house = *state;
	struct directory *provision = house_provision(house);
	struct directory *worker = house_worker(house);
	struct digest_keys keys = keys_of(&key_1, NULL);
	struct digest_keys rotated = keys_of(&key_2, &key_1);
	struct letter_code code, newer;
	int64_t end_ms = clock_now_ms() / 1000 * 1000 + 86400000;
	int64_t got_ms = 0;

	assert_int_equal(letter_make(provision, &keys, DN("new"), end_ms, &code,
			     &house->err),
	    0);
	assert_string_equal(
	    holder(house, worker, &keys, &code, &got_ms), "new");
	assert_int_equal(got_ms, end_ms);
	assert_null(
	    strstr(house_stored(house, "new", "rentreeLetter"), code.text));
	/* A key that came since takes nothing from a letter that is out. */
	assert_string_equal(
	    holder(house, worker, &rotated, &code, &got_ms), "new");

	/* The desk's hand is the worker's. */
	assert_int_equal(letter_make(worker, &rotated, DN("new"), end_ms + 5000,
			     &newer, &house->err),
	    0);
	assert_string_not_equal(newer.text, code.text);
	assert_null(holder(house, worker, &rotated, &code, &got_ms));
	assert_string_equal(
	    holder(house, worker, &rotated, &newer, &got_ms), "new");
	assert_int_equal(got_ms, end_ms + 5000);

	assert_int_equal(letter_revoke(provision, DN("new"), &house->err), 0);
	assert_null(holder(house, worker, &rotated, &newer, &got_ms));
	assert_string_equal(house_stored(house, "new", "rentreeLetterEnd"), "");
	assert_int_equal(letter_revoke(provision, DN("new"), &house->err), 0);
	directory_free(provision);
	directory_free(worker);
}

static void
a_plain_entry_gets_our_class(void **state)
{
	struct house *house = *state;
	struct directory *provision = house_provision(house);
	struct directory *worker = house_worker(house);
	struct digest_keys keys = keys_of(&key_1, NULL);
	struct letter_code code;
	int64_t got_ms = 0;

	assert_int_equal(letter_make(worker, &keys, DN("plain"), clock_now_ms(),
			     &code, &house->err),
	    -1);
	assert_int_equal(house->err.kind, ERR_DENIED);
	directory_free(worker);
	assert_int_equal(letter_make(provision, &keys, DN("plain"),
			     clock_now_ms(), &code, &house->err),
	    0);
	assert_string_equal(
	    holder(house, provision, &keys, &code, &got_ms), "plain");
	directory_free(provision);
}

static void
no_code_for_who_needs_none(void **state)
{
	struct house *house = *state;
	struct directory *provision = house_provision(house);
	struct digest_keys keys = keys_of(&key_1, NULL);
	struct letter_code code;

	assert_int_equal(letter_make(provision, &keys, DN("old"),
			     clock_now_ms(), &code, &house->err),
	    -1);
	assert_int_equal(house->err.kind, ERR_REFUSED);
	assert_int_equal(code.text[0], 0);
	assert_string_equal(house_stored(house, "old", "rentreeLetter"), "");
	assert_int_equal(letter_make(provision, &keys, DN("nobody"),
			     clock_now_ms(), &code, &house->err),
	    -1);
	directory_free(provision);
}

static void
the_link_is_short(void **state)
{
	const struct site_conf site = {.public_url = "https://c.example"};
	const struct letter_code code = {"7K3M9QXRTB2W5HC2"};
	struct house *house = *state;

	assert_string_equal(letter_link(&house->arena, &site, &code),
	    "https://c.example/a/7K3M9QXRTB2W5HC2");
}

static int
set_up(void **state)
{
	static struct house house;

	house_start(&house, ldif, NULL);
	key_1 = house_secret("11111111111111111111111111111111");
	key_2 = house_secret("22222222222222222222222222222222");
	*state = &house;
	return 0;
}

static int
tear_down(void **state)
{
	house_stop(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_code_is_made_and_found),
	    cmocka_unit_test(a_plain_entry_gets_our_class),
	    cmocka_unit_test(no_code_for_who_needs_none),
	    cmocka_unit_test(the_link_is_short),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

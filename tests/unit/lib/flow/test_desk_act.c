/* What an operator of the web desk may do, on a real slapd and a real Redis;
 * the command line's side is tests/integration/test_desk_acts.py. */
#include "lib/flow/desk_act.h"

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

#include "lib/base/clock.h"
#include "lib/flow/desk_member.h"
#include "lib/flow/flow_conf.h"
#include "lib/people/digest.h"
#include "lib/people/people_conf.h"
#include "lib/store/audit.h"
#include "lib/store/envelope.h"
#include "lib/store/kv.h"
#include "lib/store/queue.h"
#include "tests/support/house.h"
#include "tests/support/redis.h"

#define DN(uid) "uid=" uid "," SLAPD_PEOPLE
#define GROUP(cn) "cn=" cn ",ou=groups," SLAPD_SUFFIX
#define HERE "rentreeEstablishment: 0590121L\n"
#define PERSON(uid, more)                                                      \
	"dn: " DN(uid) "\nobjectClass: inetOrgPerson\n"                        \
		       "objectClass: rentreeAccount\nuid: " uid "\ncn: " uid   \
		       "\nsn: " uid                                            \
		       "\ngivenName: Ada\nrentreeBirth: 1$x\n" more "\n"
#define MEMBERS(cn, member)                                                    \
	"dn: " GROUP(cn) "\nobjectClass: groupOfNames\ncn: " cn                \
			 "\nmember: " member "\n\n"

static const char ldif[] = PERSON(
    "operator", HERE "rentreeProof: {NUMEN}1$mine\n") PERSON("double",
    HERE "rentreeProof: {NUMEN}1$mine\n") PERSON("waited",
    HERE "rentreeRecoveryMail: lost@courriel.example\n"
	 "rentreeRecoveryMailPending: 20250101000000Z$due@courriel.example\n")
    PERSON("colleague", HERE) PERSON(
	"closed", HERE "rentreeState: I:SupannInactif\n") PERSON("stranger",
	HERE) PERSON("here", "rentreeEstablishment: 0599001N\n" HERE
			     "rentreeProof: {NUMEN}1$old\n") PERSON("there",
	"rentreeEstablishment: 0599001N\n") PERSON("nowhere",
	"") PERSON("chief", HERE) PERSON("deep", HERE) PERSON("suspended", HERE
	"rentreeState: S:SupannVerrouAdministratif\n") MEMBERS("secretariat",
	DN("operator") "\nmember: " DN("colleague") "\nmember: " DN("closed"))
	MEMBERS("protected", DN("chief") "\nmember: " GROUP("one"))
	    MEMBERS("one", GROUP("two")) MEMBERS("two", DN("deep"))
		MEMBERS("ring", GROUP("round")) MEMBERS("round", GROUP("ring"))
		    MEMBERS("l1", GROUP("l2")) MEMBERS("l2", GROUP("l3"))
			MEMBERS("l3", GROUP("l4")) MEMBERS("l4", GROUP("l5"))
			    MEMBERS("l5", GROUP("l6"))
				MEMBERS("l6", DN("buried"));

struct bench {
	struct house house;
	struct redis redis;
	struct kv *kv;
	struct directory *directory;
	struct audit *audit;
	struct secret numen, audit_key;
	struct digest_keys numbers;
	struct envelope_sealer sealer;
	struct site_conf site;
	struct limits_conf limits;
	struct desk_conf desk;
	struct desk_tools tools;
	struct arena arena;
	char folder[64], audit_file[96];
};

static struct bench bench;
static struct err err;

static int
set_up(void **state)
{
	static unsigned char mac[SECRET_KEY], secret[SECRET_KEY];

	(void)state;
	house_start(&bench.house, ldif, NULL);
	redis_start(&bench.redis);
	bench.kv = kv_new(&bench.redis.conf, KV_WORKER, 2000);
	bench.numen = house_secret("11111111111111111111111111111111");
	bench.audit_key = house_secret("22222222222222222222222222222222");
	strcpy(bench.numbers.list[0].kid, "1");
	bench.numbers.list[0].key = &bench.numen;
	bench.numbers.count = 1;
	strcpy(bench.sealer.kid, "k");
	crypto_box_keypair(bench.sealer.public_key, secret);
	bench.sealer.mac_key = mac;
	bench.site =
	    (struct site_conf){.languages = house_names(&bench.house, "fr en"),
		.own_domains = house_names(&bench.house, "ac-test.fr")};
	bench.limits = (struct limits_conf){
	    .code_lifetime_s = 86400, .recovery_mail_cooloff_s = 172800};
	bench.desk = (struct desk_conf){.group = GROUP("secretariat"),
	    .protected_group = GROUP("protected"),
	    .reissues_per_hour = 100};
	strcpy(bench.folder, "/tmp/rentree-desk-XXXXXX");
	if (mkdtemp(bench.folder) == NULL)
		return -1;
	snprintf(bench.audit_file, sizeof bench.audit_file, "%s/audit",
	    bench.folder);
	bench.audit = audit_open(bench.audit_file, &bench.audit_key, &err);
	bench.directory = house_worker(&bench.house);
	bench.tools = (struct desk_tools){.site = &bench.site,
	    .limits = &bench.limits,
	    .desk = &bench.desk,
	    .attributes = &bench.house.attributes,
	    .numbers = &bench.numbers,
	    .audit = bench.audit,
	    .sealer = &bench.sealer,
	    .directory = bench.directory,
	    .kv = bench.kv,
	    .arena = &bench.arena};
	return bench.audit == NULL ? -1 : kv_load_functions(bench.kv, &err);
}

static int
tear_down(void **state)
{
	(void)state;
	directory_free(bench.directory);
	audit_close(bench.audit);
	(void)unlink(bench.audit_file);
	(void)rmdir(bench.folder);
	kv_free(bench.kv);
	redis_stop(&bench.redis);
	house_stop(&bench.house);
	return 0;
}

static int
empty(void **state)
{
	(void)state;
	arena_reset(&bench.arena);
	err = (struct err){0};
	return 0;
}

static const char *
uuid_of(const char *login)
{
	struct person person;

	assert_int_equal(directory_find_login(bench.directory, login,
			     &bench.arena, &person, &err),
	    LOOKUP_FOUND);
	return arena_dup(&bench.arena, person.uuid);
}

static struct desk_act
act_of(const char *who, enum desk_kind kind, const char *whom)
{
	return (struct desk_act){.kind = kind,
	    .who = {.uuid = uuid_of(who), .actor = "desk:?"},
	    .uuid = uuid_of(whom),
	    .document = DESK_CNI,
	    .number = "09E9501234ABC",
	    .address = "neuf@courriel.example",
	    .ref = "7K3QWBXX"};
}

static enum desk_end
end_of(const char *who, enum desk_kind kind, const char *whom)
{
	struct desk_act act = act_of(who, kind, whom);

	return desk_act(&bench.tools, &act, &err).end;
}

/* --- fences --------------------------------------------------------------- */

static void
every_act_has_every_fence(void **state)
{
	static const struct {
		const char *who, *whom;
		enum desk_end end;
	} cases[] = {
	    {"stranger", "here", DESK_DENIED},
	    {"closed", "here", DESK_DENIED},
	    {"operator", "there", DESK_UNKNOWN},
	    {"operator", "nowhere", DESK_UNKNOWN},
	    {"operator", "operator", DESK_SELF},
	    {"operator", "double", DESK_SELF},
	    {"operator", "colleague", DESK_COLLEAGUE},
	    {"operator", "closed", DESK_COLLEAGUE},
	    {"operator", "chief", DESK_PROTECTED},
	    {"operator", "deep", DESK_PROTECTED},
	    {"operator", "suspended", DESK_SUSPENDED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		for (int kind = DESK_CODE; kind < DESK_KINDS; kind++)
			assert_int_equal(
			    end_of(cases[i].who, (enum desk_kind)kind,
				cases[i].whom),
			    cases[i].end);
}

static void
nobody_and_not_theirs_are_one(void **state)
{
	struct desk_act act = act_of("operator", DESK_CODE, "here");

	(void)state;
	act.uuid = "00000000-0000-0000-0000-000000000000";
	assert_int_equal(desk_act(&bench.tools, &act, &err).end, DESK_UNKNOWN);
	assert_int_equal(err.kind, ERR_NONE);
}

static void
no_document_no_act(void **state)
{
	(void)state;
	for (int kind = DESK_CODE; kind < DESK_KINDS; kind++) {
		struct desk_act act =
		    act_of("operator", (enum desk_kind)kind, "here");
		struct desk_answer answer;

		if (!desk_act_wants_document(act.kind))
			continue;
		act.document = DESK_NO_DOCUMENT;
		answer = desk_act(&bench.tools, &act, &err);
		assert_int_equal(answer.end, DESK_UNSEEN);
		assert_string_equal(answer.code, "");
	}
}

static void
what_a_page_offers_is_what_is_done(void **state)
{
	struct desk_operator who;
	struct person person;

	(void)state;
	assert_int_equal(
	    desk_operator_open(&bench.tools, uuid_of("operator"), &who, &err),
	    DESK_DONE);
	assert_string_equal(who.actor, "desk:operator");
	assert_int_equal(
	    desk_find(&bench.tools, &who, uuid_of("there"), &person, &err),
	    LOOKUP_ABSENT);
	assert_int_equal(
	    desk_find(&bench.tools, &who, uuid_of("here"), &person, &err),
	    LOOKUP_FOUND);
	assert_int_equal(
	    desk_may(&bench.tools, &who, &person, DESK_CODE, &err), DESK_DONE);
	assert_int_equal(desk_may(&bench.tools, &who, &person, DESK_LINK, &err),
	    DESK_NO_RESCUE);
	assert_int_equal(
	    desk_may(&bench.tools, &who, &person, DESK_UNLOCK, &err),
	    DESK_NOT_NEEDED);
}

static void
groups_in_groups(void **state)
{
	static const struct {
		const char *group, *login;
		enum lookup end;
	} cases[] = {
	    {"", DN("deep"), LOOKUP_ABSENT},
	    {GROUP("nothing"), DN("deep"), LOOKUP_ABSENT},
	    {GROUP("protected"), DN("deep"), LOOKUP_FOUND},
	    {"CN=Protected, ou=groups," SLAPD_SUFFIX, DN("deep"), LOOKUP_FOUND},
	    {GROUP("protected"), DN("here"), LOOKUP_ABSENT},
	    {GROUP("ring"), DN("deep"), LOOKUP_ABSENT},
	    {GROUP("ring"), GROUP("round"), LOOKUP_FOUND},
	    {GROUP("protected"), GROUP("round"), LOOKUP_ABSENT},
	    {GROUP("l2"), DN("buried"), LOOKUP_FOUND},
	    /* Deeper than we look: then nobody may say "not in it". */
	    {GROUP("l1"), DN("buried"), LOOKUP_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum lookup got = desk_member(bench.directory, cases[i].group,
		    cases[i].login, &bench.arena, &err);

		if (got != cases[i].end)
			fail_msg("%s in %s: %d", cases[i].login, cases[i].group,
			    got);
	}
	assert_int_equal(err.kind, ERR_CONFIG);
}

/* --- numbers -------------------------------------------------------------- */

static void
what_was_shown_is_what_goes(void **state)
{
	struct desk_act act = act_of("operator", DESK_CODE, "here");
	char seen[DESK_SEEN], again[DESK_SEEN];
	struct desk_answer answer;

	(void)state;
	answer = desk_act(&bench.tools, &act, &err);
	assert_int_equal(answer.end, DESK_DONE);
	assert_int_equal(strlen(answer.code), NUMBER_GROUPED - 1);
	assert_int_equal(answer.left, bench.desk.reissues_per_hour - 1);
	/* The page that was shown before it. */
	desk_seen(&answer.person, seen);
	act.seen = seen;
	answer = desk_act(&bench.tools, &act, &err);
	assert_int_equal(answer.end, DESK_STALE);
	assert_string_equal(answer.code, "");
	desk_seen(&answer.person, again);
	assert_string_not_equal(again, seen);
	/* It stands alone now. */
	assert_int_equal(strncmp(answer.person.proofs[0], "{CODE}1$", 8), 0);
	assert_null(answer.person.proofs[1]);
	assert_int_not_equal(answer.person.reissued_ms, 0);
	/* And the one that is shown now. */
	act.seen = again;
	assert_int_equal(desk_act(&bench.tools, &act, &err).end, DESK_DONE);
	assert_int_equal(desk_act(&bench.tools, &act, &err).end, DESK_STALE);
}

static void
a_new_number_is_seen_whatever_the_order(void **state)
{
	char *one[] = {(char *)"{NUMEN}1$a", (char *)"{INE}1$b", NULL};
	char *other[] = {(char *)"{INE}1$b", (char *)"{NUMEN}1$a", NULL};
	char *third[] = {(char *)"{INE}1$b", NULL};
	struct person person = {.proofs = one};
	char a[DESK_SEEN], b[DESK_SEEN];

	(void)state;
	desk_seen(&person, a);
	person.proofs = other;
	desk_seen(&person, b);
	assert_string_equal(a, b);
	person.proofs = third;
	desk_seen(&person, b);
	assert_string_not_equal(a, b);
}

static void
what_follows_waits_for_what_was_done(void **state)
{
	struct desk_act act = act_of("operator", DESK_RESCUE, "here");
	struct desk_answer answer;
	struct queue_item item;

	(void)state;
	while (queue_take(bench.kv, QUEUE_MAIL, 0, &bench.arena, &item, &err) ==
	       LOOKUP_FOUND)
		assert_int_equal(
		    queue_finish(bench.kv, &item, &err), LOOKUP_FOUND);
	answer = desk_act(&bench.tools, &act, &err);
	assert_int_equal(answer.end, DESK_DONE);
	assert_int_equal(answer.counts_ms, 0); /* there was none before */
	assert_int_equal(
	    queue_take(bench.kv, QUEUE_MAIL, 0, &bench.arena, &item, &err),
	    LOOKUP_FOUND);
	assert_string_equal(item.id, answer.follow);
	assert_int_equal(queue_finish(bench.kv, &item, &err), LOOKUP_FOUND);
	/* Refused: nothing follows. */
	assert_int_equal(
	    end_of("operator", DESK_RESCUE, "chief"), DESK_PROTECTED);
	assert_int_equal(
	    queue_take(bench.kv, QUEUE_MAIL, 0, &bench.arena, &item, &err),
	    LOOKUP_ABSENT);
	/* Another one waits, a day at most. */
	act.address = "autre@courriel.example";
	answer = desk_act(&bench.tools, &act, &err);
	assert_int_equal(answer.end, DESK_DONE);
	assert_int_equal(answer.counts_ms - answer.at_ms, 86400000);
}

/* The one before it does not come back while another waits in its place. */
static void
an_address_that_counts_by_now_stays(void **state)
{
	struct desk_act act = act_of("operator", DESK_RESCUE, "waited");
	struct desk_answer answer;
	struct person person;

	(void)state;
	answer = desk_act(&bench.tools, &act, &err);
	assert_int_equal(answer.end, DESK_DONE);
	assert_int_equal(answer.counts_ms - answer.at_ms, 86400000);
	assert_int_equal(directory_find_login(bench.directory, "waited",
			     &bench.arena, &person, &err),
	    LOOKUP_FOUND);
	assert_string_equal(person.recovery_mail, "due@courriel.example");
	assert_false(person.recovery_is_due);
	assert_non_null(strstr(person.recovery_pending, "$neuf@"));
	/* Once more: what waits now gives way, and nothing else. */
	act.address = "autre@courriel.example";
	assert_int_equal(desk_act(&bench.tools, &act, &err).end, DESK_DONE);
	assert_int_equal(directory_find_login(bench.directory, "waited",
			     &bench.arena, &person, &err),
	    LOOKUP_FOUND);
	assert_string_equal(person.recovery_mail, "due@courriel.example");
	assert_non_null(strstr(person.recovery_pending, "$autre@"));
}

static void
the_quota_counts_all_kinds(void **state)
{
	struct desk_act act;
	struct desk_answer answer;

	(void)state;
	bench.desk.reissues_per_hour = 1;
	act = act_of("operator", DESK_PHONE, "here");
	answer = desk_act(&bench.tools, &act, &err);
	assert_int_equal(answer.end, DESK_QUOTA);
	assert_int_equal(end_of("operator", DESK_CODE, "here"), DESK_QUOTA);
	assert_int_equal(end_of("operator", DESK_RESCUE, "here"), DESK_QUOTA);
	assert_int_equal(end_of("operator", DESK_LETTER, "here"), DESK_QUOTA);
	assert_int_equal(
	    end_of("operator", DESK_UNLOCK, "here"), DESK_NOT_NEEDED);
	/* Somebody else's is their own. */
	assert_int_equal(end_of("colleague", DESK_PHONE, "here"), DESK_DONE);
	assert_int_equal(end_of("colleague", DESK_PHONE, "here"), DESK_QUOTA);
	bench.desk.reissues_per_hour = 100;
}

static void
words_and_their_names(void **state)
{
	enum desk_document document;

	(void)state;
	assert_true(desk_document_parse("titre-sejour", &document));
	assert_string_equal(desk_document_name(document), "titre-sejour");
	assert_false(desk_document_parse("permis", &document));
	assert_false(desk_document_parse("", &document));
	assert_null(desk_document_name(DESK_NO_DOCUMENT));
	for (int end = DESK_DONE; end < DESK_ENDS; end++)
		for (int other = DESK_DONE; other < end; other++)
			assert_string_not_equal(
			    desk_end_name((enum desk_end)end),
			    desk_end_name((enum desk_end)other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(every_act_has_every_fence, empty),
	    cmocka_unit_test_teardown(nobody_and_not_theirs_are_one, empty),
	    cmocka_unit_test_teardown(no_document_no_act, empty),
	    cmocka_unit_test_teardown(
		what_a_page_offers_is_what_is_done, empty),
	    cmocka_unit_test_teardown(groups_in_groups, empty),
	    cmocka_unit_test_teardown(what_was_shown_is_what_goes, empty),
	    cmocka_unit_test_teardown(
		a_new_number_is_seen_whatever_the_order, empty),
	    cmocka_unit_test_teardown(
		what_follows_waits_for_what_was_done, empty),
	    cmocka_unit_test_teardown(
		an_address_that_counts_by_now_stays, empty),
	    cmocka_unit_test_teardown(the_quota_counts_all_kinds, empty),
	    cmocka_unit_test_teardown(words_and_their_names, empty),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/*
 * Provision over an académie that exists: who is found again, what changes,
 * who leaves, what is refused. Real slapd, simulated time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/lib/flow/batch.h"

static struct batch batch;

static int
fresh(void **state)
{
	(void)state;
	batch_clear(&batch);
	return 0;
}

#define get(login, attribute) batch_get(&batch, login, attribute)
#define run(rows) batch_run(&batch, rows)
#define assert_has(text, part)                                                 \
	do {                                                                   \
		const char *text_ = (text);                                    \
		if (strstr(text_, part) == NULL)                               \
			fail_msg("no \"%s\" in \"%s\"", part, text_);          \
	} while (0)
#define assert_text(text, wanted) assert_string_equal(text, wanted)

static void
assert_nothing_more(const char *rows)
{
	int64_t queued = batch_queued(&batch);

	run(rows);
	assert_int_equal(batch.planned.created, 0);
	assert_int_equal(batch.planned.changed, 0);
	assert_int_equal(batch.applied.changed, 0);
	assert_int_equal(batch_queued(&batch), queued);
}

#define DUPONT                                                                 \
	"enseignant;09E9501234ABC;;E1;Dupont;;Jean;01/09/1975;0590121L;;;\n"

#define MARTIN                                                                 \
	"enseignant;09E9501234ABC;;E1;Dupont;Martin;Jean;01/09/1975;"          \
	"0590121L;;;\n"

/* --- an existing directory ------------------------------------------------ */

static void
put_stranger(const char *more)
{
	slapd_change(&batch.house.slapd,
	    arena_printf(&batch.arena,
		"dn: uid=dupontj,ou=people,dc=test,dc=fr\n"
		"objectClass: inetOrgPerson\nuid: dupontj\n"
		"cn: Jean Dupont (DSI)\nsn: DUPONT\ngivenName: Jean\n"
		"mail: jean.dupont@ac-test.fr\nuserPassword: "
		"{SSHA}secret\n%s\n",
		more));
}

static void
test_stranger_is_adopted(void **unused)
{
	char password[256];

	(void)unused;
	put_stranger("employeeNumber: e1\n");
	run(DUPONT);
	assert_int_equal(batch.applied.created, 0);
	assert_int_equal(batch.applied.changed, 1);
	assert_has(get("dupontj", "objectClass"), "rentreeAccount");
	assert_has(get("dupontj", "rentreeSource"), "{NUMEN}2$");
	assert_has(get("dupontj", "rentreeProof"), "{NUMEN}2$");
	assert_has(get("dupontj", "rentreeBirth"), "2$");
	assert_text(get("dupontj", "rentreeState"), "A:SupannActif");
	assert_text(get("dupontj", "cn"), "Jean Dupont (DSI)");
	assert_text(get("dupontj", "mail"), "jean.dupont@ac-test.fr");
	slapd_value(&batch.house.slapd, "uid=dupontj," SLAPD_PEOPLE,
	    "userPassword", password, sizeof password);
	assert_true(password[0] != '\0');
	/* its names are given out now, for ever */
	slapd_value(&batch.house.slapd, "rentreeLogin=dupontj," SLAPD_LOGINS,
	    "rentreeLogin", password, sizeof password);
	assert_text(password, "dupontj");
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "dupontj");
	assert_nothing_more(DUPONT);
}

static void
test_stranger_is_asked_about(void **unused)
{
	struct moderation moderation;

	(void)unused;
	put_stranger("");
	run(DUPONT);
	assert_int_equal(batch.planned.pending, 1);
	assert_int_equal(batch.planned.conflicts, 1);
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "dupontj");
	assert_text(get("dupontj", "rentreeSource"), "");
	/* later: no conflict, and still nothing */
	assert_int_equal(moderation_open(&moderation, batch.moderation,
			     &batch.arena, &batch.err),
	    0);
	assert_non_null(moderation.first);
	assert_text(moderation.first->account.login, "dupontj");
	assert_null(moderation.first->next);
	moderation_decide(&moderation, moderation.first, MODERATION_LATER);
	assert_int_equal(moderation_save(&moderation, &batch.err), 0);
	run(DUPONT);
	assert_int_equal(batch.planned.pending, 1);
	assert_int_equal(batch.planned.conflicts, 0);
	/* the same */
	moderation_decide(&moderation, moderation.first, MODERATION_SAME);
	assert_int_equal(moderation_save(&moderation, &batch.err), 0);
	run(DUPONT);
	assert_has(get("dupontj", "rentreeSource"), "{NUMEN}2$");
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "dupontj");
	assert_nothing_more(DUPONT);
	moderation_close(&moderation);
}

static void
test_stranger_is_another(void **unused)
{
	struct moderation moderation;

	(void)unused;
	put_stranger("");
	run(DUPONT);
	assert_int_equal(moderation_open(&moderation, batch.moderation,
			     &batch.arena, &batch.err),
	    0);
	moderation_decide(&moderation, moderation.first, MODERATION_DIFFERENT);
	assert_int_equal(moderation_save(&moderation, &batch.err), 0);
	run(DUPONT);
	assert_int_equal(batch.applied.created, 1);
	assert_text(get("jdupont1", "mail"), "jean.dupont1@ac-test.fr");
	assert_nothing_more(DUPONT);
	moderation_close(&moderation);
}

/* Employee 1 of one series is not student 1 of another, though both may be
 * called Jean. */
static void
test_number_of_another_series(void **unused)
{
	(void)unused;
	put_stranger("employeeNumber: E1\n");
	run("enseignant;09E9501234ABC;;E1;Petit;;Jean;01/09/1975;;"
	    "petit@courriel.example;;\n");
	assert_text(get("dupontj", "rentreeSource"), "");
	assert_text(get("dupontj", "rentreeRecoveryMail"), "");
	assert_int_equal(batch.planned.pending, 1);
	assert_int_equal(batch.planned.conflicts, 1);
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "dupontj");
}

/* An HR system gives E1 out again. */
static void
test_number_given_out_again(void **unused)
{
	static const char next[] =
	    "enseignant;;;E1;Petit;;Anne;02/03/1980;;anne@courriel.example"
	    ";;\n";
	struct moderation moderation;

	(void)unused;
	run(DUPONT);
	run(next);
	assert_int_equal(batch.planned.pending, 1);
	assert_int_equal(batch.planned.conflicts, 1);
	assert_int_equal(batch.planned.changed, 0);
	assert_text(get("jdupont", "cn"), "Jean Dupont");
	assert_text(get("jdupont", "rentreeRecoveryMail"), "");
	assert_int_equal(moderation_open(&moderation, batch.moderation,
			     &batch.arena, &batch.err),
	    0);
	assert_text(moderation.first->account.display, "Jean Dupont");
	assert_text(moderation.first->account.kind, "enseignant");
	assert_text(moderation.first->account.establishment, "0590121L");
	assert_text(moderation.first->account.mail, "jean.dupont@ac-test.fr");
	moderation_decide(&moderation, moderation.first, MODERATION_DIFFERENT);
	assert_int_equal(moderation_save(&moderation, &batch.err), 0);
	run(next);
	assert_int_equal(batch.applied.created, 1);
	assert_text(
	    get("apetit", "rentreeRecoveryMail"), "anne@courriel.example");
	run(next);
	assert_int_equal(batch.planned.conflicts, 0);
	assert_int_equal(batch.planned.created, 0);
	assert_text(get("jdupont", "cn"), "Jean Dupont");
	moderation_close(&moderation);
}

/* Directories that others made hold a name in several spellings. */
static void
test_other_spellings_stay(void **unused)
{
	(void)unused;
	put_stranger("employeeNumber: E1\ncn: DUPONT Jean\nsn: Durand\n"
		     "givenName: Jeannot\n");
	run("enseignant;09E9501234ABC;;E1;Durand;Dupont;Jean;01/09/1975;;;;\n");
	assert_text(get("dupontj", "cn"), "DUPONT Jean | Jean Dupont (DSI)");
	assert_text(get("dupontj", "sn"), "Dupont | Durand");
	assert_text(get("dupontj", "givenName"), "Jean | Jeannot");
	assert_text(get("dupontj", "mail"), "jean.dupont@ac-test.fr");
	assert_nothing_more(
	    "enseignant;09E9501234ABC;;E1;Durand;Dupont;Jean;01/09/1975;;;;\n");
}

/* The name of an entry that others made is its cn, or more: it stays. */
static void
test_entry_named_by_cn(void **unused)
{
	static const char *const names[] = {"cn=Jean Dupont", "cn=JEAN DUPONT",
	    "cn=Jean Dupont+sn=Dupont", "sn=Dupont+givenName=Jean"};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		batch_clear(&batch);
		slapd_change(&batch.house.slapd,
		    arena_printf(&batch.arena,
			"dn: %s,ou=people,dc=test,dc=fr\n"
			"objectClass: inetOrgPerson\nuid: dupontj\n"
			"cn: Jean Dupont\nsn: Dupont\ngivenName: Jean\n"
			"mail: jean.dupont@ac-test.fr\nemployeeNumber: E1\n",
			names[i]));
		run(DUPONT);
		assert_int_equal(batch.applied.changed, 1);
		run(MARTIN);
		assert_int_equal(batch.applied.changed, 1);
		assert_int_equal(batch.applied.conflicts, 0);
		assert_has(
		    buf_text(&batch.lines), "dupontj: the entry is named");
		assert_has(get("dupontj", "sn"), "Martin");
		assert_has(get("dupontj", "cn"), "Jean Martin");
		assert_has(get("dupontj", "mail"), "jean.martin@ac-test.fr");
		assert_nothing_more(MARTIN);
		assert_null(strstr(buf_text(&batch.lines), "named"));
		/* and back again */
		run(DUPONT);
		assert_int_equal(batch.applied.conflicts, 0);
		assert_has(get("dupontj", "sn"), "Dupont");
		assert_nothing_more(DUPONT);
	}
}

/* The desk gave out a new number; the feed goes on with the old one. */
static void
test_reissued_number_stays(void **unused)
{
	char old[256];

	(void)unused;
	run(DUPONT);
	slapd_value(&batch.house.slapd, "uid=jdupont," SLAPD_PEOPLE,
	    "rentreeProof", old, sizeof old);
	slapd_change(&batch.house.slapd,
	    "dn: uid=jdupont,ou=people,dc=test,dc=fr\nchangetype: modify\n"
	    "replace: rentreeProof\nrentreeProof: {NUMEN}2$new\n");
	assert_nothing_more(DUPONT);
	assert_text(get("jdupont", "rentreeProof"), "{NUMEN}2$new");
	/* a number the feed had not told before is news */
	run("enseignant;09E9509999ABC;;E1;Dupont;;Jean;01/09/1975;0590121L"
	    ";;;\n");
	assert_null(strstr(get("jdupont", "rentreeProof"), "new"));
	assert_null(strstr(get("jdupont", "rentreeProof"), old));
	assert_has(get("jdupont", "rentreeProof"), "{NUMEN}2$");
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "jdupont");
}

/* What stands under the old key is written under the new one. */
static void
test_key_rotation(void **unused)
{
	struct digest_keys both = batch.keys;

	(void)unused;
	batch.keys.list[0] = both.list[1];
	batch.keys.count = 1;
	run(DUPONT);
	assert_has(get("jdupont", "rentreeProof"), "{NUMEN}1$");
	batch.keys = both;
	run(DUPONT);
	assert_int_equal(batch.applied.changed, 1);
	assert_has(get("jdupont", "rentreeProof"), "{NUMEN}2$");
	assert_null(strstr(get("jdupont", "rentreeProof"), "{NUMEN}1$"));
	assert_has(get("jdupont", "rentreeSource"), "{NUMEN}1$");
	assert_nothing_more(DUPONT);
}

/* --- changes -------------------------------------------------------------- */

static void
test_marriage(void **unused)
{
	static const char married[] =
	    "enseignant;09E9501234ABC;;E1;Dupont;Le Goff;Jean;01/09/1975;"
	    "0590121L;;;\n";

	(void)unused;
	run(DUPONT);
	run(married);
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "jdupont");
	assert_text(get("jdupont", "cn"), "Jean Le Goff");
	assert_text(get("jdupont", "mail"),
	    "jean.dupont@ac-test.fr | jean.le-goff@ac-test.fr");
	assert_text(get("jdupont", "rentreeBirthName"), "Dupont");
	assert_nothing_more(married);
	/* The alias is hers for ever. */
	run("enseignant;09E9501234ABD;;E2;Le Goff;;Jean;02/09/1975;0590121L"
	    ";;;\n"
	    "enseignant;09E9501234ABC;;E1;Dupont;Le Goff;Jean;01/09/1975;"
	    "0590121L;;;\n");
	assert_text(get("jlegoff", "mail"), "");
	assert_text(get("jlegoff1", "mail"), "jean.le-goff1@ac-test.fr");
}

static void
test_upper_case_is_no_news(void **unused)
{
	(void)unused;
	run(DUPONT);
	run("enseignant;09E9501234ABC;;E1;DUPONT;;JEAN;01/09/1975;0590121L;"
	    ";;\n");
	assert_text(get("jdupont", "cn"), "Jean Dupont");
	/* but an accent is */
	run("enseignant;09E9501234ABC;;E1;Dûpont;;Jean;01/09/1975;0590121L;"
	    ";;\n");
	assert_text(get("jdupont", "cn"), "Jean Dûpont");
	assert_text(get("jdupont", "mail"), "jean.dupont@ac-test.fr");
}

#define STUDENT                                                                \
	"etudiant;;1234567890A;;Petit;;Léa;01/02/2001;0599001N;"              \
	"lea@example.org;;\n"

static void
test_student_becomes_staff(void **unused)
{
	(void)unused;
	run(STUDENT);
	/* both, while the feed of students is not there */
	run("enseignant;09E2501234ABC;1234567890A;E7;Petit;;Léa;01/02/2001;"
	    "0590121L;;;\n");
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "lpetit");
	assert_has(get("lpetit", "rentreeKind"), "etudiant");
	assert_has(get("lpetit", "rentreeKind"), "enseignant");
	assert_has(get("lpetit", "rentreeEstablishment"), "0599001N");
	assert_has(get("lpetit", "rentreeEstablishment"), "0590121L");
	assert_has(get("lpetit", "rentreeProof"), "{NUMEN}2$");
	assert_has(get("lpetit", "rentreeProof"), "{INE}2$");
	/* both feeds: staff alone */
	run("enseignant;09E2501234ABC;;E7;Petit;;Léa;01/02/2001;0590121L;;;\n"
	    "etudiant;;1234567890B;;Autre;;Ève;01/02/2001;0599001N;;;\n");
	assert_text(get("lpetit", "rentreeKind"), "enseignant");
	assert_text(get("lpetit", "rentreeEstablishment"), "0590121L");
}

static void
test_two_rows_of_one_person(void **unused)
{
	(void)unused;
	run(DUPONT
	    "externe;09E9501234ABC;;;Dupont;;Jean;01/09/1975;0590122M;;;\n");
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "jdupont");
	assert_has(get("jdupont", "rentreeKind"), "enseignant");
	assert_has(get("jdupont", "rentreeKind"), "externe");
	assert_has(get("jdupont", "rentreeEstablishment"), "0590122M");
}

/* A file that does not know the day says nothing against one that does. */
static void
test_day_of_birth_not_known(void **unused)
{
	static const char unknown[] =
	    "enseignant;;;E1;Dupont;;Jean;00/09/1975;0590122M;;;\n";
	static const char year[] =
	    "externe;;;E1;Dupont;;Jean;00/00/1975;0590123N;;;\n";
	char digest[DIGEST_TEXT];

	(void)unused;
	/* in one run, in any order: the whole date stays */
	run(arena_printf(&batch.arena, "%s%s%s", year, unknown, DUPONT));
	assert_int_equal(batch.planned.rejected, 0);
	assert_has(get("jdupont", "rentreeEstablishment"), "0590122M");
	(void)snprintf(
	    digest, sizeof digest, "%s", get("jdupont", "rentreeBirth"));
	run(DUPONT);
	assert_text(get("jdupont", "rentreeBirth"), digest);
	/* an account that knows more than the file keeps it */
	run(unknown);
	assert_text(get("jdupont", "rentreeBirth"), digest);
	run(year);
	assert_text(get("jdupont", "rentreeBirth"), digest);
	assert_nothing_more(year);
	/* and one that knows less learns it */
	batch_clear(&batch);
	run(year);
	assert_true(strcmp(get("jdupont", "rentreeBirth"), digest) != 0);
	run(unknown);
	run(DUPONT);
	assert_int_equal(batch.planned.pending, 0);
	assert_text(get("jdupont", "rentreeBirth"), digest);
	assert_nothing_more(DUPONT);
	/* the same name, no number in common: asked, and not another one */
	run(DUPONT "etudiant;;1234567890A;;Dupont;;Jean;00/09/1975;;;;\n");
	assert_int_equal(batch.planned.pending, 1);
	/* another month is another day */
	run(DUPONT "externe;;;E1;Dupont;;Jean;00/10/1975;;;;\n");
	assert_int_equal(batch.planned.rejected, 1);
}

static void
test_rescue_address(void **unused)
{
	(void)unused;
	run(STUDENT);
	run("etudiant;;1234567890A;;Petit;;Léa;01/02/2001;0599001N;"
	    "new@example.org;;\n");
	assert_text(get("lpetit", "rentreeRecoveryMail"), "new@example.org");
	slapd_change(&batch.house.slapd,
	    "dn: uid=lpetit,ou=people,dc=test,dc=fr\nchangetype: modify\n"
	    "replace: rentreeRecoveryMail\nrentreeRecoveryMail: "
	    "own@example.org\n-\nadd: rentreeRecoveryMailVerified\n"
	    "rentreeRecoveryMailVerified: 20260101000000Z\n-\n"
	    "add: rentreeActivated\nrentreeActivated: 20260101000000Z\n");
	assert_nothing_more(STUDENT);
	assert_text(get("lpetit", "rentreeRecoveryMail"), "own@example.org");
}

/* --- names ---------------------------------------------------------------- */

static void
test_homonyms(void **unused)
{
	static const char two[] = DUPONT
	    "enseignant;09E9501234ABD;;E2;Dupont;;Jeanne;01/09/1976;;;;\n"
	    "enseignant;09E9501234ABE;;E3;Dupont;;Jean;01/09/1977;;;;\n";

	(void)unused;
	run(two);
	assert_text(batch_find(&batch, "(uid=*)", "uid"),
	    "jdupont | jdupont1 | jdupont2");
	assert_text(get("jdupont2", "mail"), "jean.dupont2@ac-test.fr");
	assert_nothing_more(two);
}

/* A name that was given out is nobody else's, and its owner's for ever. */
static void
test_tombstones(void **unused)
{
	static const char delete[] =
	    "dn: uid=jdupont,ou=people,dc=test,dc=fr\nchangetype: delete\n";

	(void)unused;
	run(DUPONT);
	slapd_change(&batch.house.slapd, delete);
	run("enseignant;09E9501234ABD;;E2;Dupont;;Jean;02/09/1975;;;;\n");
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "jdupont1");
	batch.provision.partial = true;
	run(DUPONT);
	assert_has(get("jdupont", "rentreeSource"), "{EMP}2$");
	/* under another name, too */
	slapd_change(&batch.house.slapd, delete);
	run(MARTIN);
	assert_text(get("jdupont", "mail"), "jean.martin@ac-test.fr");
	assert_nothing_more(MARTIN);
	/* but the number, once given out again, brings no login with it: not
	 * even to somebody of that name */
	slapd_change(&batch.house.slapd, delete);
	run("enseignant;;;E1;Petit;;Anne;02/03/1980;;;;\n"
	    "enseignant;09E9501234ABC;;;Dupont;;Jean;04/09/1976;;;;\n");
	assert_text(batch_find(&batch, "(uid=*)", "uid"),
	    "apetit | jdupont1 | jdupont2");
}

/* Somebody comes back with one number of then, under another key than then. */
/* Who needs a name when few do asks for it: the names of all who ever were are
 * not read, and are given to nobody all the same. */
static void
test_tombstones_are_asked_for(void **unused)
{
	struct buf rows;

	(void)unused;
	buf_init(&rows, 64 * 1024);
	for (int i = 0; i < 40; i++)
		buf_addf(&rows, "externe;;;X%d;Autre;;Zo%c%c;02/03/1980;;;;\n",
		    i, 'a' + i / 26, 'a' + i % 26);
	run(arena_printf(&batch.arena, "%s%s", buf_text(&rows), DUPONT));
	slapd_change(&batch.house.slapd,
	    "dn: uid=jdupont,ou=people,dc=test,dc=fr\nchangetype: delete\n");
	run(arena_printf(&batch.arena,
	    "%senseignant;09E9501234ABD;;E2;Dupont;;Jean;02/09/1975;;;;\n",
	    buf_text(&rows)));
	assert_int_equal(batch.applied.conflicts, 0);
	assert_text(get("jdupont1", "mail"), "jean.dupont1@ac-test.fr");
	batch.provision.partial = true;
	run(MARTIN);
	assert_text(get("jdupont", "mail"), "jean.martin@ac-test.fr");
	buf_free(&rows);
}

static void
test_returnee_with_another_number(void **unused)
{
	static const char delete[] =
	    "dn: uid=jdupont,ou=people,dc=test,dc=fr\nchangetype: delete\n";
	struct digest_keys both = batch.keys;

	(void)unused;
	batch.keys.list[0] = both.list[1];
	batch.keys.count = 1;
	run("etudiant;;1234567890A;;Dupont;;Jean;01/09/1975;;;;\n");
	batch.keys = both;
	slapd_change(&batch.house.slapd, delete);
	run("enseignant;09E9501234ABC;1234567890A;;Dupont;;Jean;01/09/1975"
	    ";;;;\n");
	assert_int_equal(batch.applied.conflicts, 0);
	assert_int_equal(batch.applied.created, 1);
	assert_has(get("jdupont", "rentreeSource"), "{NUMEN}2$");
}

static void
test_same_name_same_birth(void **unused)
{
	static const char both[] =
	    DUPONT "enseignant;09E9501234ABD;;E2;Dupont;;Jean;01/09/1975;;;;\n";

	(void)unused;
	run(both);
	assert_int_equal(batch.planned.created, 1);
	assert_int_equal(batch.planned.pending, 1);
	run(both);
	assert_int_equal(batch.planned.created, 0);
	assert_int_equal(batch.planned.pending, 1);
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "jdupont");
	/* twins */
	run(DUPONT
	    "enseignant;09E9501234ABD;;E2;Dupont;;Jeanne;01/09/1975;;;;\n");
	assert_int_equal(batch.planned.created, 1);
}

/* --- leaving -------------------------------------------------------------- */

#define OTHER "enseignant;09E9501234ABF;;E9;Durand;;Paul;01/09/1965;;;;\n"

static void
later(int64_t ms)
{
	batch.provision.now_ms += ms;
}

static void
test_leaver(void **unused)
{
	(void)unused;
	batch.provision.expels = true;
	run(DUPONT OTHER);
	batch.provision.partial = true;
	assert_nothing_more(OTHER);
	batch.provision.partial = false;
	run(OTHER);
	assert_int_equal(batch.applied.changed, 1);
	assert_text(get("jdupont", "rentreeState"), "A:SupannActif");
	assert_true(get("jdupont", "rentreeAbsentSince")[0] != '\0');
	later(DAY - 1000);
	assert_nothing_more(OTHER);
	later(1000);
	run(OTHER);
	assert_text(get("jdupont", "rentreeState"), "A:SupannSursis");
	assert_int_equal(batch_queued(&batch), 0);
	assert_nothing_more(OTHER);
	later(31 * DAY); /* 30 of 62 days are left */
	run(OTHER);
	assert_has(get("jdupont", "rentreeLeaveTold"), "$30");
	assert_int_equal(batch_queued(&batch), 1);
	assert_nothing_more(OTHER);
	later(20 * DAY);
	run(OTHER);
	assert_has(get("jdupont", "rentreeLeaveTold"), "$10");
	later(9 * DAY);
	run(OTHER);
	assert_has(get("jdupont", "rentreeLeaveTold"), "$1");
	assert_int_equal(batch_queued(&batch), 3);
	assert_text(get("jdupont", "rentreeState"), "A:SupannSursis");
	later(DAY);
	run(OTHER);
	assert_text(get("jdupont", "rentreeState"), "I:SupannInactif");
	assert_true(get("jdupont", "pwdEndTime")[0] != '\0');
	assert_int_equal(batch_queued(&batch), 4); /* expel.h */
	later(900 * DAY);
	assert_nothing_more(OTHER);
	/* and back */
	run(DUPONT OTHER);
	assert_text(get("jdupont", "rentreeState"), "A:SupannActif");
	assert_text(get("jdupont", "pwdEndTime"), "");
	assert_text(get("jdupont", "rentreeAbsentSince"), "");
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "jdupont | pdurand");
	assert_nothing_more(DUPONT OTHER);
}

/* An export that has stopped, and a batch that goes on every night. */
static void
test_stale_feed(void **unused)
{
	(void)unused;
	run(DUPONT OTHER);
	later(1000);
	run(OTHER);
	batch.feed_ms = batch.provision.now_ms;
	for (int night = 0; night < 3; night++) {
		later(DAY);
		assert_nothing_more(OTHER);
		assert_has(
		    buf_text(&batch.lines), "enseignant: /tmp/rentree-feed-");
		assert_has(buf_text(&batch.lines),
		    "judges nobody a second time (accounts: 1)");
		assert_int_equal(batch.planned.warnings, 1);
	}
	assert_text(get("jdupont", "rentreeState"), "A:SupannActif");
	/* A clock that is ahead of ours is no reason to judge nobody. */
	batch.feed_ms = batch.provision.now_ms + 900 * DAY;
	run(OTHER);
	assert_text(get("jdupont", "rentreeState"), "A:SupannSursis");
	assert_int_equal(batch.planned.warnings, 0);
}

static void
run_files(const char *const *files)
{
	if (batch_plan_files(&batch, files) != 0 || batch_apply(&batch) != 0)
		fail_msg("%s", batch.err.text);
}

/* Of two kinds: the older of the two feeds has to be a new one, too. */
static void
test_stale_feed_of_one_kind(void **unused)
{
	static const char both[] =
	    "etudiant;09E9501234ABC;1234567890A;;Dupont;;Jean;01/09/1975;;;;\n"
	    "etudiant;;1234567890C;;Petit;;Lou;01/09/1999;;;;\n";
	static const char students[] =
	    "etudiant;;1234567890C;;Petit;;Lou;01/09/1999;;;;\n";
	char paths[2][32];
	const char *files[] = {paths[0], paths[1], NULL};

	(void)unused;
	run(arena_printf(&batch.arena, "%s%s%s", DUPONT, OTHER, both));
	assert_text(get("jdupont", "rentreeKind"), "enseignant | etudiant");
	batch_write_feed(paths[0], OTHER, batch.provision.now_ms);
	batch_write_feed(paths[1], students, batch.provision.now_ms);
	run_files(files);
	assert_true(get("jdupont", "rentreeAbsentSince")[0] != '\0');
	later(2 * DAY);
	batch_set_time(paths[1], batch.provision.now_ms);
	run_files(files);
	assert_text(get("jdupont", "rentreeState"), "A:SupannActif");
	assert_has(buf_text(&batch.lines), "enseignant: ");
	batch_set_time(paths[0], batch.provision.now_ms);
	run_files(files);
	assert_text(get("jdupont", "rentreeState"), "A:SupannSursis");
	(void)unlink(paths[0]);
	(void)unlink(paths[1]);
}

static void
test_end_date(void **unused)
{
	char day[CLOCK_ISO];
	const char *row;

	(void)unused;
	clock_iso(batch.provision.now_ms + 5 * DAY, day);
	day[10] = '\0';
	row = arena_printf(
	    &batch.arena, "externe;;;X1;Court;;Luc;01/01/1990;;;;%s\n", day);
	run(row);
	assert_text(get("lcourt", "rentreeState"), "A:SupannActif");
	later(6 * DAY);
	run(row);
	assert_text(get("lcourt", "rentreeState"), "A:SupannSursis");
	assert_has(get("lcourt", "rentreeLeaveTold"), "$1");
	later(DAY);
	run(row);
	assert_text(get("lcourt", "rentreeState"), "I:SupannInactif");
	assert_nothing_more(row);
}

static void
test_bad_row_is_no_absence(void **unused)
{
	(void)unused;
	run(DUPONT OTHER);
	run(OTHER "enseignant;09E9501234ABC;;;Dupont;;Jean;31/02/1975;;;;\n");
	assert_int_equal(batch.planned.rejected, 1);
	assert_int_equal(batch.planned.changed, 0);
	/* the number itself is what cannot be read */
	run(OTHER "enseignant;09E95;;;Dupont;;Jean;01/09/1975;;;;\n");
	assert_int_equal(batch.planned.rejected, 1);
	assert_int_equal(batch.planned.changed, 0);
}

/* One number, two birth dates: nobody can tell whose it is, and whoever goes by
 * the other numbers of that row is not gone. */
static void
test_number_of_two_people(void **unused)
{
	(void)unused;
	run(DUPONT "enseignant;;;Z9;Petit;;Anne;02/03/1980;;;;\n");
	run(DUPONT "enseignant;09E9501234ABC;;Z9;Petit;;Anne;02/03/1980;;;;\n");
	assert_int_equal(batch.planned.rejected, 1);
	assert_int_equal(batch.planned.changed, 0);
	assert_has(buf_text(&batch.lines), "another birth date");
}

/* Kinds whose feed is not there are not judged. */
static void
test_other_feed(void **unused)
{
	(void)unused;
	run(DUPONT);
	run(STUDENT);
	assert_int_equal(batch.planned.changed, 0);
	assert_text(get("jdupont", "rentreeAbsentSince"), "");
}

/* --- the valve ------------------------------------------------------------ */

static const char *
staff(size_t from, size_t to, const char *uai)
{
	const char *rows = "";

	for (size_t i = from; i < to; i++)
		rows = arena_printf(&batch.arena,
		    "%senseignant;;;V%zu;Valve%c%c;;Al;01/09/1965;%s;;;\n",
		    rows, i, (char)('a' + i / 26), (char)('a' + i % 26), uai);
	return rows;
}

static void
test_valve(void **unused)
{
	const char *big = staff(0, 100, "0590121L");
	const char *small = staff(100, 120, "0599001N");

	(void)unused;
	batch.conf.max_disable = 5;
	run(arena_printf(&batch.arena, "%s%s", big, small));
	/* 6 of 120 is 5 %: not more; of a school of 20 it is */
	assert_int_equal(
	    batch_plan(&batch, arena_printf(&batch.arena, "%s%s", big,
				   staff(106, 120, "0599001N"))),
	    0);
	assert_int_equal(batch.planned.refused, 6);
	assert_has(buf_text(&batch.lines), "0599001N");
	assert_has(buf_text(&batch.lines), "--force 6");
	assert_int_equal(batch_plan(&batch, big), 0);
	assert_int_equal(batch.planned.refused, 20);
	batch.provision.force = 19;
	assert_int_equal(batch_plan(&batch, big), 0);
	assert_int_equal(batch.planned.refused, 20);
	batch.provision.force = 20;
	run(big);
	assert_int_equal(batch.applied.changed, 20);
	/* what went through once is not asked again a day later */
	batch.provision.force = -1;
	later(DAY);
	run(big);
	assert_int_equal(batch.applied.changed, 20);
	assert_int_equal(batch_plan(&batch, ""), -1);
	assert_int_equal(batch.err.kind, ERR_REFUSED);
}

/* Forenames in the column of names, say: it would ask about everybody. */
static void
test_refused_run_asks_nothing(void **unused)
{
	const char *rows = staff(0, 20, "0590121L");
	const char *slipped;

	(void)unused;
	run(rows);
	assert_int_not_equal(access(batch.moderation, F_OK), 0);
	batch.conf.max_disable = 5;
	slipped = "enseignant;;;W1;Valveaa;;Al;01/09/1965;0590121L;;;\n"
		  "enseignant;;;W2;Valveab;;Al;01/09/1965;0590121L;;;\n";
	assert_int_equal(batch_plan(&batch, slipped), 0);
	assert_int_equal(batch.planned.pending, 2);
	assert_int_equal(batch.planned.refused, 20);
	assert_int_not_equal(access(batch.moderation, F_OK), 0);
	/* Foreseen, they are questions. */
	batch.provision.force = 20;
	assert_int_equal(batch_plan(&batch, slipped), 0);
	assert_int_equal(batch.planned.refused, 0);
	assert_int_equal(access(batch.moderation, F_OK), 0);
}

static void
test_valve_of_names(void **unused)
{
	const char *rows = "";

	(void)unused;
	batch.conf.max_rename = 5;
	run(staff(0, 20, "0590121L"));
	for (size_t i = 0; i < 20; i++)
		rows = arena_printf(&batch.arena,
		    "%senseignant;;;V%zu;Decale%c;;Al;01/09/1965;;;;\n", rows,
		    i, (char)('a' + i));
	assert_int_equal(batch_plan(&batch, rows), 0);
	assert_int_equal(batch.planned.refused, 20);
	assert_has(buf_text(&batch.lines), "max_rename");
}

/* --- applying ------------------------------------------------------------- */

static void
test_changed_since(void **unused)
{
	(void)unused;
	run(DUPONT OTHER);
	assert_int_equal(
	    batch_plan(&batch,
		"enseignant;09E9501234ABC;;E1;Dupont;Neuf;Jean;01/09/1975;"
		"0590121L;;;\n"
		"enseignant;09E9501234ABF;;E9;Durand;Vieux;Paul;01/09/1965;;"
		";;\n"),
	    0);
	slapd_change(&batch.house.slapd,
	    "dn: uid=jdupont,ou=people,dc=test,dc=fr\nchangetype: modify\n"
	    "replace: sn\nsn: Ailleurs\n");
	assert_int_equal(batch_apply(&batch), 0);
	assert_int_equal(batch.applied.conflicts, 1);
	assert_int_equal(batch.applied.changed, 1);
	assert_text(get("jdupont", "sn"), "Ailleurs");
	assert_text(get("pdurand", "sn"), "Vieux");
	/* the same plan again: done is done */
	assert_int_equal(batch_apply(&batch), 0);
	assert_int_equal(batch.applied.changed, 0);
	assert_int_equal(batch.applied.unchanged, 1);
}

/* The text of the plan of rows; the caller frees it. */
static char *
planned(const char *rows)
{
	char *text;

	assert_int_equal(batch_plan(&batch, rows), 0);
	text = batch.plan;
	batch.plan = NULL;
	return text;
}

static void
apply_text(char *plan)
{
	free(batch.plan);
	batch.plan = plan;
	batch.plan_len = strlen(plan);
	assert_int_equal(batch_apply(&batch), 0);
}

/* Two hosts: each has a plan of its own for one person. */
static void
test_two_plans_of_one_person(void **unused)
{
	char *dupont = planned(DUPONT), *martin = planned(MARTIN);
	/* by another of the numbers, and nothing in common but that */
	char *again = planned("enseignant;;;E1;Autre;;Jean;01/09/1975;;;;\n");

	(void)unused;
	apply_text(dupont);
	assert_int_equal(batch.applied.created, 1);
	apply_text(martin);
	assert_int_equal(batch.applied.created, 0);
	assert_int_equal(batch.applied.conflicts, 1);
	assert_has(buf_text(&batch.lines), "has been given an account since");
	apply_text(again);
	assert_int_equal(batch.applied.conflicts, 1);
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "jdupont");
}

/* The other one has reserved its names, and gets no further. */
static void
test_rival_at_work(void **unused)
{
	char *plan = planned(DUPONT);
	struct arena *arena = &batch.arena;
	struct digest digest = digest_source(&batch.keys, 0, "EMP", "E1");

	(void)unused;
	slapd_change(&batch.house.slapd,
	    arena_printf(arena,
		"dn: rentreeLogin=jmartin,ou=logins,dc=test,dc=fr\n"
		"objectClass: rentreeReservation\nrentreeLogin: jmartin\n"
		"rentreeSource: %s\n",
		digest.text));
	apply_text(plan);
	assert_int_equal(batch.applied.created, 0);
	assert_int_equal(batch.applied.conflicts, 1);
	assert_has(buf_text(&batch.lines), "another plan is giving");
	/* the next plan knows of both */
	run(MARTIN);
	assert_int_equal(batch.applied.conflicts, 0);
	assert_text(batch_find(&batch, "(uid=*)", "uid"), "jdupont");
	assert_text(get("jdupont", "mail"), "jean.martin@ac-test.fr");
	assert_nothing_more(MARTIN);
}

/* A number that is to come to one account has come to another. */
static void
test_number_went_elsewhere(void **unused)
{
	char *plan;

	(void)unused;
	run(STUDENT);
	plan = planned("enseignant;09E2501234ABC;1234567890A;;Petit;;Léa;"
		       "01/02/2001;0599001N;;;\n");
	run("enseignant;09E2501234ABC;;;Autre;;Ève;03/04/1980;;;;\n" STUDENT);
	apply_text(plan);
	assert_int_equal(batch.applied.changed, 0);
	assert_int_equal(batch.applied.conflicts, 1);
	assert_text(
	    batch_find(&batch,
		arena_printf(&batch.arena, "(rentreeSource=%s)",
		    digest_source(&batch.keys, 0, "NUMEN", "09E2501234ABC")
			.text),
		"uid"),
	    "eautre");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_stranger_is_adopted, fresh),
	    cmocka_unit_test_setup(test_stranger_is_asked_about, fresh),
	    cmocka_unit_test_setup(test_stranger_is_another, fresh),
	    cmocka_unit_test_setup(test_number_of_another_series, fresh),
	    cmocka_unit_test_setup(test_number_given_out_again, fresh),
	    cmocka_unit_test_setup(test_other_spellings_stay, fresh),
	    cmocka_unit_test_setup(test_entry_named_by_cn, fresh),
	    cmocka_unit_test_setup(test_reissued_number_stays, fresh),
	    cmocka_unit_test_setup(test_key_rotation, fresh),
	    cmocka_unit_test_setup(test_marriage, fresh),
	    cmocka_unit_test_setup(test_upper_case_is_no_news, fresh),
	    cmocka_unit_test_setup(test_student_becomes_staff, fresh),
	    cmocka_unit_test_setup(test_two_rows_of_one_person, fresh),
	    cmocka_unit_test_setup(test_day_of_birth_not_known, fresh),
	    cmocka_unit_test_setup(test_rescue_address, fresh),
	    cmocka_unit_test_setup(test_homonyms, fresh),
	    cmocka_unit_test_setup(test_tombstones, fresh),
	    cmocka_unit_test_setup(test_tombstones_are_asked_for, fresh),
	    cmocka_unit_test_setup(test_returnee_with_another_number, fresh),
	    cmocka_unit_test_setup(test_same_name_same_birth, fresh),
	    cmocka_unit_test_setup(test_leaver, fresh),
	    cmocka_unit_test_setup(test_stale_feed, fresh),
	    cmocka_unit_test_setup(test_stale_feed_of_one_kind, fresh),
	    cmocka_unit_test_setup(test_end_date, fresh),
	    cmocka_unit_test_setup(test_bad_row_is_no_absence, fresh),
	    cmocka_unit_test_setup(test_number_of_two_people, fresh),
	    cmocka_unit_test_setup(test_other_feed, fresh),
	    cmocka_unit_test_setup(test_valve, fresh),
	    cmocka_unit_test_setup(test_refused_run_asks_nothing, fresh),
	    cmocka_unit_test_setup(test_valve_of_names, fresh),
	    cmocka_unit_test_setup(test_changed_since, fresh),
	    cmocka_unit_test_setup(test_two_plans_of_one_person, fresh),
	    cmocka_unit_test_setup(test_rival_at_work, fresh),
	    cmocka_unit_test_setup(test_number_went_elsewhere, fresh),
	};
	int failed;

	batch_start(&batch);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	batch_stop(&batch);
	return failed;
}

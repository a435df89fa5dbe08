/*
 * Random académies over five years, on a real slapd, with simulated time:
 * people come, marry, move, work two jobs, study and then teach, leave and come
 * back; some have accounts that others made, with several names and named by
 * one of them; a number is given out again, or damaged on its way; files are
 * truncated; some plans are rolled back.
 *
 * What must always hold: no login or address is ever given to two people;
 * nobody has two accounts; a second run does nothing; the inverse of a plan
 * restores what was; nobody who is listed is closed, and nobody takes two
 * steps in one run.
 *
 * RENTREE_SEED and RENTREE_ROUNDS: another one, and more of them
 * (`make proof-years`).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/text.h"
#include "tests/unit/lib/flow/batch.h"

enum { PEOPLE_MAX = 260, YEARS = 5, RUNS = 6 };

struct human {
	unsigned number;
	unsigned badge; /* of a guest; may have been somebody else's */
	const char *given, *family, *usage;
	int day, month, year;
	bool student, staff, guest;
	unsigned school;
	bool gone, is_over; /* never to come back */
	bool damaged;       /* the number, in today's rows */
	char login[64];     /* once given, for ever */
};

static struct batch batch;
static struct human people[PEOPLE_MAX];
static size_t count;
static uint64_t seed;

/* --- chance --------------------------------------------------------------- */

/* xorshift64*: the same académie for the same seed, anywhere. */
static uint32_t
chance(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 33) % below;
}

static bool
percent(uint32_t part)
{
	return chance(100) < part;
}

/* Few names, so that homonyms are many. */
static const char *const givens[] = {"Jean", "Jeanne", "Jean-Pierre", "Zoé",
    "Élodie", "Marie, Anne", "Loïc", "Ægir", "Anne Sophie", "Çağla"};
static const char *const families[] = {"Dupont", "Le Dupond", "d'Artagnan",
    "de La Tour du Pin", "Müller-Lefèvre", "L’Hôpital", "Lebœuf", "Strauß",
    "N'Guyen", "Wałęsa", "Saint-Exupéry de La Motte-Fouqué", "Petit"};

static void
come(void)
{
	struct human *one = &people[count];

	if (count == PEOPLE_MAX)
		return;
	*one = (struct human){.number = (unsigned)count,
	    .badge = (unsigned)count,
	    .given = givens[chance(COUNT_OF(givens))],
	    .family = families[chance(COUNT_OF(families))],
	    .day = 1 + (int)chance(28),
	    .month = 1 + (int)chance(12),
	    .year = 1960 + (int)chance(45),
	    .school = chance(4)};
	if (percent(60))
		one->student = true;
	else if (percent(80))
		one->staff = true;
	else
		one->guest = true;
	count++;
}

/* HR gives the badge of a guest who has left to the next one. With a name in
 * common it would be the same person, whose birth date was put right. */
static void
reissue(void)
{
	struct human *old = &people[chance((uint32_t)count)], *new;

	if (!old->guest || !old->gone || old->is_over || count == PEOPLE_MAX)
		return;
	come();
	new = &people[count - 1];
	if (strcmp(new->given, old->given) == 0 ||
	    strcmp(new->family, old->family) == 0 ||
	    (old->usage != NULL && strcmp(new->family, old->usage) == 0))
		return;
	new->student = new->staff = false;
	new->guest = true;
	new->badge = old->badge;
	old->is_over = true;
}

/* An account that others made, of a guest who is to come. */
static void
put_stranger(const struct human *one)
{
	const char *login = arena_printf(&batch.arena, "old%u", one->number);
	const char *cn =
	    arena_printf(&batch.arena, "%s %s", one->given, one->family);
	bool by_cn = percent(50);
	struct buf ldif;

	if (strchr(one->given, ',') != NULL)
		return;
	buf_init(&ldif, 4096);
	buf_addf(&ldif, "dn: %s=%s,ou=people,dc=test,dc=fr\n",
	    by_cn ? "cn" : "uid",
	    by_cn ? arena_printf(&batch.arena, "Compte %u", one->number)
		  : login);
	buf_addf(&ldif,
	    "objectClass: inetOrgPerson\nuid: %s\ncn: Compte %u\ncn: %s\n"
	    "cn: %s (DSI)\nsn: Ancien\nsn: %s\ngivenName: %s\n"
	    "givenName: Ancienne\nmail: %s@ac-test.fr\nmail: "
	    "%s.bis@ac-test.fr\nemployeeNumber: X%u\n",
	    login, one->number, cn, cn, one->family, one->given, login, login,
	    one->badge);
	slapd_change(&batch.house.slapd, buf_text(&ldif));
	buf_free(&ldif);
}

static void
live(struct human *one)
{
	if (one->gone) {
		one->gone = one->is_over || !percent(25);
		return;
	}
	if (percent(8))
		one->gone = true;
	if (percent(5))
		one->usage = families[chance(COUNT_OF(families))];
	if (percent(10))
		one->school = chance(4);
	if (one->student && percent(8))
		one->staff = true;
	if (one->student && one->staff && percent(30))
		one->student = false;
}

/* --- the feed ------------------------------------------------------------- */

static void
write_row(struct buf *out, struct human *one, const char *type)
{
	bool staff = strcmp(type, "enseignant") == 0;
	bool damaged = percent(2);

	/* A student who teaches has told the INE to both. */
	buf_addf(out, "%s;", type);
	one->damaged = one->damaged || damaged;
	if (staff)
		buf_addf(
		    out, damaged ? "09E95%05uAB" : "09E95%05uABC", one->number);
	buf_addf(out, ";");
	if (one->student || (staff && one->number % 2 == 0))
		buf_addf(out, "%010uA", one->number);
	buf_addf(out, ";");
	if (strcmp(type, "externe") == 0 && !damaged)
		buf_addf(out, "X%u", one->badge);
	buf_addf(out, ";%s;%s;%s;%02d/%02d/%04d;059900%uN;;;\n", one->family,
	    one->usage != NULL ? one->usage : "", one->given, one->day,
	    one->month, one->year, one->school);
}

static const char *
feed(void)
{
	struct buf out;
	const char *text;

	buf_init(&out, 1024 * 1024);
	for (size_t i = 0; i < count; i++) {
		struct human *one = &people[i];

		one->damaged = false;
		if (one->gone)
			continue;
		if (one->student)
			write_row(&out, one, "etudiant");
		if (one->staff)
			write_row(&out, one, "enseignant");
		if (one->guest)
			write_row(&out, one, "externe");
	}
	text = arena_dup(&batch.arena, buf_text(&out));
	buf_free(&out);
	return text;
}

/* --- what must hold ------------------------------------------------------- */

static const char *const watched[] = {"uid", "mail", "rentreeState",
    "rentreeSource", "cn", "sn", "givenName", "rentreeProof", "rentreeBirth",
    "rentreeKind", "rentreeEstablishment", "rentreeStateEnd",
    "rentreeAbsentSince", "rentreeLastSeen", "rentreeLeaveTold", "pwdEndTime",
    "objectClass", "rentreeNameKey", "rentreeBirthName", NULL};

struct check {
	struct words mails;
	struct index by_source; /* entry's login */
	struct buf all;
};

static int
sort_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Values have no order. */
static void
write_values(struct buf *out, char **values)
{
	size_t number = 0;

	while (values[number] != NULL)
		number++;
	if (number > 1)
		qsort(values, number, sizeof *values, sort_texts);
	for (; *values != NULL; values++)
		buf_addf(out, "%s|", *values);
	buf_addf(out, "; ");
}

static int
check_entry(const struct directory_entry *entry, void *context, struct err *err)
{
	struct check *check = context;
	const char *login = arena_dup(&batch.arena, entry->values[0][0]);

	(void)err;
	for (char **mail = entry->values[1]; *mail != NULL; mail++)
		if (!words_add(&check->mails, text_lower(&batch.arena, *mail)))
			fail_msg("two people have %s", *mail);
	for (char **source = entry->values[3]; *source != NULL; source++) {
		if (index_find(&check->by_source, *source) != NULL)
			fail_msg("%s has an account twice", login);
		index_add(&check->by_source, *source, (void *)login);
	}
	for (size_t i = 0; watched[i] != NULL; i++)
		write_values(&check->all, entry->values[i]);
	buf_addf(&check->all, "\n");
	return 0;
}

/* The number may have been somebody else's, or be by now. */
static bool
is_birth_of(const struct human *one, const char *login)
{
	struct birth birth;

	assert_int_equal(
	    birth_parse(arena_printf(&batch.arena, "%04d-%02d-%02d", one->year,
			    one->month, one->day),
		2026, &birth),
	    BIRTH_FINE);
	return digest_birth_matches(&batch.keys,
	    batch_get(&batch, login, "rentreeBirth"), login, &birth);
}

static void
check_human(const struct check *check, struct human *one)
{
	static const char *const labels[] = {"NUMEN", "INE", "EMP"};
	const char *const numbers[] = {
	    arena_printf(&batch.arena, "09E95%05uABC", one->number),
	    arena_printf(&batch.arena, "%010uA", one->number),
	    arena_printf(&batch.arena, "X%u", one->badge)};
	/* What today's rows say; other numbers say who it was. */
	const bool told[] = {one->staff,
	    one->student || (one->staff && one->number % 2 == 0), one->guest};
	const char *login = NULL, *state;
	bool listed = false;

	for (size_t i = 0; i < COUNT_OF(labels); i++) {
		struct digest digest =
		    digest_source(&batch.keys, 0, labels[i], numbers[i]);
		const struct index_item *found =
		    index_find(&check->by_source, digest.text);

		if (found == NULL || !is_birth_of(one, found->what))
			continue;
		if (login != NULL && strcmp(login, found->what) != 0)
			fail_msg("two accounts: %s, %s", login,
			    (const char *)found->what);
		login = found->what;
		listed = listed || (told[i] && !one->gone && !one->damaged);
	}
	if (login == NULL)
		return; /* asked about, and nothing decided */
	if (one->login[0] != '\0' && strcmp(one->login, login) != 0)
		fail_msg("%s was %s", login, one->login);
	(void)snprintf(one->login, sizeof one->login, "%s", login);
	state = batch_get(&batch, login, "rentreeState");
	if (listed && strcmp(state, "A:SupannActif") != 0)
		fail_msg("%s is listed and %s", login, state);
}

/* Entries have no order either. */
static const char *
sorted(const char *text)
{
	size_t number;
	char **lines = text_split(&batch.arena, text, "\n", &number);
	struct buf out;

	qsort(lines, number, sizeof *lines, sort_texts);
	buf_init(&out, 4 * 1024 * 1024);
	for (size_t i = 0; i < number; i++)
		buf_addf(&out, "%s\n", lines[i]);
	text = arena_dup(&batch.arena, buf_text(&out));
	buf_free(&out);
	return text;
}

/* The first line that differs says enough. */
static void
assert_same(const char *found, const char *wanted, const char *when)
{
	char **a = text_split(&batch.arena, found, "\n", NULL);
	char **b = text_split(&batch.arena, wanted, "\n", NULL);

	while (*a != NULL && *b != NULL && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	if (*a != NULL || *b != NULL)
		fail_msg("%s:\n%s\nwas\n%s", when, *a != NULL ? *a : "-",
		    *b != NULL ? *b : "-");
}

/* All of the directory, and what must hold of it. */
static const char *
snapshot(bool and_people)
{
	struct check check = {.by_source = {.arena = &batch.arena}};
	const char *text;

	buf_init(&check.all, 4 * 1024 * 1024);
	if (directory_sweep(batch.directory, SLAPD_PEOPLE, "(uid=*)", watched,
		check_entry, &check, &batch.err) != 0)
		fail_msg("%s", batch.err.text);
	for (size_t i = 0; and_people && i < count; i++)
		check_human(&check, &people[i]);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (people[i].login[0] != '\0' &&
			    strcmp(people[i].login, people[j].login) == 0 &&
			    people[i].number != people[j].number)
				fail_msg("%s: two people", people[i].login);
	text = sorted(buf_text(&check.all));
	buf_free(&check.all);
	words_free(&check.mails);
	index_free(&check.by_source);
	return text;
}

/* --- a run ---------------------------------------------------------------- */

static void
roll_back(void)
{
	const struct ldif_input input = {.style = LDIF_INVERSE,
	    .people_base = SLAPD_PEOPLE,
	    .registry_base = SLAPD_LOGINS};
	char *ldif = NULL;
	size_t len = 0;
	FILE *plan = fmemopen(batch.plan, batch.plan_len, "r");
	FILE *out = open_memstream(&ldif, &len);

	assert_int_equal(
	    provision_ldif(plan, "x.plan", &input, out, &batch.err), 0);
	(void)fclose(plan);
	(void)fclose(out);
	if (strstr(ldif, "dn: ") != NULL)
		slapd_change(&batch.house.slapd, ldif);
	free(ldif);
}

static void
one_run(void)
{
	const char *rows = feed();
	const char *before = snapshot(false), *after;
	bool undo = percent(20);

	batch_run(&batch, rows);
	if (batch.applied.conflicts != 0)
		fail_msg("%s", buf_text(&batch.lines));
	assert_int_equal(batch.applied.failed, 0);
	after = snapshot(true);
	if (undo && batch.planned.created + batch.planned.changed > 0) {
		roll_back();
		assert_same(snapshot(false), before, "rolled back");
		batch_run(&batch, rows);
		assert_same(snapshot(true), after, "done again");
	}
	batch_run(&batch, rows);
	if (batch.planned.created + batch.planned.changed > 0)
		fail_msg("a second run:\n%.4000s", batch.plan);
	assert_same(snapshot(false), after, "a second run");
}

/* Half of the file: nothing must come of it. */
static void
truncated_run(void)
{
	char *rows = arena_dup(&batch.arena, feed());
	const char *before = snapshot(false);
	char *cut = strchr(rows + strlen(rows) / 2, '\n');

	batch.conf.max_disable = 20;
	cut[1] = '\0';
	assert_int_equal(batch_plan(&batch, rows), 0);
	assert_true(batch.planned.refused > 0);
	assert_same(snapshot(false), before, "a truncated file");
	batch.conf.max_disable = 100;
}

static void
five_years(uint64_t number)
{
	seed = number * UINT64_C(0x9E3779B97F4A7C15) + 1;
	batch_clear(&batch);
	memset(people, 0, sizeof people);
	count = 0;
	while (count < 60) {
		come();
		if (people[count - 1].guest)
			put_stranger(&people[count - 1]);
	}
	for (int year = 0; year < YEARS; year++) {
		for (int run = 0; run < RUNS; run++) {
			batch.provision.year = 2026 + year;
			for (size_t i = 0; run < 2 && i < count; i++)
				live(&people[i]);
			for (int n = 0; run < 3 && n < 8; n++)
				come();
			reissue();
			one_run();
			if (run == 3)
				truncated_run();
			batch.provision.now_ms += (20 + chance(80)) * DAY;
			arena_reset(&batch.arena);
		}
	}
}

static void
test_years(void **unused)
{
	const char *first = getenv("RENTREE_SEED");
	const char *rounds = getenv("RENTREE_ROUNDS");
	long from = 1, number = 1;

	(void)unused;
	if (first != NULL)
		assert_true(text_to_long(first, 1, 1000000, &from));
	if (rounds != NULL)
		assert_true(text_to_long(rounds, 1, 100000, &number));
	for (long i = from; i < from + number; i++) {
		print_message("seed %ld\n", i);
		five_years((uint64_t)i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_years),
	};
	int failed;

	batch_start(&batch);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	batch_stop(&batch);
	return failed;
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/people/names.h"

static void
test_fold(void **state)
{
	static const struct {
		const char *name, *fold, *key;
		bool foreign;
	} cases[] = {
	    {"Jean-Pierre", "jean-pierre", "JEANPIERRE", false},
	    {"JEAN PIERRE", "jean-pierre", "JEANPIERRE", false},
	    {"  Jean \xc2\xa0\xe2\x80\xaf-  Pierre. ", "jean-pierre",
		"JEANPIERRE", false},
	    {"Élodie", "elodie", "ELODIE", false},
	    {"E\xcc\x81lodie", "elodie", "ELODIE", false}, /* NFD */
	    {"d'Artagnan", "dartagnan", "DARTAGNAN", false},
	    {"L\xe2\x80\x99Hôpital", "lhopital", "LHOPITAL", false},
	    {"L\xe2\x80\x98Hôpital", "lhopital", "LHOPITAL", false},
	    {"L\xca\xbcHôpital", "lhopital", "LHOPITAL", false},
	    {"L\xc2\xb4Hôpital", "lhopital", "LHOPITAL", false},
	    {"L`Hôpital", "lhopital", "LHOPITAL", false},
	    {"Müller\xe2\x80\x91Lefèvre", "muller-lefevre", "MULLERLEFEVRE",
		false},
	    {"a\xe2\x80\x93"
	     "b\xe2\x80\x94"
	     "c\xe2\x80\x90"
	     "d_e",
		"a-b-c-d-e", "ABCDE", false},
	    {"Çağla", "cagla", "CAGLA", false},
	    {"Yıldız İnci", "yildiz-inci", "YILDIZINCI", false},
	    {"Lebœuf", "leboeuf", "LEBOEUF", false},
	    {"LEBŒUF", "leboeuf", "LEBOEUF", false},
	    {"Ægir Strauß", "aegir-strauss", "AEGIRSTRAUSS", false},
	    {"STRAUẞ", "strauss", "STRAUSS", false},
	    {"Łukasz Wałęsa", "lukasz-walesa", "LUKASZWALESA", false},
	    {"Søren Đorđe Þór Eiðr", "soren-dorde-thor-eidr",
		"SORENDORDETHOREIDR", false},
	    {"\xc4\xb2sbrand", "ijsbrand", "IJSBRAND", false},
	    {"Jean (dit Jo) Bar2", "jean-dit-jo-bar2", "JEANDITJOBAR2", false},
	    {"Иван", "", "", true},
	    {"Jean Петров", "jean", "JEAN", true},
	    {"محمد", "", "", true},
	    {"", "", "", false},
	    {" -'. ", "", "", false},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool foreign = !cases[i].foreign;

		assert_string_equal(
		    names_fold(&arena, cases[i].name, &foreign), cases[i].fold);
		assert_int_equal(foreign, cases[i].foreign);
		assert_string_equal(
		    names_fold(&arena, cases[i].name, NULL), cases[i].fold);
		assert_string_equal(
		    names_key(&arena, cases[i].name), cases[i].key);
	}
	arena_reset(&arena);
}

static const struct names dupont = {.family = "Dupont", .given = "Jean-Pierre"};
static const struct names curie = {.family = "Curie",
    .birth_family = "Skłodowska",
    .given = "Marie",
    .all_given = "Maria, Salomea-Anne"};
static const struct names tour = {.family = "de La Tour du Pin",
    .birth_family = "d'Artagnan",
    .given = "Anne Sophie",
    .all_given = "Anne Sophie"};
static const struct names le = {.family = "Le", .given = "Van"};
static const struct names epouse = {
    .family = "Martin épouse Durand", .given = "Zoé"};
static const struct names petrov = {.family = "Петров", .given = "Иван"};
static const struct names halves = {.family = "Dupont Петров", .given = "Jean"};
static const struct names nobody = {.family = "", .given = ""};
static const struct names nothing = {0};

static void
test_match(void **state)
{
	static const struct {
		const struct names *known;
		const char *family, *given;
		bool fits;
	} cases[] = {
	    {&dupont, "Dupont", "Jean-Pierre", true},
	    {&dupont, " DUPONT ", "jean pierre", true},
	    {&dupont, "dupont", "JEANPIERRE", true},
	    {&dupont, "Dupont", "Jean", true},
	    {&dupont, "Dupont", "Pierre", false},
	    {&dupont, "Dupont", "Jeanne", false},
	    {&dupont, "Dupond", "Jean", false}, /* no distance */
	    {&dupont, "Dupont Durand", "Jean", false},
	    {&dupont, "Jean", "Dupont", false},
	    {&dupont, "", "Jean", false},
	    {&dupont, "Dupont", "", false},
	    {&dupont, "de Dupont", "Jean", true},
	    /* birth, usage, both in either order */
	    {&curie, "Curie", "Marie", true},
	    {&curie, "SKLODOWSKA", "marie", true},
	    {&curie, "Skłodowska-Curie", "Marie", true},
	    {&curie, "Curie Skłodowska", "Marie", true},
	    {&curie, "Curie née Skłodowska", "Marie", true},
	    {&curie, "SKLODOWSKA ép. CURIE", "Marie", true},
	    {&curie, "Curie", "Maria", true},
	    {&curie, "Curie", "Salomea-Anne", true},
	    {&curie, "Curie", "Salomea", true},
	    {&curie, "Curie", "Anne", false},
	    {&curie, "Curie", "Pierre", false},
	    /* particles on both sides */
	    {&tour, "de La Tour du Pin", "Anne Sophie", true},
	    {&tour, "La Tour du Pin", "Anne-Sophie", true},
	    {&tour, "Latour du Pin", "Anne", true},
	    {&tour, "DELATOURDUPIN", "Anne", true},
	    {&tour, "Tour Pin", "Anne", true},
	    {&tour, "Artagnan", "Anne", true},
	    {&tour, "D Artagnan", "Anne", true},
	    {&tour, "dartagnan", "Anne", true},
	    {&tour, "d’Artagnan", "Anne", true},
	    {&tour, "Pin", "Anne", false},
	    {&tour, "Tour", "Anne", false},
	    {&tour, "de la", "Anne", false},
	    {&tour, "Artagnan", "Sophie", false},
	    /* a name may look like a particle */
	    {&le, "Le", "Van", true},
	    {&le, "La", "Van", false},
	    {&le, "Van Le", "Van", true},
	    /* a slip of the feed, and of the person */
	    {&epouse, "Martin", "Zoe", true},
	    {&epouse, "Martin Durand", "Zoé", true},
	    {&epouse, "Martin épouse Durand", "Zoé", true},
	    {&epouse, "Durand", "Zoé", false},
	    {&dupont, "Dupont épouse Martin", "Jean", true},
	    {&dupont, "Martin épouse Dupont", "Jean", false},
	    /* letters without ASCII form count */
	    {&petrov, "ПЕТРОВ", "иван", true},
	    {&petrov, "Сидоров", "Иван", false},
	    {&petrov, "", "", false},
	    {&halves, "Dupont", "Jean", false},
	    {&halves, "Dupont Петров", "Jean", true},
	    {&nobody, "", "", false},
	    {&nobody, "-", "'", false},
	    {&nothing, "Dupont", "Jean", false},
	    {&nothing, "", "", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (names_match(cases[i].known, cases[i].family,
			cases[i].given) != cases[i].fits)
			fail_msg("row %zu: %s, %s", i, cases[i].family,
			    cases[i].given);
	}
}

/* Names from a form are long when somebody wants them to be. */
static void
test_match_long(void **state)
{
	enum { PIECES = 6000 };
	struct arena arena = {0};
	char *many = arena_alloc(&arena, 3 * PIECES + 1);

	(void)state;
	for (size_t i = 0; i < PIECES; i++)
		memcpy(many + 3 * i, "de ", 3);
	assert_false(names_match(&tour, many, many));
	assert_false(names_match(&(struct names){.family = many,
				     .birth_family = many,
				     .given = many,
				     .all_given = many},
	    "x", "x"));
	arena_reset(&arena);
}

static void
test_usage(void **state)
{
	static const struct {
		const char *family, *usage;
		bool cut;
	} cases[] = {
	    {"Martin épouse Durand", "Martin", true},
	    {"MARTIN EPOUSE DURAND", "MARTIN", true},
	    {"MARTIN EP DURAND", "MARTIN", true},
	    {"Martin ép. Durand", "Martin", true},
	    {"Martin ép.Durand", "Martin", true},
	    {"Durand née Martin", "Durand", true},
	    {"DURAND (NEE MARTIN)", "DURAND", true},
	    {"de La Tour  née Martin", "de La Tour", true},
	    {"Martin épouse", "Martin", true},
	    {" Martin ", "Martin", false},
	    {"Née", "Née", false}, /* it is a name, too */
	    {"Née Durand", "Née Durand", false},
	    {"Ep-Durand", "Ep-Durand", false},
	    {"Neel Epouville", "Neel Epouville", false},
	    {"", "", false},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool cut = !cases[i].cut;

		assert_string_equal(
		    names_usage(&arena, cases[i].family, &cut), cases[i].usage);
		assert_int_equal(cut, cases[i].cut);
		assert_string_equal(
		    names_usage(&arena, cases[i].family, NULL), cases[i].usage);
	}
	arena_reset(&arena);
}

static void
test_first_given(void **state)
{
	static const char *const cases[][2] = {
	    {"Jean, Marie-Anne", "Jean"},
	    {"Anne Sophie;Zoé", "Anne Sophie"},
	    {" Jean-Pierre ", "Jean-Pierre"},
	    {" , ;Luc", "Luc"},
	    {"", ""},
	    {" ,", ""},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(
		    names_first_given(&arena, cases[i][0]), cases[i][1]);
	arena_reset(&arena);
}

static void
test_particle(void **state)
{
	(void)state;
	assert_true(names_is_particle("de"));
	assert_true(names_is_particle("ben"));
	assert_false(names_is_particle("deux"));
	assert_false(names_is_particle(""));
}

/* Plain text has a way of its own, to the same end. */
static void
test_key_of_plain_text(void **state)
{
	struct arena arena = {0};
	unsigned number = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char text[12] = "", key[12], *to = key;
		const char *folded;

		for (size_t i = 0; i < sizeof text - 1; i++) {
			number = number * 1103515245u + 12345u;
			text[i] = (char)(' ' + (number >> 16) % 95);
		}
		folded = names_fold(&arena, text, NULL);
		for (; *folded != '\0'; folded++)
			if (*folded != '-')
				*to++ = *folded >= 'a' && *folded <= 'z'
					    ? (char)(*folded - 'a' + 'A')
					    : *folded;
		*to = '\0';
		assert_string_equal(names_key(&arena, text), key);
		arena_reset(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_match),
	    cmocka_unit_test(test_match_long),
	    cmocka_unit_test(test_usage),
	    cmocka_unit_test(test_first_given),
	    cmocka_unit_test(test_particle),
	    cmocka_unit_test(test_key_of_plain_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

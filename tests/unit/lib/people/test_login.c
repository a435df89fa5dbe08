#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/err.h"
#include "lib/people/login.h"

#define CONCAT "{given:1}{family}"
#define DIJON "{given:1}{family:dijon}"
#define KEEP "{given:1}{family:keep}"
#define INITIALS "{initials}{family}"

enum { LONG = 64 };

/* The rows of the rule's table, one line for each column. */
static void
test_base(void **state)
{
	static const struct {
		const char *rule, *given, *family;
		size_t max;
		const char *login;
		enum login_fault fault;
	} cases[] = {
	    {CONCAT, "Jean", "Dupont", LONG, "jdupont", LOGIN_FINE},
	    {DIJON, "Jean", "Dupont", LONG, "jdupont", LOGIN_FINE},
	    {KEEP, "Jean", "Dupont", LONG, "jdupont", LOGIN_FINE},
	    {INITIALS, "Jean", "Dupont", LONG, "jdupont", LOGIN_FINE},
	    {INITIALS, "Jean-Pierre", "Dupont", LONG, "jpdupont", LOGIN_FINE},
	    {CONCAT, "Marc", "Le Dupond", LONG, "mledupond", LOGIN_FINE},
	    {DIJON, "Marc", "Le Dupond", LONG, "mle-dupond", LOGIN_FINE},
	    {KEEP, "Marc", "Le Dupond", LONG, "mle-dupond", LOGIN_FINE},
	    {INITIALS, "Marc", "Le Dupond", LONG, "mledupond", LOGIN_FINE},
	    {CONCAT, "Élodie", "d'Artagnan", LONG, "edartagnan", LOGIN_FINE},
	    {DIJON, "Élodie", "d'Artagnan", LONG, "edartagnan", LOGIN_FINE},
	    {KEEP, "Élodie", "d'Artagnan", LONG, "edartagnan", LOGIN_FINE},
	    {INITIALS, "Élodie", "d'Artagnan", LONG, "edartagnan", LOGIN_FINE},
	    {CONCAT, "Anne Sophie", "de La Tour du Pin", LONG, "adelatourdupin",
		LOGIN_FINE},
	    {DIJON, "Anne Sophie", "de La Tour du Pin", LONG,
		"ade-la-tour-du-pin", LOGIN_FINE},
	    {KEEP, "Anne Sophie", "de La Tour du Pin", LONG,
		"ade-la-tour-du-pin", LOGIN_FINE},
	    {INITIALS, "Anne Sophie", "de La Tour du Pin", LONG,
		"asdelatourdupin", LOGIN_FINE},
	    {CONCAT, "Zoé", "Müller-Lefèvre", LONG, "zmullerlefevre",
		LOGIN_FINE},
	    {DIJON, "Zoé", "Müller-Lefèvre", LONG, "zmullerlefevre",
		LOGIN_FINE},
	    {KEEP, "Zoé", "Müller-Lefèvre", LONG, "zmuller-lefevre",
		LOGIN_FINE},
	    {INITIALS, "Zoé", "Müller-Lefèvre", LONG, "zmullerlefevre",
		LOGIN_FINE},
	    {CONCAT, "Çağla", "Yıldız", LONG, "cyildiz", LOGIN_FINE},
	    {KEEP, "Çağla", "Yıldız", LONG, "cyildiz", LOGIN_FINE},
	    {CONCAT, "Loïc", "L’Hôpital", LONG, "llhopital", LOGIN_FINE},
	    {DIJON, "Loïc", "L’Hôpital", LONG, "llhopital", LOGIN_FINE},
	    {KEEP, "Loïc", "L’Hôpital", LONG, "llhopital", LOGIN_FINE},
	    {CONCAT, "Chloé", "Lebœuf", LONG, "cleboeuf", LOGIN_FINE},
	    {CONCAT, "Ægir", "Strauß", LONG, "astrauss", LOGIN_FINE},
	    {INITIALS, "Ægir", "Strauß", LONG, "astrauss", LOGIN_FINE},
	    {CONCAT, "Ludovic", "N'Guyen", LONG, "lnguyen", LOGIN_FINE},
	    {DIJON, "Ludovic", "N'Guyen", LONG, "lnguyen", LOGIN_FINE},
	    {CONCAT, "Łukasz", "Wałęsa", LONG, "lwalesa", LOGIN_FINE},
	    {CONCAT, "Anne", "Saint-Exupéry de La Motte-Fouqué", 20,
		"asaintexuperydelamot", LOGIN_FINE},
	    {CONCAT, "Jean", "Dupont", 7, "jdupont", LOGIN_FINE},
	    {CONCAT, "Jean", "Dupont", 6, "jdupon", LOGIN_FINE},
	    {CONCAT, "Marie", "Martin épouse Durand", LONG, "mmartin",
		LOGIN_FINE},
	    {CONCAT, "Иван", "Петров", LONG, "", LOGIN_FOREIGN},
	    {CONCAT, "Ivan", "Петров", LONG, "i", LOGIN_FOREIGN},
	    {CONCAT, "Иван", "Petrov", LONG, "petrov", LOGIN_FOREIGN},
	    /* other rules */
	    {"{given}.{family}", "Jean-Pierre, Luc", "Le Goff", LONG,
		"jeanpierre.legoff", LOGIN_FINE},
	    {INITIALS, "Jean, Marie-Anne;Luc", "Roy", LONG, "jmalroy",
		LOGIN_FINE},
	    {"e-{family:keep}", "Jean", "Roy", LONG, "e-roy", LOGIN_FINE},
	    /* a cut never ends with a separator */
	    {KEEP, "Anne", "de La Tour", 7, "ade-la", LOGIN_FINE},
	    /* a person decides */
	    {CONCAT, "O", "Y", LONG, "oy", LOGIN_SHORT},
	    {CONCAT, "", "", LONG, "", LOGIN_SHORT},
	    {CONCAT, "3M", "Dupont", LONG, "3dupont", LOGIN_SHORT},
	    {"{family}", "Jean", "'-", LONG, "", LOGIN_SHORT},
	    {CONCAT, "Jean", "Dupont", 2, "jd", LOGIN_SHORT},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *base = NULL;
		enum login_fault fault =
		    login_base(cases[i].rule, cases[i].given, cases[i].family,
			cases[i].max, &arena, &base);

		assert_string_equal(base, cases[i].login);
		assert_int_equal(fault, cases[i].fault);
	}
	arena_reset(&arena);
}

static void
test_base_long(void **state)
{
	struct arena arena = {0};
	char family[5001];
	char *base;

	(void)state;
	memset(family, 'x', sizeof(family) - 1);
	family[sizeof(family) - 1] = '\0';
	assert_int_equal(
	    login_base(CONCAT, "Jean", family, 1000, &arena, &base),
	    LOGIN_FINE);
	assert_int_equal(strlen(base), LOGIN_MAX);
	arena_reset(&arena);
}

static void
test_candidate(void **state)
{
	static const struct {
		const char *base;
		unsigned n;
		size_t max;
		const char *login;
	} cases[] = {
	    {"jdupont", 0, 20, "jdupont"}, {"jdupont", 1, 20, "jdupont1"},
	    {"jdupont", 12, 20, "jdupont12"},
	    {"mle-dupond", 1, 20, "mle-dupond1"},
	    {"asaintexuperydelamot", 0, 20, "asaintexuperydelamot"},
	    {"asaintexuperydelamot", 1, 20, "asaintexuperydelamo1"},
	    {"asaintexuperydelamot", 100, 20, "asaintexuperydela100"},
	    {"jdupont", 1, 7, "jdupon1"}, {"ade-la-tour", 1, 8, "ade-la1"},
	    {"jdupont", 123456, 4, "j123456"}, /* never the number */
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(login_candidate(&arena, cases[i].base,
					cases[i].n, cases[i].max),
		    cases[i].login);
	arena_reset(&arena);
}

static void
test_mail(void **state)
{
	static const struct {
		const char *rule, *given, *family;
		unsigned n;
		const char *mail;
	} cases[] = {
	    {"{given}.{family}@ac-lille.fr", "Jean", "Martin", 0,
		"jean.martin@ac-lille.fr"},
	    {"{given}.{family}@ac-lille.fr", "Jean", "Martin", 1,
		"jean.martin1@ac-lille.fr"},
	    {"{given}.{family}@x.fr", "Jean-Pierre, Luc", "Dupont", 0,
		"jean-pierre.dupont@x.fr"},
	    {"{given}.{family}@x.fr", "Marc", "Le Dupond", 2,
		"marc.le-dupond2@x.fr"},
	    {"{given}.{family}@x.fr", "Élodie", "d'Artagnan", 0,
		"elodie.dartagnan@x.fr"},
	    {"{given}.{family}@x.fr", "Marie", "Martin épouse Durand", 0,
		"marie.martin@x.fr"},
	    {"{given:1}{family:dijon}@x.fr", "Zoé", "Müller-Lefèvre", 0,
		"zmullerlefevre@x.fr"},
	    {"{given}.{family}@x.fr",
		"Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"Bbbbbbbbbbbbbbb", 12,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"bbbbbbbb12@x.fr"},
	    {"{given}.{family}@x.fr", "Иван", "Petrov", 0, NULL},
	    {"{given}.{family}@x.fr", "", "Petrov", 0, NULL},
	    {"{given}.{family}@x.fr", "Jean", "'", 0, NULL},
	    {"{given}.{family}", "Jean", "Dupont", 0, NULL},
	    {".{family}@x.fr", "Jean", "Dupont", 0, NULL},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *mail = login_mail(&arena, cases[i].rule,
		    cases[i].given, cases[i].family, cases[i].n);

		if (cases[i].mail == NULL) {
			assert_null(mail);
			continue;
		}
		assert_non_null(mail);
		assert_string_equal(mail, cases[i].mail);
	}
	arena_reset(&arena);
}

static void
test_check_rule(void **state)
{
	static const struct {
		const char *rule, *complaint; /* a part of it; NULL = fine */
	} cases[] = {
	    {CONCAT, NULL},
	    {DIJON, NULL},
	    {KEEP, NULL},
	    {INITIALS, NULL},
	    {"{given}.{family}", NULL},
	    {"e-{family}", NULL},
	    {"", "no hole"},
	    {"eleve", "no hole"},
	    {"{nom}", "unknown hole '{nom}'"},
	    {"{family:upper}", "unknown hole"},
	    {"{given:1", "unknown hole '{given:1'"},
	    {"{family}}", "cannot stand"},
	    {"{given}_{family}", "'_' cannot stand"},
	    {"{given}É{family}", "cannot stand"},
	    {"{given} {family}", "cannot stand"},
	    {"1{family}", "starts with a letter"},
	    {"{family}@x.fr", "'@' cannot stand"},
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaaaa{family}",
		"longer"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err err = {0};
		int rc = login_check_rule(cases[i].rule, &err);

		if (cases[i].complaint == NULL) {
			assert_int_equal(rc, 0);
			continue;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_non_null(strstr(err.text, cases[i].complaint));
	}
}

static void
test_check_mail_rule(void **state)
{
	static const struct {
		const char *rule;
		int rc;
	} cases[] = {
	    {"{given}.{family}@ac-lille.fr", 0},
	    {"{given:1}{family:keep}@x.fr", 0},
	    {"{given}.{family}", -1},
	    {"{given}.{family}@", -1},
	    {"{given}.{family}@.fr", -1},
	    {"{given}.{family}@x.fr>", -1},
	    {"{given}.{family}@x@y.fr", -1},
	    {"{prenom}@x.fr", -1},
	    {"contact@x.fr", -1},
	    {"{given}\r\n{family}@x.fr", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err err = {0};

		assert_int_equal(
		    login_check_mail_rule(cases[i].rule, &err), cases[i].rc);
	}
}

static void
test_reserved(void **state)
{
	static const char *const ours[] = {"root", "postmaster", "abuse",
	    "admin", "webmaster", "hostmaster", "noreply", "no-reply",
	    "support", "sogo", "daemon", "nobody", "mail", "www", "noc",
	    "security", "usenet", "news", "uucp", "ftp", "info", "marketing",
	    "sales", "Postmaster", "ROOT", "www-data", "rentree-web",
	    "opendkim", "openldap", "operator", "wpad", "mailer-daemon",
	    "systemd-timesync", "all"};
	static const char *const free[] = {
	    "jdupont", "roots", "", "admin1", "rootx", "w"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		if (!login_is_reserved(ours[i]))
			fail_msg("%s is not reserved", ours[i]);
	for (size_t i = 0; i < COUNT_OF(free); i++)
		assert_false(login_is_reserved(free[i]));
}

static void
test_valid(void **state)
{
	static const struct {
		const char *login;
		bool valid;
	} cases[] = {
	    {"jdupont", true},
	    {"jdu", true},
	    {"m.le-dupond1", true},
	    {"jd", false},
	    {"", false},
	    {"1dupont", false},
	    {"-dupont", false},
	    {"jDupont", false},
	    {"jdupont ", false},
	    {"j*", false},
	    {"jdup(nt", false},
	    {"jdupont\n", false},
	    {"jdupönt", false},
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaa",
		true}, /* 64 */
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaaa",
		false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(
		    login_is_valid(cases[i].login), cases[i].valid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_base),
	    cmocka_unit_test(test_base_long),
	    cmocka_unit_test(test_candidate),
	    cmocka_unit_test(test_mail),
	    cmocka_unit_test(test_check_rule),
	    cmocka_unit_test(test_check_mail_rule),
	    cmocka_unit_test(test_reserved),
	    cmocka_unit_test(test_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

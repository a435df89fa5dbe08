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

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/people/birth.h"
#include "lib/people/digest.h"
#include "lib/people/number.h"
#include "lib/people/password.h"
#include "lib/people/password_faults.h"
#include "lib/people/password_internal.h"
#include "lib/people/people_conf.h"

/* The defaults of the configuration. */
static const struct password_conf conf = {
    .min_length = 12, .min_bits = 50, .min_guess_bits = 36, .blocklist = ""};

static const struct password_context stranger = {.this_year = 2026};

struct row {
	const char *typed;
	unsigned faults;
};

static struct password_words *
open_words(const char *blocklist)
{
	struct err err = {0};
	struct password_words *words = password_words_open(blocklist, &err);

	if (words == NULL)
		fail_msg("%s", err.text);
	return words;
}

static void
check_rows(const struct password_context *context, const char *blocklist,
    const struct row *rows, size_t count)
{
	struct password_words *words = open_words(blocklist);
	struct arena arena = {0};
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		const char *normal = "untouched";
		unsigned faults = password_judge(
		    &conf, words, context, rows[i].typed, &arena, &normal);

		if (faults != rows[i].faults) {
			print_error("%s: 0x%x, not 0x%x\n", rows[i].typed,
			    faults, rows[i].faults);
			wrong++;
		}
		assert_int_equal(normal != NULL, faults == PASSWORD_FINE);
		arena_reset(&arena);
	}
	password_words_close(words);
	assert_int_equal(wrong, 0);
}

enum {
	SHORT = PASSWORD_SHORT,
	LONG = PASSWORD_LONG,
	CONTROL = PASSWORD_CONTROL,
	SIMPLE = PASSWORD_SIMPLE,
	GUESS = PASSWORD_GUESSABLE,
	COMMON = PASSWORD_COMMON,
	PERSONAL = PASSWORD_PERSONAL,
	NUMBER = PASSWORD_NUMBER,
};

static void
test_judge(void **state)
{
	static const struct row rows[] = {
	    /* design.md, [password] */
	    {"Bateau-Cerise-47-Lune", PASSWORD_FINE},
	    {"motdepasse12", GUESS | COMMON},
	    {"password1234", GUESS | COMMON},
	    {"Jean.Dupont.1975", GUESS | COMMON},
	    /* good ones, of every kind */
	    {"xK9#mQ2$vL7p", PASSWORD_FINE},
	    {"wqrv pdli xkzo", PASSWORD_FINE},
	    {"le chat mange la souris", PASSWORD_FINE},
	    {"mon chien s'appelle Rex et il a 4 ans", PASSWORD_FINE},
	    {"correct horse battery staple", PASSWORD_FINE},
	    {"J’aime l’œuvre d’Éluard, 3 fois", PASSWORD_FINE},
	    {"Привет мир как дела", PASSWORD_FINE},
	    {"これは長い合言葉なのです", PASSWORD_FINE},
	    {"49275018364092", SIMPLE}, /* 46 bits for the CNIL */
	    {"8302 4951 7716 0295 33", PASSWORD_FINE},
	    /* words, as they are dressed up */
	    {"motdepassemotdepasse", GUESS | COMMON},
	    {"Mot de passe 2026!", COMMON},
	    {"m0t-de-passe12", COMMON},
	    {"**M0tD3Pa$$e**", GUESS | COMMON},
	    {"soleilsoleil", GUESS | COMMON},
	    {"Soleil2025!!", GUESS | COMMON},
	    {"soleillune12", GUESS | COMMON},
	    {"123soleil123", GUESS | COMMON},
	    {"tnopuddupont", GUESS},
	    {"été2026été2026", GUESS},
	    {"Élodie2026!!", GUESS | COMMON},
	    /* keys side by side */
	    {"azertyuiop12", GUESS | COMMON},
	    {"Azertyuiop123!", GUESS | COMMON},
	    {"aqwzsxedcrfv", GUESS},
	    {"qsdfghjklmù*", GUESS},
	    {"&é\"'(-è_çà)=", GUESS | COMMON},
	    {"abcdefghijklm", GUESS},
	    /* repetition is no length */
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", GUESS},
	    {"xy7xy7xy7xy7xy7xy7", GUESS},
	    {"🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉", GUESS},
	    {"ЖЖЖЖЖЖЖЖЖЖЖЖЖЖ", GUESS},
	    {"01/09/1975 01/09/1975", GUESS},
	    /* lengths */
	    {"", SHORT | SIMPLE | GUESS},
	    {"xK9#mQ2$vL7", SHORT},
	    {"éééà5$vL7çù", SHORT}, /* 11 characters, 17 bytes */
	    /* control characters */
	    {"xK9#mQ2$\tvL7p", CONTROL},
	    {"xK9#mQ2$vL7p\n", CONTROL},
	    {"xK9#mQ2$vL7p\x7f", CONTROL},
	    {"xK9#mQ2$vL7p\xc2\x85", CONTROL},
	    {"xK9#mQ2$vL7p\xc2\xa0", PASSWORD_FINE}, /* NBSP */
	    /* damaged UTF-8 */
	    {"xK9#mQ2$vL7p\xc3", PASSWORD_ENCODING},
	    {"xK9#\xe9Q2$vL7p", PASSWORD_ENCODING},
	    {"xK9#mQ2$vL7p\xed\xa0\x80", PASSWORD_ENCODING},
	    {"\xc0\x80xK9#mQ2$vL7p", PASSWORD_ENCODING},
	};

	(void)state;
	check_rows(&stranger, "", rows, COUNT_OF(rows));
}

static unsigned
judge_repeated(const char *piece, size_t times, size_t *length)
{
	struct password_words *words = open_words("");
	struct arena arena = {0};
	size_t size = strlen(piece);
	char *typed = arena_alloc(&arena, times * size + 1);
	const char *normal;
	unsigned faults;

	for (size_t i = 0; i < times; i++)
		memcpy(typed + i * size, piece, size);
	faults =
	    password_judge(&conf, words, &stranger, typed, &arena, &normal);
	*length = normal != NULL ? strlen(normal) : 0;
	arena_reset(&arena);
	password_words_close(words);
	return faults;
}

/* 256 characters, whatever their size, and never more work than that. */
static void
test_long(void **state)
{
	/* 32 characters each, with nothing in them that could be guessed */
	static const char ascii[] = "q7R!v0Zk#2Lw9@xTb4&Ny6?Pc8*Hj1%M";
	static const char wide[] =
	    "жщюяэшцфыёйъхтрсбвгдпмнклзуачеио"; /* 64 bytes */
	size_t length;

	(void)state;
	assert_int_equal(judge_repeated(ascii, 1, &length), PASSWORD_FINE);
	assert_int_equal(judge_repeated(ascii, 8, &length), PASSWORD_FINE);
	assert_int_equal(length, 256);
	assert_int_equal(judge_repeated(ascii, 9, &length), PASSWORD_LONG);
	assert_int_equal(judge_repeated(wide, 8, &length), PASSWORD_FINE);
	assert_int_equal(length, 512);
	assert_int_equal(judge_repeated(wide, 9, &length), PASSWORD_LONG);
	assert_int_equal(judge_repeated("a", 257, &length), PASSWORD_LONG);
	assert_int_equal(judge_repeated("a", 256, &length), PASSWORD_GUESSABLE);
	assert_int_equal(judge_repeated("a", 1000000, &length), PASSWORD_LONG);
	/* 300 code points that are 150 characters */
	assert_int_equal(
	    judge_repeated("e\xcc\x81", 150, &length), PASSWORD_GUESSABLE);
}

/* Not the beginning alone is looked at. */
static void
test_tail(void **state)
{
	static const struct row rows[] = {
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "q7R!v0Zk#2Lw9@xTb4",
		PASSWORD_FINE},
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "bbbbbbbbbbbbbbbbbbbbbbbbbbb",
		GUESS},
	};

	(void)state;
	check_rows(&stranger, "", rows, COUNT_OF(rows));
}

static void
test_normal(void **state)
{
	struct password_words *words = open_words("");
	struct arena arena = {0};
	const char *normal;

	(void)state;
	assert_int_equal(
	    password_judge(&conf, words, &stranger,
		"Fore\xcc\x82t-Guitare-82-Valise!", &arena, &normal),
	    PASSWORD_FINE);
	assert_string_equal(normal, "For\xc3\xaat-Guitare-82-Valise!");
	arena_reset(&arena);
	password_words_close(words);
}

static void
test_personal(void **state)
{
	static const char *const words[] = {"Jean-Marc", "Lefèvre-Dubœuf",
	    "jlefevre1", "jm.zamboni@ac-lille.fr", "Léa", "0590121L",
	    "Collège Rosa Parks", "Académie de Lille", "Иван", "", "@", NULL};
	static const struct password_context person = {
	    .words = words, .this_year = 2026};
	static const struct row rows[] = {
	    {"Jean.Lefevre.1975", GUESS | PERSONAL | COMMON},
	    {"LEFEVRE-dubœuf-59", GUESS | PERSONAL},
	    {"L3f3vr3!Dub0euf?", GUESS | PERSONAL},
	    {"zamboni#84!27@93", PERSONAL},
	    {"Zamboni-xkq-9274", PERSONAL}, /* 7 of 10 letters */
	    {"zamboni-xkqw-vort-9", PASSWORD_FINE},
	    {"RosaParks*94!Lille", PERSONAL},
	    {"rosaparks-xvqz-1953", PERSONAL},
	    {"0590121L-0590121L", GUESS | PERSONAL},
	    {"jlefevre1jlefevre1", GUESS | PERSONAL},
	    {"léa-2019-!!-wxk", PERSONAL},
	    {"Bateau-Cerise-47-Lune", PASSWORD_FINE},
	    {"xK9#mQ2$vL7p", PASSWORD_FINE},
	    {"8302 4951 7716 0295 33", PASSWORD_FINE}, /* no letters */
	    {"Lille-Guitare-Nuage-Vélo", PASSWORD_FINE},
	};

	(void)state;
	check_rows(&person, "", rows, COUNT_OF(rows));
}

static void
test_own_words(void **state)
{
	static const char *const words[] = {"Jean-Marc", "jlefevre1",
	    "jean.de-la-tour@ac-lille.fr", "L3", NULL};
	static const struct password_context person = {.words = words};
	static const char *const expected[] = {"jeandelatour", "jlefevre1",
	    "jeanmarc", "jlefevre", "jean", "marc", "tour", NULL};
	struct arena arena = {0};
	const char *const *own = password_own_words(&person, &arena);

	(void)state;
	for (size_t i = 0; expected[i] != NULL; i++) {
		assert_non_null(own[i]);
		assert_string_equal(own[i], expected[i]);
	}
	assert_null(own[COUNT_OF(expected) - 1]);
	assert_null(*password_own_words(&stranger, &arena));
	arena_reset(&arena);
}

static void
test_number(void **state)
{
	unsigned char bytes[2][SECRET_KEY] = {"new", "old"};
	struct secret secrets[2] = {
	    {bytes[0], SECRET_KEY}, {bytes[1], SECRET_KEY}};
	struct digest_keys keys = {
	    .list = {{"2", &secrets[0]}, {"1", &secrets[1]}}, .count = 2};
	struct digest numen, ine, birth;
	struct number number;
	struct birth born = {"1975-09-01"};
	const char *proofs[] = {"", "damaged", NULL, NULL, NULL};
	struct password_context person = {.uid = "jdupont",
	    .proofs = proofs,
	    .keys = &keys,
	    .this_year = 2026};
	static const struct row rows[] = {
	    {"17E9582746VKR", NUMBER},
	    {"17e9582746vkr!Velours", NUMBER},
	    {"xq 17-E.95 82746-VKR zw", NUMBER},
	    {"xqI7E9582746VKRzw", NUMBER}, /* I for 1 */
	    {"17E9582747VKR", PASSWORD_FINE},
	    {"Qz0123456789AHv!", NUMBER},
	    {"Qz0123456799BHv!", PASSWORD_FINE},
	    {"kW-01/09/1975-vQz", NUMBER},
	    {"kW-1.9.75-vQzXlR", NUMBER},
	    {"kWz01091975vQz", NUMBER},
	    {"kWzb010975vQzx", NUMBER},
	    {"kWz19750901vQz", NUMBER},
	    {"kWzb750901vQzx", NUMBER},
	    {"kW-1975-9-1-vQz", NUMBER},
	    {"kWz1erSeptembre1975", NUMBER},
	    {"kWz 1 septembre 75 vq", NUMBER},
	    {"kW-02/09/1975-vQz", PASSWORD_FINE},
	    {"kWz01091976vQz", PASSWORD_FINE},
	    {"kWz1975vQzXlR", PASSWORD_FINE},
	    {"Жkq01091975vQzЖ", NUMBER},
	};

	(void)state;
	assert_int_equal(number_parse("17E9582746VKR", &number), NUMBER_FINE);
	numen = digest_proof(&keys, 0, &number);
	assert_int_equal(number_parse("0123456789A", &number), NUMBER_FINE);
	ine = digest_proof(&keys, 1, &number);
	birth = digest_birth(&keys, 1, "jdupont", &born);
	proofs[2] = numen.text;
	proofs[3] = ine.text;
	person.birth = birth.text;
	check_rows(&person, "", rows, COUNT_OF(rows));
	/* the attribute may be mapped to a clear one */
	person.birth = "19750901";
	person.keys = NULL;
	check_rows(&person, "", &(struct row){"kW-1/9/75-vQzxR", NUMBER}, 1);
	/* other keys, other person: nothing is known */
	person.keys = &keys;
	person.birth = birth.text;
	person.uid = "mdupont";
	person.proofs = NULL;
	check_rows(&person, "",
	    &(struct row){"17E9582746VKR/01091975", PASSWORD_FINE}, 1);
}

static void
write_file(char *path, const void *bytes, size_t len)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void
test_blocklist(void **state)
{
	static const char list[] = "Vq7!kz#Rw2x9\r\n"
				   "wqrvpdlixkzo\n"
				   "\n"
				   "abc\n"
				   "#pas-un-commentaire\n"
				   "damaged\xff\n"
				   "e\xcc\x81tourdissante\n"
				   "zwqtkrv";
	static const struct row rows[] = {
	    {"Vq7!kz#Rw2x9", COMMON}, {"vQ7!KZ#rW2X9", COMMON},
	    {"wqrv-pdli-xkzo", COMMON}, {"WqrvPdliXkzo59!", COMMON},
	    {"zwqtkrv98!42", COMMON}, {"zwqtkrvzwqtkrv", GUESS | COMMON},
	    {"wqrvpdlixkzozwqtkrv", COMMON}, {"#pas-un-commentaire", COMMON},
	    {"Étourdissante", COMMON}, {"Vq7!kz#Rw2x8", PASSWORD_FINE},
	    {"xK9#mQ2$vL7p", PASSWORD_FINE},
	    {"motdepasse12", GUESS | COMMON}, /* ours as well */
	};
	char path[] = "/tmp/rentree-test-XXXXXX";

	(void)state;
	write_file(path, list, sizeof(list) - 1);
	check_rows(&stranger, path, rows, COUNT_OF(rows));
	unlink(path);
}

static void
test_blocklist_faults(void **state)
{
	char path[] = "/tmp/rentree-test-XXXXXX";
	struct err err = {0};

	(void)state;
	assert_null(password_words_open("/nonexistent/list", &err));
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "[password] blocklist"));
	write_file(path, "azerty\0qwerty", 13);
	assert_null(password_words_open(path, &err));
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "no text file"));
	/* an empty one is fine */
	assert_int_equal(truncate(path, 0), 0);
	password_words_close(open_words(path));
	unlink(path);
	password_words_close(NULL);
}

static void
test_french_list(void **state)
{
	struct password_words *words = open_words("");

	(void)state;
	for (size_t i = 0; i < password_french_count; i++) {
		const char *word = password_french[i];
		size_t len = strlen(word);

		if (len < PASSWORD_WORD_MIN || len > PASSWORD_WORD_MAX)
			fail_msg("%s: length", word);
		for (size_t k = 0; k < len; k++)
			if (word[k] < '!' || word[k] > '~' ||
			    (word[k] >= 'A' && word[k] <= 'Z'))
				fail_msg("%s: alphabet", word);
		/* a second one would have another rank */
		if (password_words_rank(words, word, len) != (int)i)
			fail_msg("%s: there twice", word);
	}
	assert_int_equal(password_words_rank(words, "bateaux", 7), -1);
	password_words_close(words);
}

/* ASVS 6.2.4 asks for 3000 common passwords of a length we would accept. */
static void
test_coverage(void **state)
{
	static const char *const endings[] = {"", "1", "12", "123", "1234",
	    "12345", "123456", "0", "00", "01", "59", "62", "2024", "2025",
	    "2026", "2027", "!", "*", "123!", "2026!"};
	struct password_words *words = open_words("");
	struct arena arena = {0};
	size_t refused = 0;

	(void)state;
	for (size_t i = 0; i < password_french_count; i++)
		for (size_t k = 0; k < COUNT_OF(endings); k++) {
			const char *typed = arena_printf(
			    &arena, "%s%s", password_french[i], endings[k]);

			if (strlen(typed) >= (size_t)conf.min_length)
				refused +=
				    password_is_common(words, typed, &arena);
			arena_reset(&arena);
		}
	if (refused < 3000)
		fail_msg("%zu", refused);
	password_words_close(words);
}

static void
test_fault_key(void **state)
{
	static const enum password_fault faults[] = {PASSWORD_SHORT,
	    PASSWORD_LONG, PASSWORD_CONTROL, PASSWORD_SIMPLE,
	    PASSWORD_GUESSABLE, PASSWORD_COMMON, PASSWORD_PERSONAL,
	    PASSWORD_NUMBER, PASSWORD_ENCODING};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(faults); i++) {
		const char *key = password_fault_key(faults[i]);

		assert_memory_equal(key, "error.password.", 15);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    key, password_fault_key(faults[k]));
	}
}

/* What the web process says by itself. */
static void
test_measure(void **state)
{
	static char longest[PASSWORD_BYTES_MAX + 2];

	(void)state;
	memset(longest, 'a', PASSWORD_BYTES_MAX);
	assert_int_equal(password_measure(""), PASSWORD_SHORT);
	assert_int_equal(password_measure("a"), PASSWORD_FINE);
	assert_int_equal(password_measure("\xff"), PASSWORD_ENCODING);
	assert_int_equal(password_measure(longest), PASSWORD_FINE);
	longest[PASSWORD_BYTES_MAX] = 'a';
	assert_int_equal(password_measure(longest), PASSWORD_LONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_measure),
	    cmocka_unit_test(test_judge),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_tail),
	    cmocka_unit_test(test_normal),
	    cmocka_unit_test(test_personal),
	    cmocka_unit_test(test_own_words),
	    cmocka_unit_test(test_number),
	    cmocka_unit_test(test_blocklist),
	    cmocka_unit_test(test_blocklist_faults),
	    cmocka_unit_test(test_french_list),
	    cmocka_unit_test(test_coverage),
	    cmocka_unit_test(test_fault_key),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

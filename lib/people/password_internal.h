/*
 * password_internal - the parts password.c is put together from.
 *
 * All work on the "plain" form of a password: one byte for one character, cut
 * at PASSWORD_PLAIN_MAX. ASCII stays as it is, Latin letters lose their marks
 * (and then their case), and everything else becomes one byte from 0x80 on
 * that is the same for the same character. Nobody logs in with it: it is only
 * looked at.
 */
#ifndef LIB_PEOPLE_PASSWORD_INTERNAL_H
#define LIB_PEOPLE_PASSWORD_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct password_context;
struct password_words;

enum {
	PASSWORD_PLAIN_MAX = 256,
	PASSWORD_WORD_MIN = 3,
	PASSWORD_WORD_MAX = 24,
	/* Shorter ones would make parts of words "known words". */
	PASSWORD_CORE_MIN = 4,
};

/* password_text.c - other ways to read the same password. */

char *password_plain(struct arena *arena, const char *normal);
/* Lower case. */
char *password_lower(struct arena *arena, const char *plain);
/* Lower case with digits and signs read as the letters they stand for:
 * 0 o, 3 e, 4 and @ a, 5 and $ s; 1 and ! are either i or l. */
char *password_unleet(struct arena *arena, const char *plain, char one);
/* Letters and digits only / letters only. */
char *password_tight(struct arena *arena, const char *plain);
char *password_letters(struct arena *arena, const char *plain);
/* What stands under the same keys of a QWERTY keyboard when plain was typed
 * on an AZERTY one. */
char *password_qwerty(struct arena *arena, const char *plain);
bool password_is_letter(char c); /* also the bytes from 0x80 on */
bool password_is_digit(char c);

/* password_french.c - from the most to the least likely. */

extern const char *const password_french[];
extern const size_t password_french_count;

/* password_words.c */

/* Is it on the blocklist or in our list? Plain and lower-case. */
bool password_words_has(
    const struct password_words *words, const char *text, size_t len);
/* Place of the len letters at text in the French list, from 0; -1. */
int password_words_rank(
    const struct password_words *words, const char *text, size_t len);

/* password_common.c */

/* Is it a known word, or one or two of them with the usual ornaments? */
bool password_is_common(
    const struct password_words *words, const char *plain, struct arena *arena);

/* password_guess.c */

/* log2 of the guesses zxcvbn expects; own: words of the person. */
double password_guess_bits(const struct password_words *words,
    const char *const *own, const char *plain, struct arena *arena);

/* password_personal.c */

/* The context's words in pieces, lower-case ASCII, longest first. */
const char *const *password_own_words(
    const struct password_context *context, struct arena *arena);
bool password_is_personal(
    const char *const *own, const char *plain, struct arena *arena);

/* password_number.c */

/* Does it contain a number (NUMEN, INE, code) or the birth date of context? */
bool password_has_number(const struct password_context *context,
    const char *plain, struct arena *arena);

#endif

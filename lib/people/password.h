/*
 * password - is this new password good enough, said in words people can use.
 *
 * Rules ([password] in the configuration): at least min_length characters
 * (code points after NFC), at most PASSWORD_MAX; a formal entropy of min_bits
 * (length x log2 of the classes used: CNIL délibération 2022-100, case 2); a
 * guessability of min_guess_bits by zxcvbn (log2 of guesses, on the
 * ASCII-folded text, with French words, AZERTY runs and the person's own
 * words); not on the blocklist; no word of the person, the establishment or
 * the site making up most of it; no number or date of the person. No class is
 * demanded and nothing expires (NIST SP 800-63B-4, section 3.1.1.2).
 *
 * The last word is the directory's (its password policy).
 */
#ifndef LIB_PEOPLE_PASSWORD_H
#define LIB_PEOPLE_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct digest_keys;
struct err;
struct password_conf;

enum { PASSWORD_MAX = 256, PASSWORD_BYTES_MAX = 1024 };

/* Bits: several can be true, and all are told at once. */
enum password_fault {
	PASSWORD_FINE = 0,
	PASSWORD_SHORT = 1 << 0,
	PASSWORD_LONG = 1 << 1,
	PASSWORD_CONTROL = 1 << 2,   /* a control character: not every client
				      * can send it (IMAP, seen) */
	PASSWORD_SIMPLE = 1 << 3,    /* formal entropy below min_bits */
	PASSWORD_GUESSABLE = 1 << 4, /* below min_guess_bits */
	PASSWORD_COMMON = 1 << 5,    /* on the blocklist */
	PASSWORD_PERSONAL = 1 << 6,  /* name, login, establishment, site */
	PASSWORD_NUMBER = 1 << 7,    /* the person's NUMEN, INE or birth date */
	PASSWORD_ENCODING = 1 << 8,  /* not valid UTF-8 */
};

/* What the password may not be made of; every pointer may be NULL. */
struct password_context {
	const char *const *words;  /* names, login, mail, establishment, site;
				    * NULL-terminated */
	const char *uid;           /* for the birth digest */
	const char *birth;         /* rentreeBirth as stored */
	const char *const *proofs; /* rentreeProof as stored; NULL-terminated */
	const struct digest_keys *keys;
	int this_year;
};

/* Words of a blocklist, and our own French list, hashed once at start. */
struct password_words;
/* blocklist may be "" (then only the built-in list). */
struct password_words *password_words_open(
    const char *blocklist, struct err *err) MUST_CHECK;
void password_words_close(struct password_words *words);

/*
 * typed: bytes as received. *normal: the NFC form in arena, which is what is
 * written to the directory; set only for PASSWORD_FINE.
 */
unsigned password_judge(const struct password_conf *conf,
    const struct password_words *words, const struct password_context *context,
    const char *typed, struct arena *arena, const char **normal) MUST_CHECK;

/* The NFC form of what was typed, in arena: what is written and compared. NULL
 * when it is not valid UTF-8. */
const char *password_normal(struct arena *arena, const char *typed);

#endif

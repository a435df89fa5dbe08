/*
 * digest - what the directory holds instead of a NUMEN, INE, birth date
 * or the code of a letter.
 *
 *     {NUMEN}<kid>$<base64url>
 *
 * A NUMEN has about 31 bits once its prefix is known, so a plain hash of it is
 * the clear text. This is BLAKE2b-256 with a key that is not in the directory:
 * crypto_generichash_blake2b_salt_personal(), key = the 32 bytes of
 * numen-<kid>.key, salt zero, personal "rentree.numen", "rentree.birth",
 * "rentree.source" or "rentree.letter" padded with zeros to 16 bytes. Message:
 * the normal form; for a birth date uid, NUL, YYYY-MM-DD.
 *
 * Several keys may be live during a rotation: the newest one writes, all of
 * them are looked for.
 *
 * Not protected: whoever has the key and the directory can try all numbers.
 */
#ifndef LIB_PEOPLE_DIGEST_H
#define LIB_PEOPLE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"
#include "lib/people/birth.h"
#include "lib/people/letter_code.h"
#include "lib/people/number.h"

struct arena;
struct err;
struct secret;

/* "{LABEL}" (<= 8) + kid (<= 16) + "$" + 43 + NUL, rounded up. */
enum {
	DIGEST_TEXT = 96,
	DIGEST_LABEL = 8,
	DIGEST_KEYS_MAX = 8,
	DIGEST_KID = 17,
};

struct digest_key {
	char kid[DIGEST_KID];
	struct secret *key;
};

/* Newest first. Made by digest_open_keys(), freed by digest_close_keys(). */
struct digest_keys {
	struct digest_key list[DIGEST_KEYS_MAX];
	size_t count;
};

/* Reads every numen-<kid>.key of dir (ERR_CONFIG when there is none). Kids
 * that are numbers count as such: 10 is newer than 9; any other kid is newer
 * than a number, and the later one in ASCII order is the newer. */
int digest_open_keys(
    const char *dir, struct digest_keys *keys, struct err *err) MUST_CHECK;
void digest_close_keys(struct digest_keys *keys);

struct digest {
	char text[DIGEST_TEXT];
};

/* rentreeProof of number under key which (0 = newest). */
struct digest digest_proof(
    const struct digest_keys *keys, size_t which, const struct number *number);
/* rentreeSource: label is "NUMEN", "INE" or "EMP", value the normal form. */
struct digest digest_source(const struct digest_keys *keys, size_t which,
    const char *label, const char *value);
/* rentreeBirth: "<kid>$<base64url>", bound to the login (uid, as the
 * directory spells it). */
struct digest digest_birth(const struct digest_keys *keys, size_t which,
    const char *uid, const struct birth *birth);

/* rentreeLetter: "<kid>$<base64url>". */
struct digest digest_letter(const struct digest_keys *keys, size_t which,
    const struct letter_code *code);

/* Constant time: is stored the digest of this birth date, under any key? NULL
 * and damaged values never match and cost the same. */
bool digest_birth_matches(const struct digest_keys *keys, const char *stored,
    const char *uid, const struct birth *birth);

/*
 * Is stored the digest of a date that agrees with birth (a day or a month that
 * one of them does not know)? *fuller: that of the two which knows more. For
 * the batch: not constant in time, and up to BIRTH_ALIKE_MAX digests.
 */
bool digest_birth_agrees(const struct digest_keys *keys, const char *stored,
    const char *uid, const struct birth *birth, struct birth *fuller);

#endif

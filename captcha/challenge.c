#include "captcha/challenge.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/text.h"
#include "lib/base/unicode.h"

enum {
	VERSION = 1,
	NONCE = CHALLENGE_NONCE,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	EXPIRY = 8,
	PLAIN = 3 + EXPIRY + CAPTCHA_DIGITS,
	SEALED = NONCE + PLAIN + TAG,
	POW_BITS_MAX = 32,
	POW_DIGITS_MAX = 18,
	DRAWS = 8, /* bytes for the six digits; few need more */
};

static void
sub_key(const unsigned char key[SECRET_KEY], const char *purpose,
    unsigned char out[SECRET_KEY])
{
	crypto_kdf_derive_from_key(out, SECRET_KEY, 1, purpose, key);
}

static void
write_plain(const struct challenge *challenge, unsigned char plain[PLAIN])
{
	unsigned char *at = plain;

	*at++ = VERSION;
	*at++ = (unsigned char)challenge->purpose;  /* small: an enum of ours */
	*at++ = (unsigned char)challenge->pow_bits; /* <= POW_BITS_MAX */
	for (int shift = 8 * (EXPIRY - 1); shift >= 0; shift -= 8)
		*at++ = (unsigned char)(challenge->expires_ms >> shift);
	memcpy(at, challenge->digits, CAPTCHA_DIGITS);
}

static void
read_plain(const unsigned char plain[PLAIN], struct challenge *challenge)
{
	uint64_t expires_ms = 0;

	challenge->purpose = plain[1];
	challenge->pow_bits = plain[2];
	for (size_t i = 0; i < EXPIRY; i++)
		expires_ms = expires_ms << 8 | plain[3 + i];
	challenge->expires_ms = (int64_t)expires_ms; /* written from one */
	memcpy(challenge->digits, plain + 3 + EXPIRY, CAPTCHA_DIGITS);
}

_Static_assert(NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "");

void
challenge_shuffle(struct challenge *challenge)
{
	/* One system call for all, where each digit would be one. */
	unsigned char pool[NONCE + DRAWS];
	size_t at = NONCE;

	randombytes_buf(pool, sizeof pool);
	memcpy(challenge->nonce, pool, NONCE);
	for (size_t i = 0; i < CAPTCHA_DIGITS; i++) {
		/* Every digit is as likely: 250 is a multiple of ten. */
		while (at < sizeof pool && pool[at] >= 250)
			at++;
		challenge->digits[i] =
		    (unsigned char)(at < sizeof pool ? pool[at++] % 10
						     : randombytes_uniform(10));
	}
	sodium_memzero(pool, sizeof pool);
}

void
challenge_seal(const unsigned char key[SECRET_KEY],
    const struct challenge *challenge, char id[CAPTCHA_ID])
{
	unsigned char sealed[SEALED], plain[PLAIN], own[SECRET_KEY];

	assert(challenge->pow_bits <= POW_BITS_MAX);
	sub_key(key, "captseal", own);
	write_plain(challenge, plain);
	memcpy(sealed, challenge->nonce, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
	    sealed + NONCE, NULL, plain, PLAIN, NULL, 0, NULL, sealed, own);
	sodium_bin2base64(id, CAPTCHA_ID, sealed, SEALED,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(plain, sizeof plain);
	sodium_memzero(own, sizeof own);
}

bool
challenge_open(const unsigned char key[SECRET_KEY], const char *id,
    struct challenge *challenge)
{
	unsigned char sealed[SEALED], plain[PLAIN], own[SECRET_KEY];
	bool ours;

	if (id == NULL || !text_unb64(id, sealed, sizeof sealed))
		return false;
	sub_key(key, "captseal", own);
	ours = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL,
		   sealed + NONCE, PLAIN + TAG, NULL, 0, sealed, own) == 0 &&
	       plain[0] == VERSION;
	if (ours)
		read_plain(plain, challenge);
	memcpy(challenge->nonce, sealed, NONCE);
	sodium_memzero(plain, sizeof plain);
	sodium_memzero(own, sizeof own);
	return ours;
}

bool
challenge_is_over(const struct challenge *challenge, int64_t now_ms)
{
	return now_ms >= challenge->expires_ms;
}

void
captcha_make(const unsigned char key[SECRET_KEY], enum captcha_purpose purpose,
    unsigned pow_bits, int64_t now_ms, char id[CAPTCHA_ID])
{
	struct challenge challenge = {
	    .purpose = purpose,
	    .pow_bits = pow_bits,
	    .expires_ms = now_ms + (int64_t)CAPTCHA_LIFE_S * 1000,
	};

	challenge_shuffle(&challenge);
	challenge_seal(key, &challenge, id);
	sodium_memzero(&challenge, sizeof challenge);
}

/* People copy the spaces of a voice or a keyboard along with the digits. */
static bool
code_is_right(const struct challenge *challenge, const char *code)
{
	unsigned char typed[CAPTCHA_DIGITS] = {0};
	size_t count = 0;
	bool right;

	for (int32_t c; (c = unicode_next(&code)) != 0;) {
		if (unicode_is_space(c))
			continue;
		if (c < '0' || c > '9' || count == CAPTCHA_DIGITS)
			return false;
		typed[count++] = (unsigned char)(c - '0'); /* 0..9 */
	}
	right = count == CAPTCHA_DIGITS &&
		sodium_memcmp(typed, challenge->digits, CAPTCHA_DIGITS) == 0;
	sodium_memzero(typed, sizeof typed);
	return right;
}

static unsigned
leading_zero_bits(const unsigned char *hash, size_t len)
{
	unsigned bits = 0;

	for (size_t i = 0; i < len; i++) {
		for (int bit = 7; bit >= 0; bit--, bits++) {
			if ((hash[i] >> bit & 1) != 0)
				return bits;
		}
	}
	return bits;
}

static bool
pow_is_right(const struct challenge *challenge, const char *id, const char *pow)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	size_t len = strnlen(pow, POW_DIGITS_MAX + 1);
	crypto_hash_sha256_state sha;

	if (challenge->pow_bits == 0 || len == 0 || len > POW_DIGITS_MAX ||
	    strspn(pow, "0123456789") != len)
		return false;
	crypto_hash_sha256_init(&sha);
	crypto_hash_sha256_update(&sha, (const unsigned char *)id, strlen(id));
	crypto_hash_sha256_update(&sha, (const unsigned char *)".", 1);
	crypto_hash_sha256_update(&sha, (const unsigned char *)pow, len);
	crypto_hash_sha256_final(&sha, hash);
	return leading_zero_bits(hash, sizeof hash) >= challenge->pow_bits;
}

static bool
is_empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}

static bool
answer_is_right(const struct challenge *challenge, enum captcha_mode mode,
    const struct captcha_answer *answer)
{
	if (is_empty(answer->code) && is_empty(answer->pow))
		return mode == CAPTCHA_OFF;
	if (mode != CAPTCHA_CODE && !is_empty(answer->pow) &&
	    pow_is_right(challenge, answer->id, answer->pow))
		return true;
	return mode != CAPTCHA_POW && !is_empty(answer->code) &&
	       code_is_right(challenge, answer->code);
}

enum captcha_verdict
captcha_check(const unsigned char key[SECRET_KEY], enum captcha_mode mode,
    enum captcha_purpose purpose, const struct captcha_answer *answer,
    int64_t now_ms)
{
	struct challenge challenge;
	bool right;

	if (mode == CAPTCHA_OFF && is_empty(answer->id))
		return CAPTCHA_RIGHT;
	if (!challenge_open(key, answer->id, &challenge))
		return CAPTCHA_FOREIGN;
	right = answer_is_right(&challenge, mode, answer);
	sodium_memzero(challenge.digits, sizeof challenge.digits);
	if (challenge.purpose != purpose)
		return CAPTCHA_FOREIGN;
	if (challenge_is_over(&challenge, now_ms))
		return CAPTCHA_EXPIRED;
	return right ? CAPTCHA_RIGHT : CAPTCHA_WRONG;
}

bool
captcha_is_live(
    const unsigned char key[SECRET_KEY], const char *id, int64_t now_ms)
{
	struct challenge challenge;

	if (!challenge_open(key, id, &challenge))
		return false;
	sodium_memzero(challenge.digits, sizeof challenge.digits);
	return !challenge_is_over(&challenge, now_ms);
}

unsigned
captcha_pow_bits(const unsigned char key[SECRET_KEY], const char *id)
{
	struct challenge challenge;

	if (!challenge_open(key, id, &challenge))
		return 0;
	sodium_memzero(challenge.digits, sizeof challenge.digits);
	return challenge.pow_bits;
}

void
captcha_name(const char *id, char name[CAPTCHA_NAME])
{
	unsigned char hash[crypto_generichash_BYTES];

	crypto_generichash(
	    hash, sizeof hash, (const unsigned char *)id, strlen(id), NULL, 0);
	sodium_bin2base64(name, CAPTCHA_NAME, hash, sizeof hash,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void
captcha_request_id(const unsigned char key[SECRET_KEY], const char *id,
    unsigned char request_id[16])
{
	unsigned char own[SECRET_KEY];

	sub_key(key, "captrqst", own);
	crypto_generichash(request_id, 16, (const unsigned char *)id,
	    strlen(id), own, sizeof own);
	sodium_memzero(own, sizeof own);
}

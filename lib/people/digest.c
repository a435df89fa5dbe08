#include "lib/people/digest.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"

enum { RAW = 32 };

static void
hash(const struct secret *key, const char *personal,
    const struct view message[2], unsigned char raw[RAW])
{
	static const unsigned char salt[crypto_generichash_blake2b_SALTBYTES] =
	    {0};
	unsigned char who[crypto_generichash_blake2b_PERSONALBYTES] = {0};
	crypto_generichash_blake2b_state state;

	memcpy(who, personal, strlen(personal));
	crypto_generichash_blake2b_init_salt_personal(
	    &state, key->bytes, key->len, RAW, salt, who);
	for (size_t i = 0; i < 2; i++)
		crypto_generichash_blake2b_update(&state,
		    (const unsigned char *)message[i].ptr, message[i].len);
	crypto_generichash_blake2b_final(&state, raw, RAW);
	sodium_memzero(&state, sizeof(state));
}

/* "<label><kid>$<base64url of the hash>" */
static struct digest
make(const struct digest_key *key, const char *label, const char *personal,
    const struct view message[2])
{
	unsigned char raw[RAW];
	char encoded[sodium_base64_ENCODED_LEN(
	    RAW, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
	struct digest digest = {0};
	bool fits;

	hash(key->key, personal, message, raw);
	sodium_bin2base64(encoded, sizeof(encoded), raw, sizeof(raw),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	fits = text_format(digest.text, sizeof(digest.text), "%s%s$%s", label,
	    key->kid, encoded);
	assert(fits);
	(void)fits;
	return digest;
}

static struct digest
make_labelled(const struct digest_key *key, const char *label,
    const char *personal, const char *message)
{
	const struct view whole[2] = {{message, strlen(message)}, {"", 0}};
	char braced[DIGEST_LABEL + 1];
	bool fits = text_format(braced, sizeof(braced), "{%s}", label);

	assert(fits);
	(void)fits;
	return make(key, braced, personal, whole);
}

struct digest
digest_proof(
    const struct digest_keys *keys, size_t which, const struct number *number)
{
	assert(which < keys->count);
	return make_labelled(&keys->list[which], number_label(number->kind),
	    "rentree.numen", number->text);
}

struct digest
digest_source(const struct digest_keys *keys, size_t which, const char *label,
    const char *value)
{
	assert(which < keys->count);
	return make_labelled(
	    &keys->list[which], label, "rentree.source", value);
}

struct digest
digest_birth(const struct digest_keys *keys, size_t which, const char *uid,
    const struct birth *birth)
{
	/* The NUL of uid is part of the message: it keeps the two apart. */
	const struct view message[2] = {
	    {uid, strlen(uid) + 1},
	    {birth->text, strlen(birth->text)},
	};

	assert(which < keys->count);
	return make(&keys->list[which], "", "rentree.birth", message);
}

struct digest
digest_letter(const struct digest_keys *keys, size_t which,
    const struct letter_code *code)
{
	const struct view message[2] = {
	    {code->text, strlen(code->text)},
	    {"", 0},
	};

	assert(which < keys->count);
	return make(&keys->list[which], "", "rentree.letter", message);
}

bool
digest_birth_matches(const struct digest_keys *keys, const char *stored,
    const char *uid, const struct birth *birth)
{
	size_t len = stored != NULL ? strnlen(stored, DIGEST_TEXT) : 0;
	char known[DIGEST_TEXT] = {0};
	bool same = false;
	struct digest typed;
	size_t i;

	if (len < sizeof(known))
		memcpy(known, stored != NULL ? stored : "", len);
	for (i = 0; i < keys->count; i++) {
		typed = digest_birth(keys, i, uid, birth);
		same |= sodium_memcmp(known, typed.text, sizeof(known)) == 0;
	}
	return same;
}

bool
digest_birth_agrees(const struct digest_keys *keys, const char *stored,
    const char *uid, const struct birth *birth, struct birth *fuller)
{
	struct birth alike;
	unsigned at = 0;

	*fuller = *birth;
	while (birth_alike(birth, &at, &alike))
		if (digest_birth_matches(keys, stored, uid, &alike)) {
			if (birth_fullness(&alike) > birth_fullness(birth))
				*fuller = alike;
			return true;
		}
	return false;
}

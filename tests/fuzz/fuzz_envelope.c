/*
 * The bytes are tried as a whole envelope, and as what stands in one that was
 * sealed by somebody else: the public key is public.
 */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/store/envelope.h"

#define FRONT "1|k|000102030405060708090a0b0c0d0e0f|"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_open(const struct envelope_opener *opener, const void *bytes, size_t len)
{
	struct arena arena = {0};
	struct envelope envelope;
	struct err err;
	char id[ENVELOPE_ID_TEXT];

	if (envelope_open(opener, bytes, len, &arena, &envelope, &err) == 0 &&
	    !envelope_id(bytes, len, id))
		abort();
	arena_reset(&arena);
}

static void
try_sealed(
    const struct envelope_opener *opener, const uint8_t *data, size_t size)
{
	unsigned char plain[ENVELOPE_PADDED_LARGE] = {0};
	unsigned char sealed[ENVELOPE_PADDED_LARGE + crypto_box_SEALBYTES];
	size_t padded =
	    size < ENVELOPE_PADDED ? ENVELOPE_PADDED : ENVELOPE_PADDED_LARGE;
	struct buf whole;

	if (size >= ENVELOPE_PADDED_LARGE)
		return;
	buf_init(&whole, ENVELOPE_MAX);
	memcpy(plain, data, size);
	sodium_pad(NULL, plain, size, padded, sizeof(plain));
	crypto_box_seal(sealed, plain, padded, opener->pairs[0].public_key);
	buf_add_text(&whole, FRONT);
	buf_add(&whole, sealed, padded + crypto_box_SEALBYTES);
	try_open(opener, whole.bytes, whole.len);
	buf_free(&whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char seed[SECRET_KEY] = {1};
	static unsigned char secret_key[SECRET_KEY];
	static const struct secret secret = {secret_key, SECRET_KEY};
	struct envelope_opener opener = {
	    .count = 1, .operator_key = seed, .worker_key = seed};

	if (sodium_init() < 0)
		abort();
	crypto_box_seed_keypair(opener.pairs[0].public_key, secret_key, seed);
	opener.pairs[0].kid[0] = 'k';
	opener.pairs[0].secret_key = &secret;
	try_open(&opener, data, size);
	try_sealed(&opener, data, size);
	return 0;
}

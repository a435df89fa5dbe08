#include "captcha/chance.h"

#include <string.h>

#include <sodium.h>

static void
refill(struct chance *chance)
{
	unsigned char nonce[crypto_stream_chacha20_NONCEBYTES];

	for (size_t i = 0; i < sizeof nonce; i++)
		nonce[i] = (unsigned char)(chance->blocks >> (8 * i));
	crypto_stream_chacha20(
	    chance->block, sizeof chance->block, nonce, chance->key);
	chance->blocks++;
	chance->at = 0;
}

void
chance_seed(struct chance *chance, const unsigned char key[SECRET_KEY],
    const char *purpose, const char *id)
{
	unsigned char own[SECRET_KEY];

	crypto_kdf_derive_from_key(own, sizeof own, 1, purpose, key);
	crypto_generichash(chance->key, sizeof chance->key,
	    (const unsigned char *)id, strlen(id), own, sizeof own);
	sodium_memzero(own, sizeof own);
	chance->blocks = 0;
	refill(chance);
}

void
chance_wipe(struct chance *chance)
{
	sodium_memzero(chance, sizeof *chance);
}

unsigned char
chance_byte(struct chance *chance)
{
	if (chance->at == sizeof chance->block)
		refill(chance);
	return chance->block[chance->at++];
}

static uint32_t
next_u32(struct chance *chance)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 8 | chance_byte(chance);
	return value;
}

uint32_t
chance_below(struct chance *chance, uint32_t bound)
{
	uint32_t uneven = (UINT32_MAX - bound + 1) % bound, value;

	do {
		value = next_u32(chance);
	} while (value < uneven);
	return value % bound;
}

float
chance_real(struct chance *chance, float low, float high)
{
	/* 24 bits: what a float holds exactly */
	float unit = (float)(next_u32(chance) >> 8) / 16777216.0F;

	return low + (high - low) * unit;
}

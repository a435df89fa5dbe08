/*
 * chance - numbers that look random, and are the same whenever they are asked.
 *
 * A ChaCha20 stream whose key is a keyed hash of the captcha id, under a
 * sub-key of its own for every purpose: the picture of an id is always the
 * same picture, tells nothing about the sound of that id, and nobody without
 * the key can draw it again to compare.
 *
 * No platform's rand(): the same id gives the same picture on every host that
 * shares the key.
 */
#ifndef CAPTCHA_CHANCE_H
#define CAPTCHA_CHANCE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/secret.h"

enum { CHANCE_BLOCK = 1024, CHANCE_PURPOSE = 8 };

struct chance {
	unsigned char key[SECRET_KEY];
	uint64_t blocks; /* of the stream, used so far */
	size_t at;       /* next byte of block */
	unsigned char block[CHANCE_BLOCK];
};

/* purpose: CHANCE_PURPOSE characters. Wipe the struct after use. */
void chance_seed(struct chance *chance, const unsigned char key[SECRET_KEY],
    const char *purpose, const char *id);
void chance_wipe(struct chance *chance);

unsigned char chance_byte(struct chance *chance);
/* 0 .. bound - 1, all equally likely; bound is not 0. */
uint32_t chance_below(struct chance *chance, uint32_t bound);
/* Evenly in [low, high). */
float chance_real(struct chance *chance, float low, float high);

#endif

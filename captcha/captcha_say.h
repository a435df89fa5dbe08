/*
 * captcha_say - the six digits spoken, for people who do not see the picture.
 *
 * Every digit has a voice, pace, pitch and loudness of its own and comes after
 * a pause of its own; behind them, quieter, other digits are said backwards
 * and a little noise runs. A soft tone opens and closes. 8-bit mono WAV at
 * VOICE_RATE: every browser plays it and a telephone line could carry it.
 *
 * Pure: the same chance gives the same sound.
 */
#ifndef CAPTCHA_CAPTCHA_SAY_H
#define CAPTCHA_CAPTCHA_SAY_H

#include <stdbool.h>

#include "captcha/captcha.h"

struct buf;
struct chance;

/* Languages that have a voice; an unknown one is spoken to in the first. */
bool captcha_say_knows(const char *language);

void captcha_say(struct chance *chance, const char *language,
    const unsigned char digits[CAPTCHA_DIGITS], struct buf *out);

#endif

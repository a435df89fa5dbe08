/*
 * wave - a sine that needs no libm: two parabolas a turn, off by at most 0.06.
 *
 * Good enough to bend a digit or to sound a tone, the same on every host, and
 * short enough to stand inside the loops that call it for every pixel.
 */
#ifndef CAPTCHA_WAVE_H
#define CAPTCHA_WAVE_H

/* Like sin(2 pi turns). */
static inline float
wave(float turns)
{
	float part = turns - (float)(int)turns; /* in (-1, 1) */

	if (part > 0.5F)
		part -= 1.0F;
	else if (part < -0.5F)
		part += 1.0F;
	return 8.0F * part * (1.0F - 2.0F * (part < 0 ? -part : part));
}

#endif

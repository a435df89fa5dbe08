/*
 * captcha_draw - six digits that a person reads and a script has trouble with.
 *
 * Each digit has a font, size, lean, slant, taper and bend of its own, the line
 * swims on two waves, and a band as thick as a digit's strokes crosses it from
 * edge to edge, inside which ink and plate change places: a threshold, a median
 * or a cut at empty columns finds no digit alone, while the eye, which follows
 * outlines, loses none of them. Specks fill the rest. Everything is one ink, so
 * that no colour filter separates anything. The plate is light and opaque: it
 * reads the same on a light and on a dark page, ink to plate at 7:1 or more
 * (WCAG 1.4.6).
 *
 * Pure: the same chance gives the same picture. No library, no allocation.
 */
#ifndef CAPTCHA_CAPTCHA_DRAW_H
#define CAPTCHA_CAPTCHA_DRAW_H

#include "captcha/captcha.h"

struct chance;

enum { PICTURE_WIDTH = 240, PICTURE_HEIGHT = 80, PICTURE_COLOURS = 2 };

struct picture {
	unsigned char palette[PICTURE_COLOURS][3];           /* plate, ink */
	unsigned char pixels[PICTURE_HEIGHT][PICTURE_WIDTH]; /* 0 or 1 */
};

void captcha_draw(struct chance *chance,
    const unsigned char digits[CAPTCHA_DIGITS], struct picture *picture);

#endif

/*
 * atlas - the ten digits in a few fonts, as grey bitmaps inside the program.
 *
 * captcha/tools/atlas.c draws them with FreeType while the program is built;
 * nothing at run time knows what a font is. All are ATLAS_HEIGHT pixels high,
 * give or take what a font's round digits overshoot.
 */
#ifndef CAPTCHA_ATLAS_H
#define CAPTCHA_ATLAS_H

#include <stddef.h>

enum { ATLAS_DIGITS = 10, ATLAS_HEIGHT = 48 };

struct atlas_glyph {
	int width, height;
	const unsigned char *coverage; /* 0 paper .. 255 ink, row by row */
};

extern const size_t atlas_fonts;
extern const struct atlas_glyph atlas_glyphs[][ATLAS_DIGITS];

#endif

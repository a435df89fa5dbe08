#include "captcha/captcha_draw.h"

#include <string.h>

#include "captcha/atlas.h"
#include "captcha/chance.h"
#include "captcha/wave.h"
#include "lib/base/base.h"

enum { REACH = 18 };

static const float BEND = 2.4F; /* pixels of a glyph, at most */
static const float TAPER = 0.18F;

/* Where a glyph stands, and the way back from a point of the picture to a
 * point of the glyph. */
struct placed {
	const struct atlas_glyph *glyph;
	float x, y;           /* its middle, in the picture */
	float reach;          /* half its width there, with all its bends */
	float ax, ay, bx, by; /* picture to glyph: the inverse matrix */
	float taper;          /* how much wider it is below than above */
	float bend_x, bend_y, turns, phase;
};

struct swell {
	float size, turns, phase;
};

struct line {
	struct placed digits[CAPTCHA_DIGITS];
	struct swell across, along;
};

static float
swell_at(const struct swell *swell, float at)
{
	return swell->size * wave(at * swell->turns + swell->phase);
}

/* Lengths in pixels; turns: waves per pixel. */
static struct swell
any_swell(struct chance *chance, float size, float longest, float shortest)
{
	return (struct swell){
	    .size = chance_real(chance, 0.6F * size, size),
	    .turns = 1.0F / chance_real(chance, shortest, longest),
	    .phase = chance_real(chance, 0.0F, 1.0F),
	};
}

static void
shape_digit(struct chance *chance, int digit, struct placed *placed)
{
	uint32_t font = chance_below(chance, (uint32_t)atlas_fonts);
	float high = chance_real(chance, 0.92F, 1.10F);
	float wide = high * chance_real(chance, 0.85F, 1.0F);
	float lean = chance_real(chance, -0.22F, 0.22F); /* radians */
	float slant = chance_real(chance, -0.2F, 0.2F);
	/* small angles: cos and sin by their first terms */
	float c = 1.0F - lean * lean / 2, s = lean;

	placed->glyph = &atlas_glyphs[font][digit];
	placed->ax = (c + slant * s) / wide;
	placed->ay = (s - slant * c) / wide;
	placed->bx = -s / high;
	placed->by = c / high;
	placed->taper = chance_real(chance, -TAPER, TAPER);
	placed->bend_x = chance_real(chance, -BEND, BEND);
	placed->bend_y = chance_real(chance, -BEND, BEND);
	placed->turns = 1.0F / chance_real(chance, 28.0F, 60.0F);
	placed->phase = chance_real(chance, 0.0F, 1.0F);
	placed->reach = wide * (float)placed->glyph->width / 2;
}

/* Side by side, then moved to the middle; six wide ones move closer. */
static void
place_digits(struct chance *chance, struct placed *digits)
{
	const float most = PICTURE_WIDTH - 16;
	float x = 0, shrink, left, spare;

	for (size_t i = 0; i < CAPTCHA_DIGITS; i++) {
		x += digits[i].reach;
		digits[i].x = x;
		x += digits[i].reach + chance_real(chance, 1.0F, 4.0F);
	}
	shrink = x > most ? most / x : 1;
	spare = PICTURE_WIDTH - x * shrink;
	left = spare * chance_real(chance, 0.3F, 0.7F);
	for (size_t i = 0; i < CAPTCHA_DIGITS; i++) {
		digits[i].x = digits[i].x * shrink + left;
		digits[i].y =
		    PICTURE_HEIGHT / 2.0F + chance_real(chance, -5.5F, 5.5F);
	}
}

static int
coverage_at(const struct atlas_glyph *glyph, int x, int y)
{
	if (x < 0 || y < 0 || x >= glyph->width || y >= glyph->height)
		return 0;
	return glyph->coverage[y * glyph->width + x];
}

/* Between four pixels of the glyph; x and y count from its corner. */
static int
sample(const struct atlas_glyph *glyph, float x, float y)
{
	int left = (int)(x + 1) - 1, top = (int)(y + 1) - 1; /* floor */
	float right_part = x - (float)left, low_part = y - (float)top;
	float up, low;

	up = (float)coverage_at(glyph, left, top) * (1 - right_part) +
	     (float)coverage_at(glyph, left + 1, top) * right_part;
	low = (float)coverage_at(glyph, left, top + 1) * (1 - right_part) +
	      (float)coverage_at(glyph, left + 1, top + 1) * right_part;
	return (int)(up * (1 - low_part) + low * low_part);
}

static int
digit_ink(const struct placed *placed, float x, float y)
{
	const struct atlas_glyph *glyph = placed->glyph;
	float half_wide = (float)glyph->width / 2;
	float half_high = (float)glyph->height / 2;
	float dx = x - placed->x, dy = y - placed->y, gx, gy;

	gx = placed->ax * dx + placed->ay * dy;
	gy = placed->bx * dx + placed->by * dy;
	if (gx < -half_wide / (1 - TAPER) - BEND ||
	    gx > half_wide / (1 - TAPER) + BEND || gy < -half_high - BEND ||
	    gy > half_high + BEND)
		return 0; /* most points, and the rest is dear */
	gx += placed->bend_x * wave(gy * placed->turns + placed->phase);
	gy += placed->bend_y * wave(gx * placed->turns - placed->phase);
	gx *= 1 + placed->taper * gy / half_high;
	gx += half_wide;
	gy += half_high;
	if (gx <= -1 || gy <= -1)
		return 0;
	return sample(glyph, gx, gy);
}

/* Lean, slant, bend and waves reach further than half the width. */
static void
draw_digit(struct picture *picture, const struct placed *placed,
    const float *aside, const float *moved)
{
	int from = (int)(placed->x - placed->reach) - REACH;
	int to = (int)(placed->x + placed->reach) + REACH;

	if (from < 0)
		from = 0;
	if (to > PICTURE_WIDTH)
		to = PICTURE_WIDTH;
	for (int y = 0; y < PICTURE_HEIGHT; y++) {
		for (int x = from; x < to; x++) {
			int ink = digit_ink(
			    placed, (float)x + aside[y], (float)y + moved[x]);

			if (ink > picture->pixels[y][x])
				picture->pixels[y][x] = (unsigned char)ink;
		}
	}
}

static void
draw_line(const struct line *line, struct picture *picture)
{
	float aside[PICTURE_HEIGHT], moved[PICTURE_WIDTH];

	for (int y = 0; y < PICTURE_HEIGHT; y++)
		aside[y] = swell_at(&line->across, (float)y);
	for (int x = 0; x < PICTURE_WIDTH; x++)
		moved[x] = swell_at(&line->along, (float)x);
	for (size_t i = 0; i < CAPTCHA_DIGITS; i++)
		draw_digit(picture, &line->digits[i], aside, moved);
}

/* How much of pixel y lies within a stroke of that thickness, 0..255. */
static int
stroke_cover(float middle, float thickness, int y)
{
	float away = (float)y - middle, cover;

	cover = thickness / 2 + 0.5F - (away < 0 ? -away : away);
	if (cover <= 0)
		return 0;
	return cover >= 1 ? 255 : (int)(cover * 255);
}

/* A stroke from edge to edge, as thick as a digit's, that turns paper to ink
 * and ink to paper: it joins the digits and still hides nothing of them. */
static void
draw_band(struct chance *chance, struct picture *picture)
{
	struct swell swell = any_swell(chance, 14.0F, 240.0F, 110.0F);
	float thickness = chance_real(chance, 10.0F, 14.0F);
	float slope = chance_real(chance, -0.12F, 0.12F);
	float start = PICTURE_HEIGHT * chance_real(chance, 0.3F, 0.7F) -
		      slope * PICTURE_WIDTH / 2;

	for (int x = 0; x < PICTURE_WIDTH; x++) {
		float middle =
		    start + slope * (float)x + swell_at(&swell, (float)x);

		for (int y = 0; y < PICTURE_HEIGHT; y++) {
			int cover = stroke_cover(middle, thickness, y);
			int ink = picture->pixels[y][x];

			picture->pixels[y][x] =
			    (unsigned char)(ink + cover -
					    2 * ink * cover / 255);
		}
	}
}

static void
draw_speck(struct chance *chance, struct picture *picture)
{
	float x = chance_real(chance, 2, PICTURE_WIDTH - 3);
	float y = chance_real(chance, 2, PICTURE_HEIGHT - 3);
	float radius = chance_real(chance, 0.9F, 1.9F);

	for (int row = (int)y - 2; row <= (int)y + 2; row++) {
		for (int column = (int)x - 2; column <= (int)x + 2; column++) {
			float dx = (float)column - x, dy = (float)row - y;

			if (dx * dx + dy * dy <= radius * radius)
				picture->pixels[row][column] = 255;
		}
	}
}

/* From 256 greys to plate and ink. */
static void
flatten(struct picture *picture)
{
	unsigned char *pixel = &picture->pixels[0][0];

	for (size_t i = 0; i < sizeof picture->pixels; i++)
		pixel[i] = pixel[i] > 127;
}

static void
choose_palette(struct chance *chance, struct picture *picture)
{
	static const unsigned char inks[][3] = {
	    {0x14, 0x21, 0x5c},
	    {0x4a, 0x10, 0x3a},
	    {0x0c, 0x3b, 0x33},
	    {0x53, 0x1c, 0x0e},
	    {0x2b, 0x16, 0x5e},
	    {0x1d, 0x2b, 0x36},
	};
	static const unsigned char plates[][3] = {
	    {0xf7, 0xf4, 0xec},
	    {0xee, 0xf3, 0xf9},
	    {0xf0, 0xf6, 0xee},
	    {0xf8, 0xf0, 0xf3},
	};

	memcpy(picture->palette[0],
	    plates[chance_below(chance, COUNT_OF(plates))], 3);
	memcpy(
	    picture->palette[1], inks[chance_below(chance, COUNT_OF(inks))], 3);
}

void
captcha_draw(struct chance *chance, const unsigned char digits[CAPTCHA_DIGITS],
    struct picture *picture)
{
	struct line line;

	for (size_t i = 0; i < CAPTCHA_DIGITS; i++)
		shape_digit(chance, digits[i], &line.digits[i]);
	place_digits(chance, line.digits);
	line.across = any_swell(chance, 3.5F, 100.0F, 60.0F);
	line.along = any_swell(chance, 5.0F, 180.0F, 90.0F);
	memset(picture->pixels, 0, sizeof picture->pixels);
	draw_line(&line, picture);

	draw_band(chance, picture);
	for (int i = 0; i < 10; i++)
		draw_speck(chance, picture);
	flatten(picture);
	choose_palette(chance, picture);
}

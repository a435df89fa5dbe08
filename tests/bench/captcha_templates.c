/*
 * captcha_templates - how many codes fall to somebody who has our sources.
 *
 *     captcha_templates [PICTURES]
 *
 * The attacker cuts templates from the atlas itself, leans and stretches them
 * over the range the drawing uses, and lays their outlines over the outlines
 * of the picture (an inverted band changes colours, not outlines). A template
 * scores by how much of its outline is met, less what chance would meet there;
 * the best chain of six, at the distances digits have, is the reading.
 *
 * It is a floor, not a ceiling: a trained network does better.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "captcha/atlas.h"
#include "captcha/captcha_draw.h"
#include "captcha/challenge.h"
#include "captcha/chance.h"
#include "lib/base/text.h"

enum {
	POINTS = 160, /* of an outline, at most */
	TEMPLATES = 8192,
	NEAREST = 20, /* pixels between two digits' middles */
	FURTHEST = 52,
	FROM_MIDDLE = 10, /* how far a digit moves up and down */
	STEP = 2,
};

struct outline {
	int digit, count;
	signed char x[POINTS], y[POINTS];
};

struct map {
	unsigned char near[PICTURE_HEIGHT][PICTURE_WIDTH];
	int sum[PICTURE_HEIGHT + 1][PICTURE_WIDTH + 1];
};

struct reading {
	float score[ATLAS_DIGITS][PICTURE_WIDTH];
};

static const unsigned char key[SECRET_KEY] = "a key that guards nothing at all";

struct shape {
	float high, wide, lean, slant, taper;
};

static int
is_inked(
    const struct atlas_glyph *glyph, const struct shape *shape, int x, int y)
{
	int column, row;
	float c = 1 - shape->lean * shape->lean / 2, s = shape->lean;
	float gx = ((c + shape->slant * s) * (float)x +
		       (s - shape->slant * c) * (float)y) /
		   shape->wide;
	float gy = (-s * (float)x + c * (float)y) / shape->high;

	gx *= 1 + shape->taper * gy * 2 / (float)glyph->height;
	column = (int)(gx + (float)glyph->width / 2 + 100) - 100;
	row = (int)(gy + (float)glyph->height / 2 + 100) - 100;

	return column >= 0 && row >= 0 && column < glyph->width &&
	       row < glyph->height &&
	       glyph->coverage[row * glyph->width + column] > 127;
}

static void
cut(const struct atlas_glyph *glyph, const struct shape *shape,
    struct outline *outline)
{
	int seen = 0;

	outline->count = 0;
	for (int y = -40; y < 40; y++) {
		for (int x = -40; x < 40; x++) {
			int here = is_inked(glyph, shape, x, y);

			if (here == is_inked(glyph, shape, x + 1, y) &&
			    here == is_inked(glyph, shape, x, y + 1))
				continue;
			if (seen++ % 2 != 0 || outline->count == POINTS)
				continue;
			outline->x[outline->count] = (signed char)x;
			outline->y[outline->count++] = (signed char)y;
		}
	}
}

static size_t
cut_all(struct outline *outlines)
{
	static const float highs[] = {0.96F, 1.06F}, wides[] = {0.88F, 0.96F},
			   turns[] = {-0.14F, 0.0F, 0.14F},
			   tapers[] = {-0.1F, 0.1F};
	size_t count = 0;

	for (size_t i = 0; i < atlas_fonts * ATLAS_DIGITS * 72; i++) {
		size_t k = i / ATLAS_DIGITS;
		struct shape shape = {
		    .high = highs[k % 2],
		    .wide = highs[k % 2] * wides[k / 2 % 2],
		    .lean = turns[k / 4 % 3],
		    .slant = turns[k / 12 % 3],
		    .taper = tapers[k / 36 % 2],
		};

		if (count == TEMPLATES)
			break;
		outlines[count].digit = (int)(i % ATLAS_DIGITS);
		cut(&atlas_glyphs[k / 72][i % ATLAS_DIGITS], &shape,
		    &outlines[count++]);
	}
	return count;
}

/* Outlines of the picture, a pixel wider on every side. */
static void
trace(const struct picture *picture, struct map *map)
{
	memset(map, 0, sizeof *map);
	for (int y = 1; y < PICTURE_HEIGHT - 1; y++) {
		for (int x = 1; x < PICTURE_WIDTH - 1; x++) {
			int here = picture->pixels[y][x];

			if (here == picture->pixels[y][x + 1] &&
			    here == picture->pixels[y + 1][x])
				continue;
			for (int dy = -1; dy <= 1; dy++)
				memset(&map->near[y + dy][x - 1], 1, 3);
		}
	}
	for (int y = 0; y < PICTURE_HEIGHT; y++) {
		for (int x = 0; x < PICTURE_WIDTH; x++)
			map->sum[y + 1][x + 1] =
			    map->near[y][x] + map->sum[y][x + 1] +
			    map->sum[y + 1][x] - map->sum[y][x];
	}
}

static int
clamp(int value, int most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

/* Share of the neighbourhood that chance would meet. */
static float
clutter(const struct map *map, int x, int y)
{
	int left = clamp(x - 18, PICTURE_WIDTH);
	int right = clamp(x + 18, PICTURE_WIDTH);
	int top = clamp(y - 26, PICTURE_HEIGHT);
	int low = clamp(y + 26, PICTURE_HEIGHT);

	return (float)(map->sum[low][right] - map->sum[top][right] -
		       map->sum[low][left] + map->sum[top][left]) /
	       (float)((right - left) * (low - top));
}

static float
match(const struct map *map, const struct outline *outline, int x, int y)
{
	int met = 0;

	for (int i = 0; i < outline->count; i++) {
		int column = x + outline->x[i], row = y + outline->y[i];

		if (column >= 0 && row >= 0 && column < PICTURE_WIDTH &&
		    row < PICTURE_HEIGHT)
			met += map->near[row][column];
	}
	return (float)met / (float)outline->count;
}

static void
lay(const struct map *map, const struct outline *outlines, size_t count,
    struct reading *reading)
{
	memset(reading, 0, sizeof *reading);
	for (int x = 14; x < PICTURE_WIDTH - 14; x += STEP) {
		for (int y = PICTURE_HEIGHT / 2 - FROM_MIDDLE;
		     y <= PICTURE_HEIGHT / 2 + FROM_MIDDLE; y += STEP) {
			float chance = clutter(map, x, y);

			for (size_t i = 0; i < count; i++) {
				float *best =
				    &reading->score[outlines[i].digit][x];
				float score =
				    match(map, &outlines[i], x, y) - chance;

				if (score > *best)
					*best = score;
			}
		}
	}
}

static int
best_digit(const struct reading *reading, int x)
{
	int best = 0;

	for (int digit = 1; digit < ATLAS_DIGITS; digit++) {
		if (reading->score[digit][x] > reading->score[best][x])
			best = digit;
	}
	return best;
}

/* The best chain of six places (a table of best chains that end at x). */
static void
choose(const struct reading *reading, unsigned char code[CAPTCHA_DIGITS])
{
	static float total[CAPTCHA_DIGITS][PICTURE_WIDTH];
	static int before[CAPTCHA_DIGITS][PICTURE_WIDTH];
	int end = 0;

	memset(total, 0, sizeof total);
	memset(before, 0, sizeof before);
	for (int place = 0; place < CAPTCHA_DIGITS; place++) {
		for (int x = 0; x < PICTURE_WIDTH; x++) {
			float own = reading->score[best_digit(reading, x)][x];

			for (int gap = NEAREST;
			     place > 0 && gap < FURTHEST && gap <= x; gap++) {
				float chain = total[place - 1][x - gap];

				if (chain > 0 &&
				    chain + own > total[place][x]) {
					total[place][x] = chain + own;
					before[place][x] = x - gap;
				}
			}
			if (place == 0)
				total[0][x] = own;
		}
	}
	for (int x = 0; x < PICTURE_WIDTH; x++) {
		if (total[CAPTCHA_DIGITS - 1][x] >
		    total[CAPTCHA_DIGITS - 1][end])
			end = x;
	}
	for (int place = CAPTCHA_DIGITS - 1; place >= 0; place--) {
		code[place] = (unsigned char)best_digit(reading, end);
		end = before[place][end];
	}
}

static int
attack(const struct outline *outlines, size_t count)
{
	static struct picture picture;
	static struct map map;
	static struct reading reading;
	unsigned char code[CAPTCHA_DIGITS];
	struct challenge challenge;
	struct chance chance;
	char id[CAPTCHA_ID];
	int right = 0;

	captcha_make(key, CAPTCHA_RECOVER, CAPTCHA_POW_BITS, 0, id);
	if (!challenge_open(key, id, &challenge))
		exit(EXIT_FAILURE);
	id[CHALLENGE_NAME] = '\0';
	chance_seed(&chance, key, "captdraw", id);
	captcha_draw(&chance, challenge.digits, &picture);
	trace(&picture, &map);
	lay(&map, outlines, count, &reading);
	choose(&reading, code);
	for (int i = 0; i < CAPTCHA_DIGITS; i++)
		right += code[i] == challenge.digits[i];
	return right;
}

int
main(int argc, char **argv)
{
	static struct outline outlines[TEMPLATES];
	long pictures = 100, codes = 0, digits = 0;
	size_t count;

	if (sodium_init() < 0 || argc > 2 ||
	    (argc == 2 && !text_to_long(argv[1], 1, 100000, &pictures))) {
		fprintf(stderr, "usage: captcha_templates [PICTURES]\n");
		return EXIT_FAILURE;
	}
	count = cut_all(outlines);
	for (long i = 0; i < pictures; i++) {
		int right = attack(outlines, count);

		codes += right == CAPTCHA_DIGITS;
		digits += right;
	}
	printf("%zu templates: %ld of %ld codes (%.1f %%), %.1f %% of digits\n",
	    count, codes, pictures, 100.0 * (double)codes / (double)pictures,
	    100.0 * (double)digits / (double)pictures / CAPTCHA_DIGITS);
	return EXIT_SUCCESS;
}

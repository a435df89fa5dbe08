#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "captcha/atlas.h"
#include "captcha/captcha.h"
#include "captcha/captcha_draw.h"
#include "captcha/chance.h"
#include "captcha/wave.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

static const unsigned char key[SECRET_KEY] = "0123456789abcdef0123456789abcde";

enum { IDS = 200, NOW_MS = 1000, LIFE_MS = CAPTCHA_LIFE_S * 1000 };

static const unsigned char digits[CAPTCHA_DIGITS] = {0, 1, 2, 3, 4, 5};

static void
draw(const char *id, const unsigned char *code, struct picture *picture)
{
	struct chance chance;

	chance_seed(&chance, key, "captdraw", id);
	captcha_draw(&chance, code, picture);
}

static void
test_atlas_is_whole(void **state)
{
	(void)state;
	assert_true(atlas_fonts > 0);
	for (size_t font = 0; font < atlas_fonts; font++) {
		for (int digit = 0; digit < ATLAS_DIGITS; digit++) {
			const struct atlas_glyph *glyph =
			    &atlas_glyphs[font][digit];
			int ink = 0;

			assert_in_range(
			    glyph->height, ATLAS_HEIGHT - 4, ATLAS_HEIGHT + 4);
			assert_in_range(
			    glyph->width, ATLAS_HEIGHT / 3, ATLAS_HEIGHT);
			for (int i = 0; i < glyph->width * glyph->height; i++)
				ink += glyph->coverage[i] > 127;
			assert_in_range(ink * 100,
			    15 * glyph->width * glyph->height,
			    80 * glyph->width * glyph->height);
		}
	}
}

static void
test_same_id_same_picture(void **state)
{
	static struct picture one, again, other;

	(void)state;
	draw("one", digits, &one);
	draw("one", digits, &again);
	draw("other", digits, &other);
	assert_memory_equal(&one, &again, sizeof one);
	assert_memory_not_equal(one.pixels, other.pixels, sizeof one.pixels);
}

/* As much ink as digits and a band leave: neither an empty plate nor a full
 * one, and some in every part of the plate where a digit stands. */
static void
test_ink(void **state)
{
	static struct picture picture;

	(void)state;
	for (int i = 0; i < IDS; i++) {
		size_t inked = 0, parts[CAPTCHA_DIGITS] = {0};
		char id[16];

		snprintf(id, sizeof id, "%d", i);
		draw(id, digits, &picture);
		for (int y = 0; y < PICTURE_HEIGHT; y++) {
			for (int x = 0; x < PICTURE_WIDTH; x++) {
				assert_in_range(picture.pixels[y][x], 0,
				    PICTURE_COLOURS - 1);
				inked += picture.pixels[y][x];
				parts[x * CAPTCHA_DIGITS / PICTURE_WIDTH] +=
				    picture.pixels[y][x];
			}
		}
		assert_in_range(inked, 3500, 9500);
		for (size_t k = 0; k < CAPTCHA_DIGITS; k++)
			assert_in_range(parts[k], 300, 2300);
	}
}

/* Every one of the six places shows its digit. */
static void
test_every_digit_is_drawn(void **state)
{
	static struct picture one, other;

	(void)state;
	draw("one", digits, &one);
	for (size_t i = 0; i < CAPTCHA_DIGITS; i++) {
		unsigned char changed[CAPTCHA_DIGITS];
		const unsigned char *a = &one.pixels[0][0];
		const unsigned char *b = &other.pixels[0][0];
		size_t different = 0;

		memcpy(changed, digits, sizeof changed);
		changed[i] = 8;
		draw("one", changed, &other);
		for (size_t k = 0; k < sizeof one.pixels; k++)
			different += a[k] != b[k];
		assert_in_range(different, 100, sizeof one.pixels / 2);
	}
}

/* WCAG 2.2, relative luminance; the gamma as its integral part, 2, is the
 * harder test for dark inks and needs no libm. */
static double
luminance(const unsigned char colour[3])
{
	static const double weight[3] = {0.2126, 0.7152, 0.0722};
	double sum = 0;

	for (int i = 0; i < 3; i++)
		sum += weight[i] * colour[i] / 255.0 * colour[i] / 255.0;
	return sum;
}

static double
contrast(const unsigned char light[3], const unsigned char dark[3])
{
	return (luminance(light) + 0.05) / (luminance(dark) + 0.05);
}

/* As drawn, and inverted: what style.css makes of it on a dark page. */
static void
test_contrast(void **state)
{
	static struct picture picture;
	bool varies = false;
	unsigned char first[3];

	(void)state;
	for (int i = 0; i < IDS; i++) {
		const unsigned char *plate = picture.palette[0];
		const unsigned char *ink = picture.palette[1];
		unsigned char on_dark[PICTURE_COLOURS][3];
		char id[16];

		snprintf(id, sizeof id, "%d", i);
		draw(id, digits, &picture);
		for (int k = 0; k < 3; k++) {
			on_dark[0][k] = (unsigned char)(255 - plate[k]);
			on_dark[1][k] = (unsigned char)(255 - ink[k]);
		}
		assert_true(contrast(plate, ink) >= 7);
		assert_true(contrast(on_dark[1], on_dark[0]) >= 7);
		if (i == 0)
			memcpy(first, plate, sizeof first);
		varies |= memcmp(first, plate, 3) != 0;
	}
	assert_true(varies);
}

static uint32_t
big_endian(const char *bytes)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 8 | (unsigned char)bytes[i];
	return value;
}

static void
test_png(void **state)
{
	struct buf one, again;
	struct err err = {0};
	char id[CAPTCHA_ID];

	(void)state;
	buf_init(&one, CAPTCHA_PNG_MAX);
	buf_init(&again, CAPTCHA_PNG_MAX);
	for (int i = 0; i < IDS; i++) {
		captcha_make(key, CAPTCHA_RECOVER, 17, NOW_MS, id);
		assert_int_equal(
		    captcha_png(key, id, NOW_MS, &one, &err), LOOKUP_FOUND);
		assert_int_equal(captcha_png(key, id, NOW_MS + 5, &again, &err),
		    LOOKUP_FOUND);
		assert_int_equal(one.len, again.len);
		assert_memory_equal(one.bytes, again.bytes, one.len);
		assert_in_range(one.len, 500, 2048);
		assert_memory_equal(one.bytes, "\x89PNG\r\n\x1a\n", 8);
		assert_memory_equal(one.bytes + 12, "IHDR", 4);
		assert_int_equal(big_endian(one.bytes + 16), PICTURE_WIDTH);
		assert_int_equal(big_endian(one.bytes + 20), PICTURE_HEIGHT);
		assert_int_equal(one.bytes[24], 1); /* bits a pixel */
		assert_int_equal(one.bytes[25], 3); /* palette */
		assert_memory_equal(one.bytes + one.len - 8, "IEND", 4);
		buf_clear(&one);
		buf_clear(&again);
	}
	buf_free(&one);
	buf_free(&again);
}

static void
test_png_absent_and_full(void **state)
{
	struct buf out;
	struct err err = {0};
	char id[CAPTCHA_ID];

	(void)state;
	buf_init(&out, CAPTCHA_PNG_MAX);
	captcha_make(key, CAPTCHA_RECOVER, 17, NOW_MS, id);
	assert_int_equal(
	    captcha_png(key, id, NOW_MS + LIFE_MS, &out, &err), LOOKUP_ABSENT);
	assert_int_equal(
	    captcha_png(key, "nonsense", NOW_MS, &out, &err), LOOKUP_ABSENT);
	assert_int_equal(
	    captcha_png(key, "", NOW_MS, &out, &err), LOOKUP_ABSENT);
	id[3] = id[3] == 'A' ? 'B' : 'A';
	assert_int_equal(
	    captcha_png(key, id, NOW_MS, &out, &err), LOOKUP_ABSENT);
	assert_int_equal(out.len, 0);
	buf_free(&out);

	buf_init(&out, 100);
	captcha_make(key, CAPTCHA_RECOVER, 17, NOW_MS, id);
	assert_int_equal(
	    captcha_png(key, id, NOW_MS, &out, &err), LOOKUP_FAILED);
	assert_int_equal(err.kind, ERR_INTERNAL);
	buf_free(&out);
}

/* A generator that is even, in range, and apart for every purpose and key. */
static void
test_chance(void **state)
{
	struct chance one, other;
	unsigned seen[7] = {0}, same = 0;

	(void)state;
	chance_seed(&one, key, "captdraw", "id");
	for (int i = 0; i < 7000; i++) {
		float real = chance_real(&one, -2.0F, 3.0F);

		seen[chance_below(&one, 7)]++;
		assert_true(real >= -2.0F && real < 3.0F);
	}
	for (size_t i = 0; i < COUNT_OF(seen); i++)
		assert_in_range(seen[i], 850, 1150);

	chance_seed(&one, key, "captdraw", "id");
	chance_seed(&other, key, "captsay_", "id");
	for (int i = 0; i < 10000; i++)
		same += chance_byte(&one) == chance_byte(&other);
	assert_in_range(same, 0, 100);
}

static void
test_wave(void **state)
{
	static const struct {
		float turns, value;
	} cases[] = {
	    {0, 0},
	    {0.25F, 1},
	    {0.5F, 0},
	    {0.75F, -1},
	    {1, 0},
	    {-0.25F, -1},
	    {-0.75F, 1},
	    {7.25F, 1},
	    {-7.25F, -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		float off = wave(cases[i].turns) - cases[i].value;

		if (off > 1e-4F || off < -1e-4F)
			fail_msg("case %zu: off by %f", i, (double)off);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_atlas_is_whole),
	    cmocka_unit_test(test_same_id_same_picture),
	    cmocka_unit_test(test_ink),
	    cmocka_unit_test(test_every_digit_is_drawn),
	    cmocka_unit_test(test_contrast),
	    cmocka_unit_test(test_png),
	    cmocka_unit_test(test_png_absent_and_full),
	    cmocka_unit_test(test_chance),
	    cmocka_unit_test(test_wave),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

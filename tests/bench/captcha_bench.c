/*
 * captcha_bench - how fast challenges, pictures and sounds are made, how large
 * they are, and samples to look at.
 *
 *     captcha_bench                   figures, on one core
 *     captcha_bench samples DIR N     N pictures and sounds, named by their
 *                                     digits: for eyes, ears and captcha_ocr
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "captcha/captcha.h"
#include "captcha/challenge.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

enum { RUNS = 5, RUN_MS = 500, PATH = 512 };

struct figure {
	double per_second;
	size_t bytes, largest; /* middle and largest result of the run */
};

static const unsigned char key[SECRET_KEY] = "a key that guards nothing at all";

static size_t
make_challenge(struct buf *out)
{
	char id[CAPTCHA_ID];

	captcha_make(key, CAPTCHA_RECOVER, CAPTCHA_POW_BITS, 0, id);
	buf_add_text(out, id);
	return out->len;
}

static void
stop(const struct err *err)
{
	fprintf(stderr, "captcha_bench: %s\n", err->text);
	exit(EXIT_FAILURE);
}

static size_t
make_picture(struct buf *out)
{
	char id[CAPTCHA_ID];
	struct err err = {0};

	captcha_make(key, CAPTCHA_RECOVER, CAPTCHA_POW_BITS, 0, id);
	if (captcha_png(key, id, 0, out, &err) != LOOKUP_FOUND)
		stop(&err);
	return out->len;
}

static size_t
make_sound(struct buf *out)
{
	char id[CAPTCHA_ID];
	struct err err = {0};

	captcha_make(key, CAPTCHA_RECOVER, CAPTCHA_POW_BITS, 0, id);
	if (captcha_wav(key, id, "fr", 0, out, &err) != LOOKUP_FOUND)
		stop(&err);
	return out->len;
}

static int
by_rate(const void *a, const void *b)
{
	const struct figure *left = a, *right = b;

	return (left->per_second > right->per_second) -
	       (left->per_second < right->per_second);
}

static struct figure
run(size_t (*make)(struct buf *out))
{
	struct figure figure = {0};
	int64_t start = clock_mono_ms(), now;
	size_t count = 0, total = 0;
	struct buf out;

	buf_init(&out, CAPTCHA_WAV_MAX);
	do {
		size_t len = make(&out);

		buf_clear(&out);
		total += len;
		count++;
		if (len > figure.largest)
			figure.largest = len;
		now = clock_mono_ms();
	} while (now - start < RUN_MS);
	buf_free(&out);
	figure.per_second = (double)count * 1000 / (double)(now - start);
	figure.bytes = total / count;
	return figure;
}

static void
report(const char *what, size_t (*make)(struct buf *out))
{
	struct figure figures[RUNS];

	for (int i = 0; i < RUNS; i++)
		figures[i] = run(make);
	qsort(figures, RUNS, sizeof *figures, by_rate);
	printf("%-11s %9.0f /s %8.3f ms %7zu bytes (largest %zu)\n", what,
	    figures[RUNS / 2].per_second, 1000 / figures[RUNS / 2].per_second,
	    figures[RUNS / 2].bytes, figures[RUNS / 2].largest);
}

static void
save(const char *folder, const char *digits, const char *kind,
    const struct buf *bytes)
{
	char path[PATH];
	FILE *file;

	if (!text_format(path, sizeof path, "%s/%s%s", folder, digits, kind)) {
		fprintf(stderr, "captcha_bench: folder name too long\n");
		exit(EXIT_FAILURE);
	}
	file = fopen(path, "wb");
	if (file == NULL ||
	    fwrite(bytes->bytes, 1, bytes->len, file) != bytes->len ||
	    fclose(file) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

static void
save_sound(const char *folder, const char *digits, const char *id,
    const char *language, const char *ending)
{
	struct err err = {0};
	struct buf sound;

	buf_init(&sound, CAPTCHA_WAV_MAX);
	if (captcha_wav(key, id, language, 0, &sound, &err) != LOOKUP_FOUND)
		stop(&err);
	save(folder, digits, ending, &sound);
	buf_free(&sound);
}

static void
save_sample(const char *folder)
{
	char id[CAPTCHA_ID], digits[CAPTCHA_DIGITS + 1] = "";
	struct challenge challenge;
	struct err err = {0};
	struct buf picture;

	captcha_make(key, CAPTCHA_RECOVER, CAPTCHA_POW_BITS, 0, id);
	if (!challenge_open(key, id, &challenge))
		exit(EXIT_FAILURE);
	for (size_t i = 0; i < CAPTCHA_DIGITS; i++)
		digits[i] = (char)('0' + challenge.digits[i]);
	buf_init(&picture, CAPTCHA_PNG_MAX);
	if (captcha_png(key, id, 0, &picture, &err) != LOOKUP_FOUND)
		stop(&err);
	save(folder, digits, ".png", &picture);
	save_sound(folder, digits, id, "fr", "-fr.wav");
	save_sound(folder, digits, id, "en", "-en.wav");
	buf_free(&picture);
}

int
main(int argc, char **argv)
{
	long count;

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	if (argc == 4 && strcmp(argv[1], "samples") == 0 &&
	    text_to_long(argv[3], 1, 100000, &count)) {
		while (count-- > 0)
			save_sample(argv[2]);
		return EXIT_SUCCESS;
	}
	if (argc != 1) {
		fprintf(stderr, "usage: captcha_bench [samples DIR N]\n");
		return EXIT_FAILURE;
	}
	report("challenges", make_challenge);
	report("pictures", make_picture);
	report("sounds", make_sound);
	return EXIT_SUCCESS;
}

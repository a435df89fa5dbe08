/*
 * voice - turns recordings of the digits into the C source of captcha/voice.h.
 *
 *     voice LANGUAGE PREFIX [LANGUAGE PREFIX]... > voice.c
 *
 * Reads PREFIX-0.wav to PREFIX-9.wav (16-bit mono, what espeak-ng writes),
 * filters them down to VOICE_RATE, cuts the silence at both ends, brings them
 * to one loudness and prints 8-bit samples. A program of the build, not of the
 * product; it trusts its input no further than reading it safely.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "captcha/voice.h"

enum {
	HEADER = 44,          /* of espeak-ng's WAV: RIFF, fmt, data */
	WAV_MAX = 512 * 1024, /* bytes; about ten seconds */
	REACH = 24,           /* half width of the filter, in input samples */
	PATH = 4096,
};

struct sound {
	double *samples; /* -1 .. 1 */
	size_t count;
	double rate;
};

static void
fail(const char *name, const char *what)
{
	fprintf(stderr, "voice: %s: %s\n", name, what);
	exit(EXIT_FAILURE);
}

static double *
room_for(size_t count)
{
	double *room = calloc(count + 1, sizeof *room);

	if (room == NULL)
		fail("memory", "none left");
	return room;
}

static unsigned
little_endian(const unsigned char *bytes, int count)
{
	unsigned value = 0;

	while (count-- > 0)
		value = value << 8 | bytes[count];
	return value;
}

static struct sound
read_wav(const char *path)
{
	static unsigned char bytes[WAV_MAX];
	struct sound sound;
	FILE *file = fopen(path, "rb");
	size_t len;

	if (file == NULL)
		fail(path, "cannot open");
	len = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	if (len <= HEADER || memcmp(bytes, "RIFF", 4) != 0 ||
	    memcmp(bytes + 36, "data", 4) != 0 ||
	    little_endian(bytes + 22, 2) != 1 ||
	    little_endian(bytes + 34, 2) != 16)
		fail(path, "not a plain 16-bit mono WAV");
	sound.rate = little_endian(bytes + 24, 4);
	sound.count = (len - HEADER) / 2;
	sound.samples = room_for(sound.count);
	for (size_t i = 0; i < sound.count; i++) {
		unsigned raw = little_endian(bytes + HEADER + 2 * i, 2);

		sound.samples[i] = (int16_t)raw / 32768.0; /* signed again */
	}
	return sound;
}

/* A low-pass under half the new rate, Hann window. */
static double
filter(double away, double cut)
{
	const double pi = 3.14159265358979323846;
	double wave = away == 0 ? cut : sin(pi * cut * away) / (pi * away);

	return wave * (0.5 + 0.5 * cos(pi * away / REACH));
}

static struct sound
resample(const struct sound *from)
{
	double step = from->rate / VOICE_RATE, cut = 0.92 / step;
	struct sound to = {.rate = VOICE_RATE};

	to.count = (size_t)((double)from->count / step);
	to.samples = room_for(to.count);
	for (size_t i = 0; i < to.count; i++) {
		double at = (double)i * step;

		for (int k = 1 - REACH; k < REACH; k++) {
			double near = floor(at) + k;

			if (near < 0 || near >= (double)from->count)
				continue;
			to.samples[i] += from->samples[(size_t)near] *
					 filter(at - near, cut);
		}
	}
	return to;
}

static void
trim(struct sound *sound)
{
	const double quiet = 0.012;
	size_t start = 0, end = sound->count;

	while (start < end && fabs(sound->samples[start]) < quiet)
		start++;
	while (end > start && fabs(sound->samples[end - 1]) < quiet)
		end--;
	memmove(sound->samples, sound->samples + start,
	    (end - start) * sizeof *sound->samples);
	sound->count = end - start;
}

/* The same mean power for all; peaks beyond full scale are rounded off. */
static void
level(struct sound *sound)
{
	double power = 0;

	for (size_t i = 0; i < sound->count; i++)
		power += sound->samples[i] * sound->samples[i];
	power = sqrt(power / (double)(sound->count + 1)) + 1e-9;
	for (size_t i = 0; i < sound->count; i++)
		sound->samples[i] = tanh(sound->samples[i] * 0.24 / power);
}

static size_t
print_clip(const char *prefix, int voice, int digit)
{
	char path[PATH];
	struct sound raw, clip;

	if (snprintf(path, sizeof path, "%s-%d.wav", prefix, digit) >= PATH)
		fail(prefix, "name too long");
	raw = read_wav(path);
	clip = resample(&raw);
	trim(&clip);
	level(&clip);
	if (clip.count < VOICE_RATE / 10)
		fail(path, "nothing is said");
	printf("static const signed char voice%d_%d[] = {", voice, digit);
	for (size_t i = 0; i < clip.count; i++)
		printf("%s%ld,", i % 20 == 0 ? "\n\t" : "",
		    lround(clip.samples[i] * 127));
	printf("\n};\n");
	free(raw.samples);
	free(clip.samples);
	return clip.count;
}

int
main(int argc, char **argv)
{
	int voices = (argc - 1) / 2;
	size_t(*counts)[VOICE_DIGITS];

	if (voices < 1 || argc % 2 == 0)
		fail("usage", "voice LANGUAGE PREFIX...");
	counts = calloc((size_t)voices, sizeof *counts);
	if (counts == NULL)
		fail("memory", "none left");
	printf("/* Said by captcha/tools/voice.sh. */\n"
	       "#include \"captcha/voice.h\"\n\n");
	for (int i = 0; i < voices; i++) {
		for (int digit = 0; digit < VOICE_DIGITS; digit++)
			counts[i][digit] =
			    print_clip(argv[2 * i + 2], i, digit);
	}
	printf("const size_t voice_count = %d;\n", voices);
	printf("const struct voice voice_list[] = {\n");
	for (int i = 0; i < voices; i++) {
		printf("\t{ \"%s\", {\n", argv[2 * i + 1]);
		for (int digit = 0; digit < VOICE_DIGITS; digit++)
			printf("\t\t{ voice%d_%d, %zu },\n", i, digit,
			    counts[i][digit]);
		printf("\t} },\n");
	}
	printf("};\n");
	free(counts);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

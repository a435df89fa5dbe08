/*
 * voice - the ten digits as they are said, as samples inside the program.
 *
 * captcha/tools/voice.sh has espeak-ng say them while the program is built,
 * several voices for each language; captcha/tools/voice.c brings them to
 * telephone quality and prints them as C.
 */
#ifndef CAPTCHA_VOICE_H
#define CAPTCHA_VOICE_H

#include <stddef.h>

enum { VOICE_DIGITS = 10, VOICE_RATE = 8000 /* samples per second */ };

struct voice_clip {
	const signed char *samples;
	size_t count;
};

struct voice {
	const char *language; /* "fr", "en" */
	struct voice_clip digits[VOICE_DIGITS];
};

extern const size_t voice_count;
extern const struct voice voice_list[];

#endif

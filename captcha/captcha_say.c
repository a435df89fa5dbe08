#include "captcha/captcha_say.h"

#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "captcha/challenge.h"
#include "captcha/chance.h"
#include "captcha/voice.h"
#include "captcha/wave.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

enum {
	SPOKEN_MAX = 2 * VOICE_RATE, /* one digit, at its slowest */
	PAUSE_MIN = VOICE_RATE / 2,
	PAUSE_MAX = VOICE_RATE * 11 / 10,
	TONE = VOICE_RATE / 8,
	ROOM = CAPTCHA_DIGITS * (SPOKEN_MAX + PAUSE_MAX) + 4 * PAUSE_MAX,
	WHISPERS_PER_SECOND = 5,
	SWAY_EVERY = 64, /* samples */
};

/* Samples of 8 bits with room above for what is added up. */
struct track {
	int *samples;
	size_t count; /* where the next thing goes */
	size_t limit; /* nothing is written there or beyond */
};

/* How a clip is played: pace also moves the pitch, as on a turntable, and
 * sways a little while it plays. */
struct manner {
	float pace, sway, phase, loudness;
};

static struct manner
any_manner(struct chance *chance, float soft, float loud)
{
	return (struct manner){
	    .pace = chance_real(chance, 0.84F, 1.16F),
	    .sway = chance_real(chance, 0.0F, 0.05F),
	    .phase = chance_real(chance, 0.0F, 1.0F),
	    .loudness = chance_real(chance, soft, loud),
	};
}

static const struct voice *
any_voice(struct chance *chance, const char *language)
{
	uint32_t fitting = 0, pick;

	for (size_t i = 0; i < voice_count; i++)
		fitting += strcmp(voice_list[i].language, language) == 0;
	pick = chance_below(chance, fitting);
	for (size_t i = 0;; i++) {
		if (strcmp(voice_list[i].language, language) == 0 &&
		    pick-- == 0)
			return &voice_list[i];
	}
}

enum direction { FORWARDS, BACKWARDS };

/* Between two samples of the clip, counted from the end that comes first. */
static float
sample(const struct voice_clip *clip, float place, enum direction direction)
{
	size_t before = (size_t)place, after = before + 1;
	float part = place - (float)before;

	if (direction == BACKWARDS) {
		before = clip->count - 1 - before;
		after = before - 1;
	}
	return (float)clip->samples[before] * (1 - part) +
	       (float)clip->samples[after] * part;
}

/* Adds the clip from sample at on; returns where it ends. */
static size_t
mix(struct track *track, size_t at, const struct voice_clip *clip,
    const struct manner *manner, enum direction direction)
{
	size_t end = at + SPOKEN_MAX;
	float last = (float)(clip->count - 1), place = 0, step = 0;

	if (end > track->limit)
		end = track->limit;
	for (size_t i = 0; place < last && at < end; i++, at++) {
		if (i % SWAY_EVERY == 0)
			step = manner->pace *
			       (1 + manner->sway * wave(manner->phase +
							place / VOICE_RATE));
		track->samples[at] +=
		    (int)(sample(clip, place, direction) * manner->loudness);
		place += step;
	}
	return at;
}

static void
add_pause(struct chance *chance, struct track *track)
{
	track->count += PAUSE_MIN + chance_below(chance, PAUSE_MAX - PAUSE_MIN);
}

static void
add_tone(struct track *track, float hertz)
{
	for (size_t i = 0; i < TONE; i++) {
		float fade = (float)(i < TONE / 2 ? i : TONE - i) / TONE;

		track->samples[track->count++] +=
		    (int)(60 * fade * wave((float)i * hertz / VOICE_RATE));
	}
}

static void
speak(struct chance *chance, const char *language,
    const unsigned char digits[CAPTCHA_DIGITS], struct track *track)
{
	add_tone(track, 660);
	for (size_t i = 0; i < CAPTCHA_DIGITS; i++) {
		const struct voice *voice = any_voice(chance, language);
		struct manner manner = any_manner(chance, 0.70F, 1.0F);

		add_pause(chance, track);
		track->count = mix(track, track->count,
		    &voice->digits[digits[i]], &manner, FORWARDS);
	}
	add_pause(chance, track);
	add_tone(track, 440);
}

/* Same voices, so that no filter takes them apart; backwards, so that no ear
 * mistakes them. */
static void
whisper(struct chance *chance, const char *language, struct track *track)
{
	size_t whispers = track->count * WHISPERS_PER_SECOND / VOICE_RATE;

	for (size_t i = 0; i < whispers; i++) {
		const struct voice *voice = any_voice(chance, language);
		uint32_t digit = chance_below(chance, VOICE_DIGITS);
		struct manner manner = any_manner(chance, 0.16F, 0.34F);
		size_t at = chance_below(chance, (uint32_t)track->count);

		mix(track, at, &voice->digits[digit], &manner, BACKWARDS);
	}
}

static void
hiss(struct chance *chance, struct track *track)
{
	for (size_t i = 0; i < track->count; i++)
		track->samples[i] += chance_byte(chance) % 11 - 5;
}

static void
add_number(struct buf *out, uint32_t value, int bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		buf_add_char(out, (char)(value & 0xff));
}

static void
add_samples(const struct track *track, struct buf *out)
{
	char block[512];
	size_t used = 0;

	for (size_t i = 0; i < track->count; i++) {
		int value = 128 + track->samples[i];

		value = value < 0 ? 0 : value > 255 ? 255 : value;
		block[used++] = (char)value;
		if (used == sizeof block || i + 1 == track->count) {
			buf_add(out, block, used);
			used = 0;
		}
	}
}

/* RIFF WAVE, PCM, one channel, 8 bits unsigned */
static void
write_wav(const struct track *track, struct buf *out)
{
	uint32_t count = (uint32_t)track->count; /* <= ROOM */

	buf_add_text(out, "RIFF");
	add_number(out, 36 + count, 4);
	buf_add_text(out, "WAVEfmt ");
	add_number(out, 16, 4);
	add_number(out, 1, 2);
	add_number(out, 1, 2);
	add_number(out, VOICE_RATE, 4);
	add_number(out, VOICE_RATE, 4);
	add_number(out, 1, 2);
	add_number(out, 8, 2);
	buf_add_text(out, "data");
	add_number(out, count, 4);
	add_samples(track, out);
}

bool
captcha_say_knows(const char *language)
{
	for (size_t i = 0; i < voice_count; i++) {
		if (strcmp(voice_list[i].language, language) == 0)
			return true;
	}
	return false;
}

void
captcha_say(struct chance *chance, const char *language,
    const unsigned char digits[CAPTCHA_DIGITS], struct buf *out)
{
	struct arena arena;
	struct track track = {NULL, 0, ROOM};

	if (!captcha_say_knows(language))
		language = voice_list[0].language;
	arena_init(&arena);
	track.samples = arena_array(&arena, ROOM, sizeof *track.samples);
	speak(chance, language, digits, &track);
	track.limit = track.count;
	whisper(chance, language, &track);
	hiss(chance, &track);
	write_wav(&track, out);
	arena_reset(&arena);
}

enum lookup
captcha_wav(const unsigned char key[SECRET_KEY], const char *id,
    const char *language, int64_t now_ms, struct buf *out, struct err *err)
{
	struct challenge challenge;
	struct chance chance;

	if (!challenge_open(key, id, &challenge))
		return LOOKUP_ABSENT;
	if (challenge_is_over(&challenge, now_ms)) {
		sodium_memzero(&challenge, sizeof challenge);
		return LOOKUP_ABSENT;
	}
	chance_seed(&chance, key, "captsay_", id);
	captcha_say(&chance, language, challenge.digits, out);
	chance_wipe(&chance);
	sodium_memzero(&challenge, sizeof challenge);
	if (!buf_ok(out)) {
		err_set(err, ERR_INTERNAL, "captcha sound: no room");
		return LOOKUP_FAILED;
	}
	return LOOKUP_FOUND;
}

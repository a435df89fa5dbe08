#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "captcha/captcha.h"
#include "captcha/captcha_say.h"
#include "captcha/chance.h"
#include "captcha/voice.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

static const unsigned char key[SECRET_KEY] = "0123456789abcdef0123456789abcde";

enum { IDS = 40, NOW_MS = 1000, LIFE_MS = CAPTCHA_LIFE_S * 1000, HEADER = 44 };

static unsigned long
little_endian(const char *bytes, int count)
{
	unsigned long value = 0;

	while (count-- > 0)
		value = value << 8 | (unsigned char)bytes[count];
	return value;
}

static void
test_voices_are_whole(void **state)
{
	static const char *const languages[] = {"fr", "en"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(languages); i++) {
		size_t voices = 0;

		for (size_t k = 0; k < voice_count; k++)
			voices +=
			    strcmp(voice_list[k].language, languages[i]) == 0;
		assert_true(voices >= 2);
		assert_true(captcha_say_knows(languages[i]));
	}
	assert_false(captcha_say_knows("de"));
	assert_false(captcha_say_knows(""));
	for (size_t i = 0; i < voice_count; i++) {
		for (int digit = 0; digit < VOICE_DIGITS; digit++) {
			const struct voice_clip *clip =
			    &voice_list[i].digits[digit];
			long power = 0;

			assert_in_range(
			    clip->count, VOICE_RATE / 10, VOICE_RATE);
			for (size_t k = 0; k < clip->count; k++)
				power += clip->samples[k] * clip->samples[k];
			/* said aloud, and at the same loudness */
			assert_in_range(power / (long)clip->count, 400, 1600);
		}
	}
}

static void
test_wav(void **state)
{
	struct buf out;
	struct err err = {0};
	char id[CAPTCHA_ID];

	(void)state;
	buf_init(&out, CAPTCHA_WAV_MAX);
	for (int i = 0; i < IDS; i++) {
		captcha_make(key, CAPTCHA_RECOVER, 17, NOW_MS, id);
		assert_int_equal(captcha_wav(key, id, i % 2 ? "fr" : "en",
				     NOW_MS, &out, &err),
		    LOOKUP_FOUND);
		assert_memory_equal(out.bytes, "RIFF", 4);
		assert_int_equal(little_endian(out.bytes + 4, 4), out.len - 8);
		assert_memory_equal(out.bytes + 8, "WAVEfmt ", 8);
		assert_int_equal(little_endian(out.bytes + 20, 2), 1);
		assert_int_equal(little_endian(out.bytes + 22, 2), 1);
		assert_int_equal(little_endian(out.bytes + 24, 4), VOICE_RATE);
		assert_int_equal(little_endian(out.bytes + 34, 2), 8);
		assert_memory_equal(out.bytes + 36, "data", 4);
		assert_int_equal(
		    little_endian(out.bytes + 40, 4), out.len - HEADER);
		/* six digits and their pauses: 5 to 15 seconds */
		assert_in_range(out.len, 5 * VOICE_RATE, 15 * VOICE_RATE);
		buf_clear(&out);
	}
	buf_free(&out);
}

static void
say(const char *id, const char *language, struct buf *out)
{
	static const unsigned char digits[] = {9, 8, 7, 6, 5, 4};
	struct chance chance;

	buf_init(out, CAPTCHA_WAV_MAX);
	chance_seed(&chance, key, "captsay_", id);
	captcha_say(&chance, language, digits, out);
	assert_true(buf_ok(out));
}

static void
test_same_id_same_sound(void **state)
{
	struct buf one, again, other, english, unknown;

	(void)state;
	say("one", "fr", &one);
	say("one", "fr", &again);
	say("other", "fr", &other);
	say("one", "en", &english);
	say("one", "tlh", &unknown);
	assert_int_equal(one.len, again.len);
	assert_memory_equal(one.bytes, again.bytes, one.len);
	assert_true(one.len != other.len);
	assert_true(one.len != english.len);
	assert_int_equal(one.len, unknown.len);
	assert_memory_equal(one.bytes, unknown.bytes, one.len);
	buf_free(&one);
	buf_free(&again);
	buf_free(&other);
	buf_free(&english);
	buf_free(&unknown);
}

/* No silence that would show where a digit begins. */
static void
test_never_silent(void **state)
{
	struct buf out;
	size_t quiet = 0, longest = 0;

	(void)state;
	say("one", "fr", &out);
	for (size_t i = HEADER; i < out.len; i++) {
		quiet = (unsigned char)out.bytes[i] == 128 ? quiet + 1 : 0;
		if (quiet > longest)
			longest = quiet;
	}
	assert_in_range(longest, 0, 20);
	buf_free(&out);
}

static void
test_absent_and_full(void **state)
{
	struct buf out;
	struct err err = {0};
	char id[CAPTCHA_ID];

	(void)state;
	buf_init(&out, CAPTCHA_WAV_MAX);
	captcha_make(key, CAPTCHA_RECOVER, 17, NOW_MS, id);
	assert_int_equal(
	    captcha_wav(key, id, "fr", NOW_MS + LIFE_MS, &out, &err),
	    LOOKUP_ABSENT);
	assert_int_equal(captcha_wav(key, "nonsense", "fr", NOW_MS, &out, &err),
	    LOOKUP_ABSENT);
	assert_int_equal(out.len, 0);
	buf_free(&out);

	buf_init(&out, 1000);
	assert_int_equal(
	    captcha_wav(key, id, "fr", NOW_MS, &out, &err), LOOKUP_FAILED);
	assert_int_equal(err.kind, ERR_INTERNAL);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_voices_are_whole),
	    cmocka_unit_test(test_wav),
	    cmocka_unit_test(test_same_id_same_sound),
	    cmocka_unit_test(test_never_silent),
	    cmocka_unit_test(test_absent_and_full),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

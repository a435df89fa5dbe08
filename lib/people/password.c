#include "lib/people/password.h"

#include <math.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/text.h"
#include "lib/base/unicode.h"
#include "lib/people/password_internal.h"
#include "lib/people/people_conf.h"

static bool
has_control(const char *text)
{
	int32_t c;

	while ((c = unicode_next(&text)) != 0)
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			return true;
	return false;
}

/*
 * Length x log2 of the classes used, with the sizes of CNIL délibération
 * 2022-100: 26, 26, 10 and 37. Letters with marks and other scripts count as
 * the last class, which is less than they are.
 */
static double
formal_bits(const char *normal)
{
	bool small = false, capital = false, digit = false, other = false;
	const char *cursor = normal;
	int32_t c;
	int alphabet;

	while ((c = unicode_next(&cursor)) != 0) {
		if (c >= 'a' && c <= 'z')
			small = true;
		else if (c >= 'A' && c <= 'Z')
			capital = true;
		else if (c >= '0' && c <= '9')
			digit = true;
		else
			other = true;
	}
	alphabet = 26 * small + 26 * capital + 10 * digit + 37 * other;
	if (alphabet == 0)
		return 0;
	return (double)unicode_count(normal) * log2(alphabet);
}

static unsigned
judge_length(const struct password_conf *conf, const char *normal)
{
	size_t length = unicode_count(normal);

	if (length > PASSWORD_MAX || strlen(normal) > PASSWORD_BYTES_MAX)
		return PASSWORD_LONG;
	return length < (size_t)conf->min_length ? PASSWORD_SHORT : 0;
}

/* How hard it is to guess, for strangers and for those who know the person. */
static unsigned
judge_content(const struct password_conf *conf,
    const struct password_words *words, const struct password_context *context,
    const char *normal, struct arena *arena)
{
	const char *plain = password_plain(arena, normal);
	const char *const *own = password_own_words(context, arena);
	unsigned faults = 0;

	if (formal_bits(normal) < (double)conf->min_bits)
		faults |= PASSWORD_SIMPLE;
	if (password_is_common(words, plain, arena))
		faults |= PASSWORD_COMMON;
	if (password_is_personal(own, plain, arena))
		faults |= PASSWORD_PERSONAL;
	if (password_has_number(context, plain, arena))
		faults |= PASSWORD_NUMBER;
	if (password_guess_bits(words, own, plain, arena) <
	    (double)conf->min_guess_bits)
		faults |= PASSWORD_GUESSABLE;
	return faults;
}

unsigned
password_judge(const struct password_conf *conf,
    const struct password_words *words, const struct password_context *context,
    const char *typed, struct arena *arena, const char **normal)
{
	/* NFC makes one character of at most this many. */
	enum { DECOMPOSED_MAX = 4 };
	const char *form;
	unsigned faults;

	*normal = NULL;
	if (strlen(typed) > DECOMPOSED_MAX * PASSWORD_BYTES_MAX)
		return PASSWORD_LONG;
	form = unicode_nfc(arena, typed);
	if (form == NULL)
		return PASSWORD_ENCODING;
	faults = judge_length(conf, form);
	if (has_control(form))
		faults |= PASSWORD_CONTROL;
	if ((faults & PASSWORD_LONG) == 0)
		faults |= judge_content(conf, words, context, form, arena);
	if (faults == PASSWORD_FINE)
		*normal = form;
	return faults;
}

const char *
password_normal(struct arena *arena, const char *typed)
{
	return unicode_nfc(arena, typed);
}

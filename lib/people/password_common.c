#include "lib/people/password_internal.h"

#include <string.h>

#include "lib/base/arena.h"

/* Digits and signs around a word that add nothing: "2025!", "*123*". Eight
 * random ones are 26 bits and more, so beyond that the number of guesses
 * decides, not the list. */
enum { ORNAMENTS_MAX = 8 };

/* "soleilsoleil", "doudoudoudoudou" */
static bool
is_repeated(const struct password_words *words, const char *text, size_t len)
{
	for (size_t size = PASSWORD_WORD_MIN;
	     size <= PASSWORD_WORD_MAX && size <= len / 2; size++) {
		if (len % size == 0 &&
		    memcmp(text, text + size, len - size) == 0)
			return password_words_has(words, text, size);
	}
	return false;
}

/* "soleillune" */
static bool
is_pair(const struct password_words *words, const char *text, size_t len)
{
	if (len > 2 * PASSWORD_WORD_MAX)
		return false;
	for (size_t cut = PASSWORD_CORE_MIN; cut + PASSWORD_CORE_MIN <= len;
	     cut++)
		if (password_words_has(words, text, cut) &&
		    password_words_has(words, text + cut, len - cut))
			return true;
	return false;
}

static bool
is_common_core(const struct password_words *words, const char *text, size_t len)
{
	return password_words_has(words, text, len) ||
	       is_repeated(words, text, len) || is_pair(words, text, len);
}

/* One way to cut the ends, read in three ways. Digits alone are left to the
 * number of guesses: "1234" inside a number is no word. */
static bool
is_common_part(const struct password_words *words, struct arena *arena,
    const char *text, size_t len)
{
	const char *core = arena_dup_n(arena, text, len);
	const char *with_i = password_unleet(arena, core, 'i');
	const char *with_l = password_unleet(arena, core, 'l');

	if (*password_letters(arena, core) == '\0')
		return false;
	return is_common_core(words, core, len) ||
	       is_common_core(words, with_i, len) ||
	       is_common_core(words, with_l, len);
}

static bool
is_ornamented(
    const struct password_words *words, struct arena *arena, const char *text)
{
	size_t len = strlen(text);
	size_t front = 0, back = 0;

	while (front < len && front < ORNAMENTS_MAX &&
	       !password_is_letter(text[front]))
		front++;
	while (back < len && back < ORNAMENTS_MAX &&
	       !password_is_letter(text[len - 1 - back]))
		back++;
	/* Every cut: the 3 of "doudou3" is an ornament, in "m0tdepass3" not. */
	for (size_t i = 0; i <= front; i++)
		for (size_t k = 0; k <= back && i + k <= ORNAMENTS_MAX &&
				   i + k + PASSWORD_CORE_MIN <= len;
		     k++)
			if (is_common_part(words, arena, text + i, len - i - k))
				return true;
	return false;
}

bool
password_is_common(
    const struct password_words *words, const char *plain, struct arena *arena)
{
	const char *text = password_lower(arena, plain);
	const char *tight = password_tight(arena, text);

	return password_words_has(words, text, strlen(text)) ||
	       password_words_has(words, tight, strlen(tight)) ||
	       is_ornamented(words, arena, text) ||
	       is_ornamented(words, arena, tight);
}

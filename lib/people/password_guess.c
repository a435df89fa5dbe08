/*
 * The door to zxcvbn-c (Debian: libzxcvbn-dev 2.5).
 *
 * Threads: the dictionary is compiled in as constant data and the library has
 * no writable data at all (looked at with nm and objdump), so ZxcvbnMatch()
 * may run in several threads. It keeps no copy of the password: its one heap
 * buffer with characters is overwritten before it is freed.
 *
 * Its cost grows with the square of the length, so it is asked about windows
 * of a limited size. A window is a part of the password, and a whole is never
 * easier to guess than its hardest part.
 */
#include "lib/people/password_internal.h"

#include <math.h>
#include <sodium.h>
#include <string.h>
#include <zxcvbn.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"

enum { WINDOW = 64, SIGNS = 33 };

static double
hardest_window(const char *text, const char **dictionary)
{
	char window[WINDOW + 1];
	double hardest = 0;

	for (size_t len; *text != '\0'; text += len) {
		double bits;

		len = strnlen(text, WINDOW);
		memcpy(window, text, len);
		window[len] = '\0';
		bits = ZxcvbnMatch(window, dictionary, NULL);
		if (bits > hardest)
			hardest = bits;
	}
	sodium_memzero(window, sizeof(window));
	return hardest;
}

/* Puts every word of our list that text contains where its rank is: zxcvbn
 * takes the place of a word in the dictionary for its rank. */
static void
find_words(
    const struct password_words *words, const char *text, const char **places)
{
	size_t len = strlen(text);

	for (size_t at = 0; at + PASSWORD_WORD_MIN <= len; at++)
		for (size_t size = PASSWORD_WORD_MIN;
		     size <= PASSWORD_WORD_MAX && at + size <= len; size++) {
			int rank = password_words_rank(words, text + at, size);

			if (rank >= 0)
				places[rank] = password_french[rank];
		}
}

/* The person's words first, then ours; "" (which fits nothing) between. */
static const char **
dictionary_for(const struct password_words *words, const char *const *own,
    const char *plain, struct arena *arena)
{
	const char **dictionary;
	const char **places;
	size_t count = 0, used;

	while (own[count] != NULL)
		count++;
	dictionary = arena_array(
	    arena, count + password_french_count + 1, sizeof(*dictionary));
	memcpy(dictionary, own, count * sizeof(*dictionary));
	places = dictionary + count;
	find_words(words, password_lower(arena, plain), places);
	find_words(words, password_unleet(arena, plain, 'i'), places);
	find_words(words, password_unleet(arena, plain, 'l'), places);
	used = password_french_count;
	while (used > 0 && places[used - 1] == NULL)
		used--;
	for (size_t i = 0; i < used; i++)
		if (places[i] == NULL)
			places[i] = "";
	return dictionary;
}

/*
 * zxcvbn counts each sign between two words as seven random bits. People put
 * the same one everywhere, and guessing programs know it: without the signs,
 * plus which ones there are, plus one bit for each place.
 */
static double
bits_without_signs(
    const char *plain, const char **dictionary, struct arena *arena)
{
	size_t places = 0, kinds = 0;

	for (const char *c = plain; *c != '\0'; c++) {
		if (password_is_letter(*c) || password_is_digit(*c))
			continue;
		places++;
		if (memchr(plain, *c, (size_t)(c - plain)) == NULL)
			kinds++;
	}
	if (places == 0)
		return INFINITY;
	return hardest_window(password_tight(arena, plain), dictionary) +
	       (double)kinds * log2(SIGNS) + (double)places;
}

/* The length after which text begins again and goes on so to its end. */
static size_t
period_of(const char *text, size_t len)
{
	for (size_t size = 1; size <= len / 2; size++)
		if (memcmp(text, text + size, len - size) == 0)
			return size;
	return len;
}

double
password_guess_bits(const struct password_words *words, const char *const *own,
    const char *plain, struct arena *arena)
{
	const char **dictionary = dictionary_for(words, own, plain, arena);
	size_t len = strlen(plain);
	size_t period = period_of(plain, len);
	/* What is written again adds how often, and no more. A window would
	 * cut the repeated word somewhere and not know it. */
	const char *once = arena_dup_n(arena, plain, period);
	double bits = hardest_window(once, dictionary);

	bits = fmin(bits, bits_without_signs(once, dictionary, arena));
	/* zxcvbn knows neighbours on QWERTY keyboards only. */
	bits = fmin(bits, hardest_window(password_qwerty(arena, once), NULL));
	return len > period ? bits + log2((double)len / (double)period) : bits;
}

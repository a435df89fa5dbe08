#include "lib/people/password_internal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/text.h"
#include "lib/people/birth.h"
#include "lib/people/digest.h"
#include "lib/people/number.h"
#include "lib/people/password.h"

static bool
are_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!password_is_digit(text[i]))
			return false;
	return true;
}

/* The plain form's stand-ins for other scripts are no UTF-8, and no part of a
 * number. */
static bool
are_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

static bool
is_stored(const struct password_context *context, const char *digest)
{
	size_t len = strlen(digest);

	for (const char *const *proof = context->proofs; *proof != NULL;
	     proof++)
		if (strlen(*proof) == len &&
		    sodium_memcmp(*proof, digest, len) == 0)
			return true;
	return false;
}

static bool
is_own_number(const struct password_context *context, const char *text)
{
	struct number number;
	bool own = false;

	if (number_parse(text, &number) == NUMBER_FINE)
		for (size_t key = 0; key < context->keys->count; key++) {
			struct digest digest =
			    digest_proof(context->keys, key, &number);

			own |= is_stored(context, digest.text);
		}
	sodium_memzero(&number, sizeof(number));
	return own;
}

/* Every part of the length of a NUMEN, a code (13) or an INE (11). */
static bool
has_own_number(const struct password_context *context, const char *tight,
    struct arena *arena)
{
	static const size_t sizes[] = {11, 13};
	size_t len = strlen(tight);

	if (context->keys == NULL || context->proofs == NULL)
		return false;
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (size_t at = 0; at + sizes[i] <= len; at++)
			if (are_ascii(tight + at, sizes[i]) &&
			    is_own_number(context,
				arena_dup_n(arena, tight + at, sizes[i])))
				return true;
	return false;
}

/* The directory has a digest, or the date itself when it is mapped so. */
static bool
is_own_birth(const struct password_context *context, const char *text)
{
	struct birth birth, known;
	bool own = false;

	if (birth_parse(text, context->this_year, &birth) != BIRTH_FINE)
		return false;
	if (birth_from_directory(context->birth, &known))
		own = strcmp(known.text, birth.text) == 0;
	else if (context->keys != NULL && context->uid != NULL)
		own = digest_birth_matches(
		    context->keys, context->birth, context->uid, &birth);
	sodium_memzero(&birth, sizeof(birth));
	sodium_memzero(&known, sizeof(known));
	return own;
}

/* Day first or year first, with two or four digits for the year. */
static bool
is_birth_in_a_row(const struct password_context *context, const char *row,
    size_t len, struct arena *arena)
{
	size_t year = len - 4;

	return is_own_birth(context, arena_dup_n(arena, row, len)) ||
	       is_own_birth(
		   context, arena_printf(arena, "%.2s/%.2s/%.*s",
				row + year + 2, row + year, (int)year, row));
}

/* 01091975, 19750901, 010975, 750901, with any signs between them. */
static bool
has_birth_in_a_row(const struct password_context *context, const char *tight,
    struct arena *arena)
{
	static const size_t sizes[] = {8, 6};
	size_t len = strlen(tight);

	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (size_t at = 0; at + sizes[i] <= len; at++)
			if (are_digits(tight + at, sizes[i]) &&
			    is_birth_in_a_row(
				context, tight + at, sizes[i], arena))
				return true;
	return false;
}

static bool
are_own_birth(const struct password_context *context, char *const group[3],
    struct arena *arena)
{
	for (size_t i = 0; i < 3; i++)
		if (!are_digits(group[i], strlen(group[i])))
			return false;
	return is_own_birth(context, arena_printf(arena, "%s/%s/%s", group[0],
					 group[1], group[2])) ||
	       is_own_birth(context, arena_printf(arena, "%s/%s/%s", group[2],
					 group[1], group[0]));
}

/* The month whose name text begins with, 1 to 12, and its length; 0. */
static int
month_at(const char *text, size_t *len)
{
	static const char *const months[] = {"janvier", "fevrier", "mars",
	    "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre",
	    "novembre", "decembre"};

	for (size_t i = 0; i < COUNT_OF(months); i++) {
		*len = strlen(months[i]);
		if (strncmp(text, months[i], *len) == 0)
			return (int)i + 1;
	}
	*len = 1;
	return 0;
}

/* Digits stay, months become their number, anything else a space. */
static const char *
digit_groups(struct arena *arena, const char *plain)
{
	const char *text = password_lower(arena, plain);
	/* Four characters for a month; the shortest name has three. */
	char *groups = arena_alloc(arena, 2 * strlen(text) + 1);
	char *to = groups;
	size_t len;

	for (; *text != '\0'; text += len) {
		int month = month_at(text, &len);

		if (month != 0)
			to += snprintf(to, 5, " %02d ", month);
		else
			*to++ = password_is_digit(*text) ? *text : ' ';
	}
	return groups;
}

/* 1/9/1975, 1.9.75, 1975-9-1, 1er septembre 1975: three groups of digits. */
static bool
has_birth_in_groups(const struct password_context *context, const char *plain,
    struct arena *arena)
{
	size_t count;
	char **group =
	    text_split(arena, digit_groups(arena, plain), " ", &count);

	for (size_t i = 0; i + 3 <= count; i++)
		if (are_own_birth(context, group + i, arena))
			return true;
	return false;
}

bool
password_has_number(const struct password_context *context, const char *plain,
    struct arena *arena)
{
	const char *tight = password_tight(arena, plain);

	if (has_own_number(context, text_upper(arena, tight), arena))
		return true;
	return context->birth != NULL && *context->birth != '\0' &&
	       (has_birth_in_a_row(context, tight, arena) ||
		   has_birth_in_groups(context, plain, arena));
}

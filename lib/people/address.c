#include "lib/people/address.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"

enum { LOCAL_MAX = 64, LABEL_MAX = 63 };

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* RFC 5322 section 3.2.3, without what is not ASCII. */
static const char atext[] = LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~";

/* RFC 5321 section 4.1.2: Dot-string. */
static bool
is_dot_string(const char *local, size_t len)
{
	const char *end = local + len;
	size_t atom;

	if (len == 0 || len > LOCAL_MAX)
		return false;
	for (;;) {
		atom = strspn(local, atext);
		if (atom == 0)
			return false;
		local += atom;
		if (local == end)
			return true;
		if (*local++ != '.')
			return false;
	}
}

/* RFC 1123 section 2.1: letters, digits and inner hyphens. */
static bool
is_label(const char *label, size_t len)
{
	return len > 0 && len <= LABEL_MAX && label[0] != '-' &&
	       label[len - 1] != '-';
}

bool
address_is_domain(const char *domain, size_t min_labels)
{
	const char *label = domain;
	size_t len, count = 0;

	for (;; label += len + 1) {
		len = strspn(label, LETTERS DIGITS "-");
		if (!is_label(label, len))
			return false;
		count++;
		if (label[len] == '\0')
			break;
		if (label[len] != '.')
			return false;
	}
	/* No top level is a number (RFC 3696 section 2): 192.0.2.1 is none. */
	return count >= min_labels && label[strspn(label, DIGITS)] != '\0';
}

const char *
address_parse(struct arena *arena, const char *typed)
{
	char *address = text_trim(arena, typed);
	char *at = strchr(address, '@');

	if (at == NULL || strlen(address) > ADDRESS_MAX ||
	    !is_dot_string(address, (size_t)(at - address)) ||
	    !address_is_domain(at + 1, 2))
		return NULL;
	return arena_printf(arena, "%.*s%s", (int)(at - address), address,
	    text_lower(arena, at));
}

bool
address_is_in(const char *address, const char *const *domains)
{
	const char *at = strrchr(address, '@');
	size_t len, known;

	if (at == NULL)
		return false;
	len = strlen(at + 1);
	for (; *domains != NULL; domains++) {
		known = strlen(*domains);
		if (known == 0 || known > len)
			continue;
		if ((known == len || at[len - known] == '.') &&
		    text_equal_nocase(at + 1 + len - known, *domains))
			return true;
	}
	return false;
}

char *
address_mask(struct arena *arena, const char *address)
{
	const char *clean = address_parse(arena, address);
	const char *at;

	if (clean == NULL)
		return arena_dup(arena, "***");
	at = strrchr(clean, '@');
	return arena_printf(
	    arena, "%c***@%c***%s", clean[0], at[1], strrchr(at, '.'));
}

bool
address_was_refused(const char *noted, const char *address)
{
	const char *dollar = noted != NULL ? strchr(noted, '$') : NULL;

	return dollar != NULL && address != NULL &&
	       text_equal_nocase(dollar + 1, address);
}

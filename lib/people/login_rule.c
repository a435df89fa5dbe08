#include "lib/people/login_internal.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/people/login.h"
#include "lib/people/names.h"

enum hole {
	HOLE_NONE,
	HOLE_INITIAL,
	HOLE_GIVEN,
	HOLE_INITIALS,
	HOLE_FAMILY,
	HOLE_DIJON,
	HOLE_KEEP,
};

static const struct {
	const char *text;
	enum hole hole;
} holes[] = {
    {"{given:1}", HOLE_INITIAL},
    {"{given}", HOLE_GIVEN},
    {"{initials}", HOLE_INITIALS},
    {"{family}", HOLE_FAMILY},
    {"{family:dijon}", HOLE_DIJON},
    {"{family:keep}", HOLE_KEEP},
};

/* The hole at the beginning of rule; *len is its length. */
static enum hole
hole_at(const char *rule, size_t *len)
{
	for (size_t i = 0; i < COUNT_OF(holes); i++) {
		if (!text_has_prefix(rule, holes[i].text))
			continue;
		*len = strlen(holes[i].text);
		return holes[i].hole;
	}
	return HOLE_NONE;
}

void
login_parts(struct arena *arena, const char *given_names, const char *family,
    struct login_parts *parts)
{
	char *spaced = arena_dup(arena, given_names);
	bool foreign_given, foreign_family;

	for (char *c = spaced; *c != '\0'; c++)
		if (*c == ',' || *c == ';')
			*c = ' ';
	parts->given = names_fold(
	    arena, names_first_given(arena, given_names), &foreign_given);
	parts->givens = names_fold(arena, spaced, NULL);
	parts->family = names_fold(
	    arena, names_usage(arena, family, NULL), &foreign_family);
	parts->foreign = foreign_given || foreign_family;
}

static const char *
joined(struct arena *arena, const char *name)
{
	char *out = arena_dup(arena, name);
	char *to = out;

	for (const char *from = name; *from != '\0'; from++)
		if (*from != '-')
			*to++ = *from;
	*to = '\0';
	return out;
}

static const char *
initials(struct arena *arena, const char *names)
{
	char *out = arena_dup(arena, names);
	char *to = out;

	for (const char *c = names; *c != '\0'; c++)
		if (c == names || c[-1] == '-')
			*to++ = *c;
	*to = '\0';
	return out;
}

/* A hyphen on both sides of each particle, the rest joined: mle-dupond. */
static const char *
dijon(struct arena *arena, const char *family)
{
	char **pieces = text_split(arena, family, "-", NULL);
	char *out = arena_dup(arena, family);
	char *to = out;

	for (size_t i = 0; pieces[i] != NULL; i++) {
		if (i > 0 && (names_is_particle(pieces[i - 1]) ||
				 names_is_particle(pieces[i])))
			*to++ = '-';
		memcpy(to, pieces[i], strlen(pieces[i]));
		to += strlen(pieces[i]);
	}
	*to = '\0';
	return out;
}

static const char *
fill(struct arena *arena, enum hole hole, const struct login_parts *parts,
    enum login_look look)
{
	switch (hole) {
	case HOLE_INITIAL:
		return arena_dup_n(
		    arena, parts->given, strnlen(parts->given, 1));
	case HOLE_GIVEN:
		return look == LOGIN_LOOK_MAIL ? parts->given
					       : joined(arena, parts->given);
	case HOLE_INITIALS:
		return initials(arena, parts->givens);
	case HOLE_FAMILY:
		return look == LOGIN_LOOK_MAIL ? parts->family
					       : joined(arena, parts->family);
	case HOLE_DIJON:
		return dijon(arena, parts->family);
	case HOLE_KEEP:
		return parts->family;
	case HOLE_NONE:
		break;
	}
	return "";
}

const char *
login_expand(struct arena *arena, const char *rule,
    const struct login_parts *parts, enum login_look look)
{
	const char *out = "";

	while (*rule != '\0') {
		size_t len = 1;
		enum hole hole = hole_at(rule, &len);

		if (hole == HOLE_NONE)
			out = arena_printf(arena, "%s%c", out, *rule);
		else
			/* More of one name than fits is cut later anyway. */
			out = arena_printf(arena, "%s%.*s", out, LOGIN_MAX,
			    fill(arena, hole, parts, look));
		rule += len;
	}
	return out;
}

/* The part of a rule up to end: literals of the alphabet, known holes. */
static int
check_holes(const char *rule, const char *end, struct err *err)
{
	size_t count = 0;

	if (end - rule > LOGIN_MAX)
		return err_set(
		    err, ERR_CONFIG, "longer than %d characters", LOGIN_MAX);
	while (rule < end) {
		size_t len = 1;

		if (hole_at(rule, &len) != HOLE_NONE)
			count++;
		else if (*rule == '{')
			return err_set(err, ERR_CONFIG,
			    "unknown hole '%.*s'; known are {given:1}, "
			    "{given}, {initials}, {family}, {family:dijon} "
			    "and {family:keep}",
			    (int)(strcspn(rule, "}") + 1), rule);
		else if (strchr(LOGIN_ALPHABET, *rule) == NULL)
			return err_set(err, ERR_CONFIG,
			    "'%c' cannot stand in a name: a-z, 0-9, '.' and "
			    "'-' can",
			    *rule);
		rule += len;
	}
	if (count == 0)
		return err_set(err, ERR_CONFIG,
		    "no hole, so everybody would get one name");
	return 0;
}

int
login_check_rule(const char *rule, struct err *err)
{
	if (check_holes(rule, rule + strlen(rule), err) != 0)
		return -1;
	if (*rule != '{' && (*rule < 'a' || *rule > 'z'))
		return err_set(err, ERR_CONFIG, "a login starts with a letter");
	return 0;
}

int
login_check_mail_rule(const char *rule, struct err *err)
{
	const char *at = strchr(rule, '@');

	if (at == NULL || at[1] == '\0')
		return err_set(err, ERR_CONFIG, "no '@' and domain");
	if (at[1 + strspn(at + 1, LOGIN_ALPHABET)] != '\0' ||
	    strchr(".-", at[1]) != NULL)
		return err_set(err, ERR_CONFIG, "'%s' is no domain", at + 1);
	return check_holes(rule, at, err);
}

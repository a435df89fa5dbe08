/*
 * login_internal - rules with holes, shared by login.c and login_rule.c.
 */
#ifndef LIB_PEOPLE_LOGIN_INTERNAL_H
#define LIB_PEOPLE_LOGIN_INTERNAL_H

#include <stdbool.h>

struct arena;

#define LOGIN_ALPHABET "abcdefghijklmnopqrstuvwxyz0123456789.-"

/* Folded names, '-' between their pieces. */
struct login_parts {
	const char *given;  /* the first given name */
	const char *givens; /* all of them */
	const char *family; /* the usage name, without "épouse X" */
	bool foreign;       /* first given or family has a letter we cannot */
};

/* {given} and {family} are joined in a login and keep hyphens in a mail. */
enum login_look { LOGIN_LOOK_LOGIN, LOGIN_LOOK_MAIL };

void login_parts(struct arena *arena, const char *given_names,
    const char *family, struct login_parts *parts);

/* The rule with its holes filled; an unknown hole stays empty. */
const char *login_expand(struct arena *arena, const char *rule,
    const struct login_parts *parts, enum login_look look);

#endif

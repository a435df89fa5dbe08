/*
 * directory_check_internal - what the two files of directory_check() share.
 */
#ifndef LIB_STORE_DIRECTORY_CHECK_INTERNAL_H
#define LIB_STORE_DIRECTORY_CHECK_INTERNAL_H

#include "lib/base/arena.h"
#include "lib/store/directory_internal.h"

struct check {
	struct directory *directory;
	void (*on_line)(const char *line, void *context);
	void *context;
	struct arena arena;
	bool failed;
	bool is_worker; /* else the provisioning identity */
	bool has_policy, has_exop, has_assertion;
	const char *subschema;
	const char *suffix; /* the naming context of the base */
	const char *person; /* DN of somebody to ask about, or NULL */
	bool min_length;    /* a policy demands more than one character */
};

/* verdict is "ok", "warn" or "fail". */
void check_say(struct check *check, const char *verdict, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void check_say_err(
    struct check *check, const char *verdict, const struct err *err);

struct look {
	const char *base;
	int scope;
	const char *filter;
	const char *const *attributes;
	size_t max;
	const char *verdict; /* when it cannot be read at all: warn or fail */
};

/* The entries found (in the arena), 0 when there is none; -1 said why. */
int check_look(struct check *check, const struct look *look,
    const struct directory_entry **entries) MUST_CHECK;

void check_rights(struct check *check);
void check_password_policy(struct check *check);

#endif

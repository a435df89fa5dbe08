/* What the server has a name for. */
#include "lib/store/directory_internal.h"

#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"

enum { ATTRIBUTES_MAX = 8192 };

/* The first value of one attribute, or all of them, of one entry. */
static enum lookup
read_entry(struct directory *directory, const char *dn, const char *filter,
    const char *attribute, struct arena *arena, char ***values, struct err *err)
{
	const char *const attributes[] = {attribute, NULL};
	const struct directory_search search = {
	    .base = dn,
	    .scope = LDAP_SCOPE_BASE,
	    .filter = filter,
	    .attributes = attributes,
	};
	LDAPMessage *answer, *entry;
	int result;

	if (directory_search(directory, &search, &answer, &result, err) != 0)
		return LOOKUP_FAILED;
	entry = ldap_first_entry(directory->ld, answer);
	if (entry != NULL)
		*values = directory_values(
		    directory, entry, attribute, ATTRIBUTES_MAX, arena);
	ldap_msgfree(answer);
	return entry != NULL ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

/* "( 1.2.3 NAME 'a' …" or "… NAME ( 'a' 'b' ) …" (RFC 4512 section 4.1.2). */
static bool
is_named(const char *definition, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = strchr(definition, '\''); at != NULL;
	     at = strchr(at + 1, '\''))
		if (strncasecmp(at + 1, name, len) == 0 && at[1 + len] == '\'')
			return true;
	return false;
}

enum lookup
directory_knows(
    struct directory *directory, const char *attribute, struct err *err)
{
	struct arena arena = {0};
	char **values = NULL;
	enum lookup found;

	found = read_entry(directory, "", "(objectClass=*)",
	    "subschemaSubentry", &arena, &values, err);
	if (found == LOOKUP_FOUND && values[0] != NULL)
		found =
		    read_entry(directory, values[0], "(objectClass=subschema)",
			"attributeTypes", &arena, &values, err);
	if (found == LOOKUP_FOUND) {
		while (*values != NULL && !is_named(*values, attribute))
			values++;
		found = *values != NULL ? LOOKUP_FOUND : LOOKUP_ABSENT;
	}
	arena_reset(&arena);
	return found;
}

#include "lib/store/directory_internal.h"

int
directory_ping(struct directory *directory, struct err *err)
{
	static const char *const nothing[] = {LDAP_NO_ATTRS, NULL};
	const struct directory_search search = {
	    .base = directory->in.conf->base,
	    .scope = LDAP_SCOPE_BASE,
	    .filter = "(objectClass=*)",
	    .attributes = nothing,
	    .sizelimit = 1,
	};
	LDAPMessage *answer;
	int result;

	/* Whatever it says of the base: it answers. */
	if (directory_search(directory, &search, &answer, &result, err) != 0)
		return -1;
	ldap_msgfree(answer);
	return 0;
}

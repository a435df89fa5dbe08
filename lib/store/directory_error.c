/* What an LDAP result means to the rest of the house. */
#include "lib/store/directory_internal.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/text.h"

static enum err_kind
kind_of(int result)
{
	switch (result) {
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
	case LDAP_TIMELIMIT_EXCEEDED:
		return ERR_UNAVAILABLE;
	case LDAP_INSUFFICIENT_ACCESS:
		return ERR_DENIED;
	case LDAP_ALREADY_EXISTS:
	case LDAP_TYPE_OR_VALUE_EXISTS:
	case LDAP_NO_SUCH_ATTRIBUTE:
	case LDAP_NO_SUCH_OBJECT:
	case LDAP_ASSERTION_FAILED:
		return ERR_REFUSED;
	case LDAP_INVALID_CREDENTIALS:
	case LDAP_STRONG_AUTH_REQUIRED:
	case LDAP_CONFIDENTIALITY_REQUIRED:
	case LDAP_REFERRAL:
	case LDAP_UNDEFINED_TYPE:
	case LDAP_UNAVAILABLE_CRITICAL_EXTENSION:
		return ERR_CONFIG;
	case LDAP_NO_MEMORY:
	case LDAP_FILTER_ERROR:
	case LDAP_PARAM_ERROR:
	case LDAP_ENCODING_ERROR:
		return ERR_INTERNAL;
	default:
		/* Negative: libldap never had an answer it could read. */
		return result < 0 ? ERR_UNAVAILABLE : ERR_INTERNAL;
	}
}

/* The server's own words help with a wrong schema; only there do they name
 * nothing but attributes. */
static bool
is_about_schema(int result)
{
	return result >= LDAP_UNDEFINED_TYPE && result <= LDAP_INVALID_SYNTAX &&
	       result != LDAP_TYPE_OR_VALUE_EXISTS;
}

static const char *
advice(int result)
{
	switch (result) {
	case LDAP_INVALID_CREDENTIALS:
		return ": check bind_dn and bind_password_file";
	case LDAP_REFERRAL:
		return ": the first uri is a replica that cannot be written";
	default:
		return "";
	}
}

/* libldap calls every server it has no socket to "down". */
static const char *
words_of(const struct directory *directory, int result)
{
	return directory->no_socket[0] != '\0' ? directory->no_socket
					       : ldap_err2string(result);
}

int
directory_fail(struct directory *directory, int result, const char *what,
    const char *diagnostic, struct err *err)
{
	bool tell = diagnostic != NULL && diagnostic[0] != '\0' &&
		    (is_about_schema(result) ||
			result == LDAP_OBJECT_CLASS_VIOLATION) &&
		    text_is_clean(diagnostic, strlen(diagnostic));

	(void)err_set(err, kind_of(result), "directory: %s: %s%s%s%s", what,
	    words_of(directory, result), advice(result), tell ? ": " : "",
	    tell ? diagnostic : "");
	if (err->kind != ERR_REFUSED)
		meter_fail(&directory->in.meter);
	if (result < 0 || result == LDAP_UNAVAILABLE)
		directory_drop(directory);
	return -1;
}

#include "lib/people/password_faults.h"

#include <string.h>

#include "lib/base/text.h"

/* Numbers of draft-behera-ldap-password-policy, section 6.2. */
const char *
password_policy_key(int policy_error)
{
	switch (policy_error) {
	case 5:
		return "error.policy.quality";
	case 6:
		return "error.policy.short";
	case 7:
		return "error.policy.young";
	case 8:
		return "error.policy.history";
	case 9:
		return "error.policy.long";
	default:
		return "error.policy.denied";
	}
}

const char *
password_fault_key(enum password_fault fault)
{
	switch (fault) {
	case PASSWORD_SHORT:
		return "error.password.short";
	case PASSWORD_LONG:
		return "error.password.long";
	case PASSWORD_CONTROL:
		return "error.password.control";
	case PASSWORD_SIMPLE:
		return "error.password.simple";
	case PASSWORD_COMMON:
		return "error.password.common";
	case PASSWORD_PERSONAL:
		return "error.password.personal";
	case PASSWORD_NUMBER:
		return "error.password.number";
	case PASSWORD_ENCODING:
		return "error.password.encoding";
	case PASSWORD_GUESSABLE:
	case PASSWORD_FINE: /* nobody asks why a good one was refused */
		break;
	}
	return "error.password.guessable";
}

unsigned
password_measure(const char *typed)
{
	size_t len = strlen(typed);

	if (len > PASSWORD_BYTES_MAX)
		return PASSWORD_LONG;
	if (len == 0)
		return PASSWORD_SHORT;
	return text_is_utf8(typed, len) ? PASSWORD_FINE : PASSWORD_ENCODING;
}

/*
 * May we? Asked without changing anything.
 *
 * OpenLDAP has no "get effective rights". So we ask for what cannot be done
 * and look at the refusal: to delete a value that no entry has needs the right
 * to write first ("insufficient access"), and fails after it ("no such
 * attribute"). Whether the password policy judges us is asked with a password
 * it must refuse, in a Modify that could not happen anyway: its critical
 * assertion is false (RFC 4528) and it deletes a value that is not there.
 */
#include "lib/store/directory_internal.h"

#include <string.h>

#include "lib/base/err.h"

/* What no entry of ours has, by syntax: another one would be refused before
 * the rights are looked at. */
#define NO_VALUE "rentree-check-no-such-value"
static const char *const no_value[] = {
    [PROBE_TEXT] = NO_VALUE,
    [PROBE_TIME] = "19000101000000Z", /* before any time */
    [PROBE_NUMBER] = "-1",
};

static enum probe
probe_of(int result)
{
	switch (result) {
	case LDAP_INSUFFICIENT_ACCESS:
		return PROBE_DENIED;
	case LDAP_UNDEFINED_TYPE:
		return PROBE_UNKNOWN_ATTRIBUTE;
	case LDAP_COMPARE_TRUE:
	case LDAP_COMPARE_FALSE:
	case LDAP_NO_SUCH_ATTRIBUTE:
	case LDAP_CONSTRAINT_VIOLATION:
	case LDAP_INAPPROPRIATE_MATCHING:
		return PROBE_ALLOWED;
	default:
		return PROBE_UNCLEAR;
	}
}

enum probe
directory_probe_read(struct directory *directory, const char *dn,
    const char *attribute, struct err *err)
{
	struct berval value = {
	    .bv_len = sizeof NO_VALUE - 1,
	    .bv_val = (char *)NO_VALUE,
	};
	struct directory_verdict verdict = {.policy = POLICY_NONE};
	LDAPMessage *answer = NULL;
	int id;

	if (directory_begin(directory, err) != 0)
		return PROBE_FAILED;
	verdict.result = ldap_compare_ext(
	    directory->ld, dn, attribute, &value, NULL, NULL, &id);
	if (verdict.result == LDAP_SUCCESS)
		verdict.result = directory_wait(directory, id, &answer);
	if (verdict.result == LDAP_SUCCESS)
		directory_verdict(directory, answer, &verdict);
	directory_end(directory);
	if (verdict.result < 0) {
		(void)directory_fail(
		    directory, verdict.result, "compare", NULL, err);
		return PROBE_FAILED;
	}
	return probe_of(verdict.result);
}

/* Modify entry dn in a way that never succeeds. */
static enum probe
try_in_vain(struct directory *directory, const struct directory_modify *modify,
    struct directory_verdict *verdict, struct err *err)
{
	if (directory_begin(directory, err) != 0)
		return PROBE_FAILED;
	directory_modify(directory, modify, verdict);
	directory_end(directory);
	if (verdict->result >= 0)
		return probe_of(verdict->result);
	(void)directory_fail(directory, verdict->result, "probe", NULL, err);
	return PROBE_FAILED;
}

static enum probe
probe_delete(struct directory *directory, const char *dn, const char *attribute,
    enum probe_syntax syntax, bool relax, struct err *err)
{
	const char *const values[] = {no_value[syntax], NULL};
	const struct change change = {
	    .verb = CHANGE_DELETE,
	    .attribute = attribute,
	    .values = values,
	};
	const struct directory_modify modify = {
	    .dn = dn,
	    .changes = &change,
	    .count = 1,
	    .relax = relax,
	};
	struct directory_verdict verdict;

	return try_in_vain(directory, &modify, &verdict, err);
}

enum probe
directory_probe_write(struct directory *directory, const char *dn,
    const char *attribute, enum probe_syntax syntax, struct err *err)
{
	return probe_delete(directory, dn, attribute, syntax, false, err);
}

enum probe
directory_probe_manage(struct directory *directory, const char *dn,
    const char *attribute, enum probe_syntax syntax, struct err *err)
{
	return probe_delete(directory, dn, attribute, syntax, true, err);
}

enum probe
directory_probe_policy(
    struct directory *directory, const char *dn, struct err *err)
{
	const char *const bad[] = {"x", NULL};
	const char *const absent[] = {NO_VALUE, NULL};
	const struct change changes[] = {
	    {CHANGE_REPLACE, "userPassword", bad},
	    {CHANGE_DELETE, "cn", absent},
	};
	const struct directory_modify modify = {
	    .dn = dn,
	    .changes = changes,
	    .count = COUNT_OF(changes),
	    .assertion = "(!(objectClass=*))",
	    .ask_policy = true,
	};
	struct directory_verdict verdict;
	enum probe got = try_in_vain(directory, &modify, &verdict, err);

	if (got == PROBE_FAILED)
		return got;
	return verdict.policy != POLICY_NONE ||
		       verdict.result == LDAP_CONSTRAINT_VIOLATION
		   ? PROBE_ALLOWED
		   : PROBE_DENIED;
}

enum lookup
directory_may_write(struct directory *directory, const char *dn,
    const char *attribute, struct err *err)
{
	switch (
	    directory_probe_write(directory, dn, attribute, PROBE_TEXT, err)) {
	case PROBE_ALLOWED:
		return LOOKUP_FOUND;
	case PROBE_DENIED:
		return LOOKUP_ABSENT;
	default:
		return LOOKUP_FAILED;
	}
}

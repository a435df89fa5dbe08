#include "lib/store/directory_check_internal.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/text.h"

/* --- rights -------------------------------------------------------------- */

static void
say_right(struct check *check, enum probe probe, const char *verb,
    const char *attribute, const struct err *err)
{
	switch (probe) {
	case PROBE_ALLOWED:
		check_say(check, "ok", "may %s %s", verb, attribute);
		break;
	case PROBE_DENIED:
		check_say(check, "fail",
		    "may not %s %s: see ldap-schema/acl.conf", verb, attribute);
		break;
	case PROBE_UNKNOWN_ATTRIBUTE:
		check_say(
		    check, "fail", "the server does not know %s", attribute);
		break;
	case PROBE_UNCLEAR:
		check_say(check, "warn", "cannot tell whether we may %s %s",
		    verb, attribute);
		break;
	case PROBE_FAILED:
		check_say_err(check, "fail", err);
		break;
	}
}

static void
check_reads(struct check *check, const struct conf_words *names)
{
	struct err err;
	enum probe got;
	size_t i;

	for (i = 0; i < names->count; i++) {
		got = directory_probe_read(
		    check->directory, check->person, names->list[i], &err);
		say_right(check, got, "read", names->list[i], &err);
	}
}

static void
check_writes(struct check *check)
{
	static const struct {
		const char *attribute;
		enum probe_syntax syntax;
		bool is_worker, is_provision;
	} table[] = {
	    {"userPassword", PROBE_TEXT, true, false},
	    {"rentreeProof", PROBE_TEXT, true, true},
	    {"rentreeCodeEnd", PROBE_TIME, true, true},
	    {"rentreeReissued", PROBE_TIME, true, true},
	    {"rentreeLetter", PROBE_TEXT, true, true},
	    {"rentreeLetterEnd", PROBE_TIME, true, true},
	    {"rentreeRecoveryMail", PROBE_TEXT, true, true},
	    {"rentreeMailRefused", PROBE_TEXT, true, true},
	    {"rentreeInvited", PROBE_TIME, true, true},
	    {"rentreeInvitations", PROBE_NUMBER, true, true},
	    {"rentreeActivated", PROBE_TIME, true, true},
	    {"rentreeCharter", PROBE_TEXT, true, true},
	    {"rentreeDisowned", PROBE_TIME, true, true},
	    {"rentreeState", PROBE_TEXT, false, true},
	    {"pwdEndTime", PROBE_TIME, false, true},
	    {"pwdAccountLockedTime", PROBE_TIME, true, true},
	};
	struct err err;
	enum probe got;
	size_t i;

	for (i = 0; i < COUNT_OF(table); i++) {
		if (check->is_worker ? !table[i].is_worker
				     : !table[i].is_provision)
			continue;
		/* That there is no overlay was said already. */
		if (!check->has_policy &&
		    text_has_prefix(table[i].attribute, "pwd"))
			continue;
		got = directory_probe_write(check->directory, check->person,
		    table[i].attribute, table[i].syntax, &err);
		say_right(check, got, "write", table[i].attribute, &err);
	}
}

/* An unlock works without, for a moment. */
static void
check_failures_right(struct check *check)
{
	struct err err;
	enum probe got;

	if (!check->has_policy)
		return;
	got = directory_probe_manage(check->directory, check->person,
	    "pwdFailureTime", PROBE_TIME, &err);
	if (got == PROBE_DENIED || got == PROBE_UNCLEAR)
		check_say(check, "warn",
		    "may not manage pwdFailureTime: after an unlock the next "
		    "wrong password locks again; see ldap-schema/acl.conf");
	else
		say_right(check, got, "manage", "pwdFailureTime", &err);
}

/* Write, and no more than write. */
static void
check_password_right(struct check *check)
{
	struct err err;

	if (directory_probe_read(check->directory, check->person,
		"userPassword", &err) == PROBE_ALLOWED)
		check_say(
		    check, "warn", "may compare userPassword: =w is enough");
	if (!check->has_policy || !check->has_assertion)
		return;
	switch (directory_probe_policy(check->directory, check->person, &err)) {
	case PROBE_ALLOWED:
		check_say(
		    check, "ok", "the password policy judges what we set");
		break;
	case PROBE_FAILED:
		check_say_err(check, "fail", &err);
		break;
	default:
		check_say(check, check->min_length ? "fail" : "warn",
		    "the password policy does not judge what we set: %s",
		    check->min_length ? "we have manage on userPassword (or "
					"are the rootdn), give =w"
				      : "no pwdMinLength that we can see, or "
					"we have manage on userPassword");
		break;
	}
}

void
check_rights(struct check *check)
{
	const struct attributes_conf *names = check->directory->in.attributes;

	check_reads(check, &names->proof);
	check_reads(check, &names->birth_date);
	check_reads(check, &names->recovery_mail);
	check_writes(check);
	check_failures_right(check);
	if (check->is_worker)
		check_password_right(check);
}

/* --- the password policy ------------------------------------------------- */

static bool
is_true(char *const *values)
{
	return values[0] != NULL && text_equal_nocase(values[0], "TRUE");
}

static void
check_policy_entry(struct check *check, const struct directory_entry *entry)
{
	char ***values = entry->values;
	const char *dn = entry->dn;
	long number = 0;

	if (is_true(values[0]))
		check_say(check, "fail",
		    "%s: pwdSafeModify is TRUE: nobody without the old "
		    "password can set a new one",
		    dn);
	if (values[1][0] != NULL && strcmp(values[1][0], "0") != 0)
		check_say(check, "warn",
		    "%s: pwdMinAge refuses a second change for that long", dn);
	if (!is_true(values[2]))
		check_say(check, "warn",
		    "%s: pwdLockout is not TRUE: the lock of a suspended "
		    "account is not looked at",
		    dn);
	if (values[3][0] != NULL &&
	    text_to_long(values[3][0], 2, 100000, &number))
		check->min_length = true;
	if (!is_true(values[0]))
		check_say(check, "ok", "password policy %s", dn);
}

static void
check_policies(struct check *check)
{
	const char *const attributes[] = {
	    "pwdSafeModify", "pwdMinAge", "pwdLockout", "pwdMinLength", NULL};
	const struct look policies = {check->suffix, LDAP_SCOPE_SUBTREE,
	    "(&(objectClass=pwdPolicy)(!(cn=rentree-decoy)))", attributes, 16,
	    "warn"};
	const struct directory_entry *entries;
	int i, count;

	if (!check->has_policy) {
		check_say(check, "warn",
		    "no password policy overlay: load ppolicy, see "
		    "ldap-schema/README.md");
		return;
	}
	count = check_look(check, &policies, &entries);
	if (count == 0)
		check_say(check, "warn",
		    "no password policy entry that may be read below %s",
		    check->suffix);
	for (i = 0; i < count; i++)
		check_policy_entry(check, &entries[i]);
}

static void
check_method(struct check *check)
{
	bool modify = check->directory->in.conf->password_method == 1;

	if (!modify && !check->has_exop)
		check_say(check, "fail",
		    "password_method = exop, but the server lacks RFC 3062");
	else if (modify && (!check->has_assertion || !check->has_policy))
		check_say(check, "fail",
		    "password_method = modify_assert needs the assertion "
		    "control (RFC 4528) and the password policy overlay");
	else if (modify)
		check_say(check, "warn",
		    "password_method = modify_assert: an account that is "
		    "suspended meanwhile stays so; ppolicy_hash_cleartext "
		    "must be set, which cannot be seen from here");
	else
		check_say(check, "ok",
		    "password_method = exop: the server hashes; it cannot "
		    "carry an assertion, so state is read again afterwards "
		    "and a lost lock put back");
}

void
check_password_policy(struct check *check)
{
	check_policies(check);
	check_method(check);
}

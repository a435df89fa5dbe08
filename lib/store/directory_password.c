#include "lib/store/directory_internal.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/resolve.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"

/* --- what the server said ------------------------------------------------ */

static enum policy_error
policy_of(LDAP *ld, LDAPControl **controls)
{
	LDAPControl *control = ldap_control_find(
	    LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
	LDAPPasswordPolicyError error = PP_noError;

	/* A response without a value is "nothing to say". */
	if (control == NULL ||
	    ldap_parse_passwordpolicy_control(
		ld, control, NULL, NULL, &error) != LDAP_SUCCESS ||
	    (int)error < POLICY_EXPIRED || (int)error > POLICY_TOO_LONG)
		return POLICY_NONE;
	return (enum policy_error)error;
}

void
directory_verdict(struct directory *directory, LDAPMessage *answer,
    struct directory_verdict *verdict)
{
	LDAPControl **controls = NULL;
	char *diagnostic = NULL;
	int rc, result;

	memset(verdict, 0, sizeof *verdict);
	rc = ldap_parse_result(directory->ld, answer, &result, NULL,
	    &diagnostic, NULL, &controls, 1);
	verdict->result = rc == LDAP_SUCCESS ? result : rc;
	verdict->unsure = rc != LDAP_SUCCESS;
	verdict->policy = policy_of(directory->ld, controls);
	if (diagnostic != NULL &&
	    !text_format(verdict->diagnostic, sizeof verdict->diagnostic, "%s",
		diagnostic))
		verdict->diagnostic[0] = '\0';
	ldap_memfree(diagnostic);
	if (controls != NULL)
		ldap_controls_free(controls);
}

static enum password_end
end_of(struct directory *directory, const struct directory_verdict *verdict,
    struct err *err)
{
	if (verdict->result == LDAP_SUCCESS)
		return PASSWORD_SET;
	(void)directory_fail(
	    directory, verdict->result, "password", verdict->diagnostic, err);
	if (verdict->unsure)
		return PASSWORD_UNSURE;
	if (verdict->result == LDAP_ASSERTION_FAILED)
		return PASSWORD_CHANGED_MEANWHILE;
	if (verdict->policy != POLICY_NONE ||
	    verdict->result == LDAP_CONSTRAINT_VIOLATION)
		return PASSWORD_REFUSED;
	return PASSWORD_FAILED;
}

/* --- the two methods ----------------------------------------------------- */

/* RFC 3062. The asynchronous call, because the one that waits loses the
 * response control. */
static void
set_by_exop(struct directory *directory, const char *dn, const char *password,
    struct directory_verdict *verdict)
{
	struct berval who = {.bv_len = strlen(dn), .bv_val = (char *)dn};
	struct berval what = {
	    .bv_len = strlen(password),
	    .bv_val = (char *)password,
	};
	LDAPControl *controls[] = {NULL, NULL};
	LDAPMessage *answer = NULL;
	int rc, id;

	memset(verdict, 0, sizeof *verdict);
	verdict->policy = POLICY_NONE;
	rc = ldap_create_passwordpolicy_control(directory->ld, &controls[0]);
	if (rc == LDAP_SUCCESS)
		rc = ldap_passwd(
		    directory->ld, &who, NULL, &what, controls, NULL, &id);
	if (controls[0] != NULL)
		ldap_control_free(controls[0]);
	if (rc == LDAP_SUCCESS) {
		rc = directory_wait(directory, id, &answer);
		verdict->unsure = rc != LDAP_SUCCESS;
	}
	verdict->result = rc;
	if (rc == LDAP_SUCCESS)
		directory_verdict(directory, answer, verdict);
}

/* The account is as we saw it, and not closed since. */
static char *
unchanged(const struct directory *directory, const struct person *person,
    struct arena *arena)
{
	const struct conf_words *states = &directory->in.attributes->state;
	char now[CLOCK_GENERALIZED], *text;
	struct buf out;
	size_t i;

	clock_generalized(clock_now_ms(), now);
	buf_init(&out, DIRECTORY_FILTER_MAX);
	buf_addf(&out,
	    "(&(!(pwdAccountLockedTime=" DIRECTORY_ADMIN_LOCK
	    "))(!(pwdEndTime<=%s))",
	    now);
	if (person->pwd_changed[0] == '\0')
		buf_add_text(&out, "(!(pwdChangedTime=*))");
	else
		buf_add_text(&out, directory_equals(arena, "pwdChangedTime",
				       person->pwd_changed));
	if (person->facts.state != NULL && person->facts.state[0] != '\0') {
		buf_add_text(&out, "(|");
		for (i = 0; i < states->count; i++)
			buf_add_text(
			    &out, directory_equals(arena, states->list[i],
				      person->facts.state));
		buf_add_char(&out, ')');
	}
	buf_add_char(&out, ')');
	text = buf_ok(&out) ? arena_dup(arena, buf_text(&out)) : NULL;
	buf_free(&out);
	return text;
}

static void
set_by_modify(struct directory *directory, const struct person *person,
    const char *password, struct directory_verdict *verdict)
{
	const char *const values[] = {password, NULL};
	const struct change change = {
	    .verb = CHANGE_REPLACE,
	    .attribute = "userPassword",
	    .values = values,
	};
	struct directory_modify modify = {
	    .dn = person->dn,
	    .changes = &change,
	    .count = 1,
	    .ask_policy = true,
	};
	struct arena arena;

	arena_init(&arena);
	modify.assertion = unchanged(directory, person, &arena);
	if (modify.assertion != NULL)
		directory_modify(directory, &modify, verdict);
	else
		*verdict = (struct directory_verdict){
		    .result = LDAP_FILTER_ERROR,
		    .policy = POLICY_NONE,
		};
	arena_reset(&arena);
}

/* Not ours to set (acl.conf: who works at the desk): trying again helps nobody,
 * so it is an answer and no outage. */
static void
note_denied(struct directory_verdict *verdict)
{
	log_event(LOG_LEVEL_WARN, "directory.password-denied", "reason",
	    verdict->diagnostic, NULL);
	verdict->policy = POLICY_MOD_NOT_ALLOWED;
}

enum password_end
directory_set_password(struct directory *directory, const struct person *person,
    const char *password, enum policy_error *policy, struct err *err)
{
	struct directory_verdict verdict;

	*policy = POLICY_NONE;
	/* An empty new password asks the server to make one up. */
	if (password[0] == '\0') {
		(void)err_set(err, ERR_INTERNAL, "directory: password: empty");
		return PASSWORD_FAILED;
	}
	FAULT_POINT("directory.about-to-set");
	if (directory_begin(directory, err) != 0)
		return PASSWORD_FAILED;
	if (directory->in.conf->password_method == 1)
		set_by_modify(directory, person, password, &verdict);
	else
		set_by_exop(directory, person->dn, password, &verdict);
	FAULT_POINT("directory.password-set");
	directory_end(directory);
	if (verdict.result == LDAP_INSUFFICIENT_ACCESS)
		note_denied(&verdict);
	*policy = verdict.policy;
	return end_of(directory, &verdict, err);
}

/* --- trying one ---------------------------------------------------------- */

static enum lookup
bind_as(struct directory *own, struct err *err)
{
	if (directory_begin(own, err) == 0) {
		directory_end(own);
		return LOOKUP_FOUND;
	}
	switch (own->connect_result) {
	case LDAP_INVALID_CREDENTIALS:
	case LDAP_INAPPROPRIATE_AUTH:
	case LDAP_NO_SUCH_OBJECT:
		return LOOKUP_ABSENT;
	default:
		return LOOKUP_FAILED;
	}
}

enum lookup
directory_try_password(struct directory *directory, const char *dn,
    const char *password, struct err *err)
{
	struct secret typed = {
	    .bytes = (unsigned char *)password,
	    .len = strlen(password),
	};
	struct directory_input input = directory->in;
	struct directory *own;
	enum lookup got;

	/* A bind with a name and no password succeeds as nobody (RFC 4513
	 * section 5.1.2). */
	if (password[0] == '\0' || dn[0] == '\0')
		return LOOKUP_ABSENT;
	input.bind_dn = dn;
	input.password = &typed;
	own = directory_new(&input);
	own->broken_until_ms = directory->broken_until_ms;
	/* Lent: a slow name is looked up once a thread. */
	resolve_free(own->resolve);
	own->resolve = directory->resolve;
	got = bind_as(own, err);
	if (got == LOOKUP_FAILED)
		directory->broken_until_ms = own->broken_until_ms;
	own->resolve = NULL;
	directory_free(own);
	return got;
}

const char *
directory_decoy_dn(const struct directory *directory, struct arena *arena)
{
	const char *at = directory->in.conf->bind_dn;

	while (*at != '\0' && *at != ',')
		at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
	return arena_printf(arena, "%s%s", DIRECTORY_DECOY, at);
}

enum lookup
directory_has_decoy(struct directory *directory, struct err *err)
{
	struct arena arena = {0};
	enum lookup there =
	    directory_holds(directory, directory_decoy_dn(directory, &arena),
		"objectClass", "simpleSecurityObject", err);

	arena_reset(&arena);
	return there;
}

int
directory_try_decoy(
    struct directory *directory, const char *password, struct err *err)
{
	struct arena arena = {0};
	enum lookup got = directory_try_password(
	    directory, directory_decoy_dn(directory, &arena), password, err);

	arena_reset(&arena);
	return got == LOOKUP_FAILED ? -1 : 0;
}

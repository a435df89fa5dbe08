#include "lib/store/directory_internal.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/text.h"
#include "lib/people/state.h"

/* --- one Modify ---------------------------------------------------------- */

static bool
has_values(const struct change *change)
{
	return change->values != NULL && change->values[0] != NULL;
}

/* Adding nothing is no change. */
LDAPMod **
directory_mods(const struct change *changes, size_t count, struct arena *arena)
{
	LDAPMod **mods = arena_array(arena, count + 1, sizeof *mods);
	const struct change *change;
	size_t i, n = 0;
	LDAPMod *mod;

	for (i = 0; i < count; i++) {
		change = &changes[i];
		if (change->verb == CHANGE_ADD && !has_values(change))
			continue;
		mod = arena_alloc(arena, sizeof *mod);
		/* Deleting all of it: REPLACE does not mind when there is
		 * nothing to delete. */
		mod->mod_op =
		    change->verb == CHANGE_ADD ? LDAP_MOD_ADD
		    : change->verb == CHANGE_DELETE && has_values(change)
			? LDAP_MOD_DELETE
			: LDAP_MOD_REPLACE;
		mod->mod_type = (char *)change->attribute;
		if (has_values(change))
			mod->mod_values = (char **)change->values;
		mods[n++] = mod;
	}
	return mods;
}

enum { CONTROLS = 4 };

/* The controls of a Modify, NULL-terminated; false: libldap refused one. */
static bool
make_controls(LDAP *ld, const struct directory_modify *modify,
    LDAPControl *controls[CONTROLS])
{
	size_t n = 0;

	memset(controls, 0, CONTROLS * sizeof controls[0]);
	if (modify->assertion != NULL &&
	    ldap_create_assertion_control(ld, (char *)modify->assertion, 1,
		&controls[n++]) != LDAP_SUCCESS)
		return false;
	if (modify->relax && ldap_control_create(LDAP_CONTROL_RELAX, 1, NULL, 0,
				 &controls[n++]) != LDAP_SUCCESS)
		return false;
	return !modify->ask_policy || ldap_create_passwordpolicy_control(
					  ld, &controls[n++]) == LDAP_SUCCESS;
}

static void
free_controls(LDAPControl *controls[CONTROLS])
{
	size_t i;

	for (i = 0; i < CONTROLS; i++)
		if (controls[i] != NULL)
			ldap_control_free(controls[i]);
}

int
directory_send_modify(
    struct directory *directory, const struct directory_modify *modify, int *id)
{
	LDAPControl *controls[CONTROLS];
	int result = LDAP_FILTER_ERROR;
	struct arena arena;

	arena_init(&arena);
	if (make_controls(directory->ld, modify, controls))
		result = ldap_modify_ext(directory->ld, modify->dn,
		    directory_mods(modify->changes, modify->count, &arena),
		    controls, NULL, id);
	free_controls(controls);
	arena_reset(&arena);
	return result;
}

void
directory_modify(struct directory *directory,
    const struct directory_modify *modify, struct directory_verdict *verdict)
{
	LDAPMessage *answer = NULL;
	int rc, id;

	memset(verdict, 0, sizeof *verdict);
	verdict->policy = POLICY_NONE;
	rc = directory_send_modify(directory, modify, &id);
	if (rc == LDAP_SUCCESS) {
		rc = directory_wait(directory, id, &answer);
		verdict->unsure = rc != LDAP_SUCCESS;
	}
	verdict->result = rc;
	if (rc == LDAP_SUCCESS)
		directory_verdict(directory, answer, verdict);
}

/* --- changing an entry --------------------------------------------------- */

static enum lookup
lookup_of(struct directory *directory, const struct directory_verdict *verdict,
    const char *what, struct err *err)
{
	if (verdict->result == LDAP_SUCCESS)
		return LOOKUP_FOUND;
	(void)directory_fail(
	    directory, verdict->result, what, verdict->diagnostic, err);
	return verdict->result == LDAP_NO_SUCH_OBJECT ? LOOKUP_ABSENT
						      : LOOKUP_FAILED;
}

enum lookup
directory_change(struct directory *directory, const char *dn,
    const struct change *changes, size_t count, const char *assertion,
    struct err *err)
{
	const struct directory_modify modify = {
	    .dn = dn,
	    .changes = changes,
	    .count = count,
	    .assertion = assertion,
	};
	struct directory_verdict verdict;

	if (directory_begin(directory, err) != 0)
		return LOOKUP_FAILED;
	directory_modify(directory, &modify, &verdict);
	FAULT_POINT("directory.changed");
	directory_end(directory);
	return lookup_of(directory, &verdict, "change", err);
}

/* The server has no such attribute, keeps it to itself, or from us. */
static bool
is_withheld(int result)
{
	return result == LDAP_INSUFFICIENT_ACCESS ||
	       result == LDAP_CONSTRAINT_VIOLATION ||
	       result == LDAP_UNDEFINED_TYPE ||
	       result == LDAP_UNAVAILABLE_CRITICAL_EXTENSION;
}

enum lookup
directory_unlock(struct directory *directory, const char *dn,
    const char *assertion, struct err *err)
{
	static const struct change changes[] = {
	    {CHANGE_REPLACE, "pwdAccountLockedTime", NULL},
	    {CHANGE_REPLACE, "pwdFailureTime", NULL}};
	struct directory_modify modify = {.dn = dn,
	    .changes = changes,
	    .count = COUNT_OF(changes),
	    .assertion = assertion,
	    .relax = true};
	struct directory_verdict verdict;

	if (directory_begin(directory, err) != 0)
		return LOOKUP_FAILED;
	directory_modify(directory, &modify, &verdict);
	if (is_withheld(verdict.result)) {
		modify.count = 1;
		modify.relax = false;
		directory_modify(directory, &modify, &verdict);
	}
	FAULT_POINT("directory.unlocked");
	directory_end(directory);
	return lookup_of(directory, &verdict, "unlock", err);
}

enum lookup
directory_add(struct directory *directory, const char *dn,
    const struct change *attributes, size_t count, struct err *err)
{
	struct directory_verdict verdict = {.policy = POLICY_NONE};
	LDAPMessage *answer = NULL;
	struct arena arena;
	int id;

	if (directory_begin(directory, err) != 0)
		return LOOKUP_FAILED;
	arena_init(&arena);
	verdict.result = ldap_add_ext(directory->ld, dn,
	    directory_mods(attributes, count, &arena), NULL, NULL, &id);
	arena_reset(&arena);
	if (verdict.result == LDAP_SUCCESS)
		verdict.result = directory_wait(directory, id, &answer);
	if (verdict.result == LDAP_SUCCESS)
		directory_verdict(directory, answer, &verdict);
	directory_end(directory);
	switch (verdict.result) {
	case LDAP_ALREADY_EXISTS:
		(void)lookup_of(directory, &verdict, "add", err);
		return LOOKUP_ABSENT;
	case LDAP_NO_SUCH_OBJECT:
		(void)err_set(err, ERR_CONFIG,
		    "directory: add: the entry above does not exist");
		return LOOKUP_FAILED;
	default:
		return lookup_of(directory, &verdict, "add", err);
	}
}

char *
directory_dn(struct arena *arena, const char *attribute, const char *value,
    const char *base)
{
	LDAPAVA ava = {
	    .la_attr = {strlen(attribute), (char *)attribute},
	    .la_value = {strlen(value), (char *)value},
	    .la_flags = LDAP_AVA_STRING,
	};
	LDAPAVA *rdn[] = {&ava, NULL};
	char *text = NULL, *dn;

	if (ldap_rdn2str(rdn, &text, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
		return NULL;
	dn = arena_printf(arena, "%s,%s", text, base);
	ldap_memfree(text);
	return dn;
}

char **
directory_rdn_values(struct arena *arena, const char *dn, const char *attribute)
{
	LDAPDN parts = NULL;
	char **values;
	size_t count = 0, found = 0;

	if (ldap_str2dn(dn, &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
		parts = NULL;
	while (parts != NULL && parts[0] != NULL && parts[0][count] != NULL)
		count++;
	values = arena_array(arena, count + 1, sizeof *values);
	for (size_t i = 0; i < count; i++) {
		const LDAPAVA *one = parts[0][i];
		const char *name = arena_dup_n(
		    arena, one->la_attr.bv_val, one->la_attr.bv_len);

		if (text_equal_nocase(name, attribute))
			values[found++] = arena_dup_n(
			    arena, one->la_value.bv_val, one->la_value.bv_len);
	}
	ldap_dnfree(parts);
	return values;
}

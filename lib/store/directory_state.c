/*
 * Suspended means suspended. A password change takes the directory's lock
 * away, whoever makes it and even when the lock came after our look; the state
 * and pwdEndTime stay. So all three are written together.
 */
#include "lib/store/directory_internal.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

#define SUSPENDED "S:SupannVerrouAdministratif"
#define ACTIVE "A:SupannActif"

enum { CHANGES_MAX = 5 };

struct state_change {
	struct arena arena;
	struct change list[CHANGES_MAX];
	size_t count;
};

static void
change_to(struct state_change *change, enum change_verb verb,
    const char *attribute, const char *value)
{
	const char **values = NULL;

	if (value != NULL) {
		values = arena_array(&change->arena, 2, sizeof *values);
		values[0] = value;
	}
	change->list[change->count++] = (struct change){
	    .verb = verb,
	    .attribute = attribute,
	    .values = values,
	};
}

/* What the password policy overlay brings with it. False: nothing else would
 * be left. */
static bool
leave_policy_out(struct state_change *change)
{
	size_t kept = 0;

	for (size_t i = 0; i < change->count; i++)
		if (!text_has_prefix(change->list[i].attribute, "pwd"))
			change->list[kept++] = change->list[i];
	if (kept == 0 || kept == change->count)
		return false;
	change->count = kept;
	log_event(LOG_LEVEL_WARN, "directory.no-password-policy", "reason",
	    "the state alone is written: the directory itself has no lock",
	    NULL);
	return true;
}

/*
 * One Modify, as plain as the server lets us: an entry that is no
 * rentreeAccount yet becomes one, a server that calls the lock "no user
 * modification" (as the draft has it; OpenLDAP no longer does: ITS#9671) wants
 * the Relax control, and one without a password policy knows no lock at all.
 */
static enum lookup
apply(struct directory *directory, const char *dn, struct state_change *change,
    struct err *err)
{
	struct directory_modify modify = {
	    .dn = dn,
	    .changes = change->list,
	};
	struct directory_verdict verdict;
	bool classed = false;

	for (;;) {
		modify.count = change->count;
		directory_modify(directory, &modify, &verdict);
		if (verdict.result == LDAP_OBJECT_CLASS_VIOLATION && !classed) {
			change_to(change, CHANGE_ADD, "objectClass",
			    "rentreeAccount");
			classed = true;
		} else if (verdict.result == LDAP_CONSTRAINT_VIOLATION &&
			   !modify.relax) {
			modify.relax = true;
		} else if (verdict.result != LDAP_UNDEFINED_TYPE ||
			   !leave_policy_out(change)) {
			break;
		}
	}
	if (verdict.result == LDAP_SUCCESS)
		return LOOKUP_FOUND;
	(void)directory_fail(
	    directory, verdict.result, "state", verdict.diagnostic, err);
	return verdict.result == LDAP_NO_SUCH_OBJECT ? LOOKUP_ABSENT
						     : LOOKUP_FAILED;
}

/* What entry dn has in attribute, in the arena of change. */
static enum lookup
read_values(struct directory *directory, const char *dn, const char *attribute,
    struct state_change *change, char ***values, struct err *err)
{
	const char *const attributes[] = {attribute, NULL};
	const struct directory_search search = {
	    .base = dn,
	    .scope = LDAP_SCOPE_BASE,
	    .filter = "(objectClass=*)",
	    .attributes = attributes,
	};
	LDAPMessage *answer, *entry;
	int result;

	if (directory_search(directory, &search, &answer, &result, err) != 0)
		return LOOKUP_FAILED;
	entry = ldap_first_entry(directory->ld, answer);
	if (entry != NULL)
		*values = directory_values(directory, entry, attribute,
		    DIRECTORY_VALUES_MAX, &change->arena);
	ldap_msgfree(answer);
	return entry != NULL ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

/* SupAnn keeps the states of all resources in one attribute: the account's is
 * exchanged, the others stay. */
static enum lookup
change_supann(struct directory *directory, const char *dn,
    const char *attribute, const char *state, struct state_change *change,
    struct err *err)
{
	const char **next;
	enum lookup got;
	char **values;
	size_t i, n = 0;

	got = read_values(directory, dn, attribute, change, &values, err);
	if (got != LOOKUP_FOUND)
		return got;
	next =
	    arena_array(&change->arena, DIRECTORY_VALUES_MAX + 2, sizeof *next);
	for (i = 0; values[i] != NULL; i++)
		if (values[i][0] == '{' &&
		    strncasecmp(values[i], "{COMPTE}", 8) != 0)
			next[n++] = values[i];
	next[n] = arena_printf(&change->arena, "{COMPTE}%s", state);
	change->list[change->count++] = (struct change){
	    .verb = CHANGE_REPLACE,
	    .attribute = attribute,
	    .values = next,
	};
	return LOOKUP_FOUND;
}

static enum lookup
change_state(struct directory *directory, const char *dn, const char *state,
    struct state_change *change, struct err *err)
{
	const struct conf_words *names = &directory->in.attributes->state;
	const char *attribute =
	    names->count > 0 ? names->list[0] : "rentreeState";

	if (!text_equal_nocase(attribute, "rentreeState"))
		return change_supann(
		    directory, dn, attribute, state, change, err);
	change_to(change, CHANGE_REPLACE, attribute, state);
	return LOOKUP_FOUND;
}

static enum lookup
set_state(struct directory *directory, const char *dn, const char *state,
    const char *end, const char *lock, struct err *err)
{
	struct state_change change = {.count = 0};
	enum lookup got;

	arena_init(&change.arena);
	got = change_state(directory, dn, state, &change, err);
	if (got == LOOKUP_FOUND && directory_begin(directory, err) != 0)
		got = LOOKUP_FAILED;
	if (got == LOOKUP_FOUND) {
		change_to(&change, CHANGE_REPLACE, "pwdEndTime", end);
		change_to(
		    &change, CHANGE_REPLACE, "pwdAccountLockedTime", lock);
		got = apply(directory, dn, &change, err);
		directory_end(directory);
	}
	arena_reset(&change.arena);
	return got;
}

enum lookup
directory_suspend(struct directory *directory, const char *dn, int64_t now_ms,
    struct err *err)
{
	char end[CLOCK_GENERALIZED];

	clock_generalized(now_ms, end);
	return set_state(
	    directory, dn, SUSPENDED, end, DIRECTORY_ADMIN_LOCK, err);
}

enum lookup
directory_resume(struct directory *directory, const char *dn, struct err *err)
{
	return set_state(directory, dn, ACTIVE, NULL, NULL, err);
}

enum lookup
directory_lock(struct directory *directory, const char *dn, struct err *err)
{
	struct state_change change = {.count = 0};
	enum lookup got = LOOKUP_FAILED;

	arena_init(&change.arena);
	if (directory_begin(directory, err) == 0) {
		change_to(&change, CHANGE_REPLACE, "pwdAccountLockedTime",
		    DIRECTORY_ADMIN_LOCK);
		got = apply(directory, dn, &change, err);
		FAULT_POINT("directory.locked");
		directory_end(directory);
	}
	arena_reset(&change.arena);
	return got;
}

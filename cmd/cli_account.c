#include "cmd/cli_account.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/store/audit.h"
#include "lib/store/directory.h"

/* --- finding, and what it leaves behind ----------------------------------- */

int
cli_account_note(struct cli *cli, const char *event,
    const struct person *person, const char *reason, struct err *err)
{
	const char *typed = cli->words[0];
	struct audit_entry entry = {
	    .event = event, .actor = cli_actor(cli), .reason = reason};
	char subject[17];

	if (person != NULL) {
		entry.login = person->login;
		entry.uuid = person->uuid;
	} else {
		audit_pseudonym(cli->audit, typed, strlen(typed), subject);
		entry.subject = subject;
	}
	return audit_write(cli->audit, &entry, err);
}

int
cli_account_open(
    struct cli *cli, const char *event, struct person *person, struct err *err)
{
	/* The audit first: what cannot be written down is not done. */
	if (cli_audit(cli, err) != 0 || cli_directory(cli, err) != 0)
		return -1;
	switch (directory_find_login(
	    cli->directory, cli->words[0], &cli->arena, person, err)) {
	case LOOKUP_FOUND:
		return 0;
	case LOOKUP_ABSENT:
		if (cli_account_note(cli, event, NULL, "unknown", err) != 0)
			return -1;
		return err_set(err, ERR_INPUT,
		    "%s: no account has that login; rentree account find looks "
		    "for names and addresses, too",
		    cli_clean(cli, cli->words[0]));
	default:
		return -1;
	}
}

/* --- the lock ------------------------------------------------------------- */

struct lock {
	struct cli *cli;
	const char *dn, *value;
};

static int
on_entry(const struct directory_entry *entry, void *context, struct err *err)
{
	struct lock *lock = context;

	(void)err;
	/* Nothing should hang below a person, but a tree may hold anything. */
	if (strcmp(entry->dn, lock->dn) == 0 && entry->values[0][0] != NULL)
		lock->value = arena_dup(&lock->cli->arena, entry->values[0][0]);
	return 0;
}

int
cli_account_lock(struct cli *cli, const struct person *person,
    const char **value, struct err *err)
{
	static const char *const attributes[] = {"pwdAccountLockedTime", NULL};
	struct lock lock = {cli, person->dn, NULL};

	if (directory_sweep(cli->directory, person->dn, "(objectClass=*)",
		attributes, on_entry, &lock, err) != 0)
		return -1;
	*value = lock.value;
	return 0;
}

#include "cmd/cli_check.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/store/directory.h"

struct membership {
	struct arena *arena;
	const char *base;  /* of the people: a member may be a group */
	const char *first; /* of the members there; NULL = there is none */
};

static bool
is_below(const char *dn, const char *base)
{
	size_t len = strlen(dn), tail = strlen(base);

	return len > tail && text_equal_nocase(dn + len - tail, base);
}

static int
on_group(const struct directory_entry *entry, void *context, struct err *err)
{
	struct membership *group = context;

	(void)err;
	for (char **dn = entry->values[0]; *dn != NULL; dn++)
		if (group->first == NULL && is_below(*dn, group->base))
			group->first = arena_dup(group->arena, *dn);
	return 0;
}

/* A member is asked about; one will do, the rule is about all of them. */
static void
check_member(struct check_run *run, struct directory *worker, const char *key,
    const char *member)
{
	struct err err = {0};

	switch (directory_may_write(worker, member, "userPassword", &err)) {
	case LOOKUP_FOUND:
		cli_check_say(run, CHECK_WARN, "desk",
		    "the worker may write the password of %s, of [desk] %s: "
		    "put the group's name into ldap-schema/acl.conf",
		    member, key);
		break;
	case LOOKUP_ABSENT:
		cli_check_say(run, CHECK_OK, "desk",
		    "[desk] %s: their passwords are kept from the worker", key);
		break;
	case LOOKUP_FAILED:
		cli_check_say(run, CHECK_WARN, "desk",
		    "[desk] %s: cannot tell whether the worker may write their "
		    "passwords",
		    key);
		break;
	}
}

static void
check_group(struct check_run *run, struct directory *worker, const char *key,
    const char *dn)
{
	static const char *const attributes[] = {"member", NULL};
	struct membership group = {.arena = &run->cli->arena,
	    .base = run->cli->settings.directory.base};
	struct err err = {0};

	if (dn[0] == '\0')
		return;
	if (directory_sweep(worker, dn, "(objectClass=*)", attributes, on_group,
		&group, &err) != 0)
		cli_check_say(run, CHECK_WARN, "desk",
		    "[desk] %s: there is no such group, or the worker may not "
		    "see it",
		    key);
	else if (group.first == NULL)
		cli_check_say(run, CHECK_WARN, "desk",
		    "[desk] %s: nobody is in it directly, or its members are "
		    "not in the attribute member",
		    key);
	else
		check_member(run, worker, key, group.first);
}

void
cli_check_desk(struct check_run *run, struct directory *worker)
{
	const struct settings *s = &run->cli->settings;

	check_group(run, worker, "group", s->desk.group);
	check_group(run, worker, "protected_group", s->desk.protected_group);
}

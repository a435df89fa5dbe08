/* What `check` says of the hooks; silent where none is configured. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cli_check.h"
#include "lib/base/err.h"
#include "lib/base/resolve.h"
#include "lib/flow/hooks.h"
#include "lib/flow/memcached.h"

/* Whether the worker's user may run it, only that user can say. */
static void
check_program(struct check_run *run, const char *program)
{
	if (access(program, X_OK) == 0)
		cli_check_say(
		    run, CHECK_OK, "hooks", "%s can be executed", program);
	else
		cli_check_say(run, CHECK_FAIL, "hooks", "%s: %s", program,
		    strerror(errno));
}

/* Asked to delete a key that nobody has. */
static void
check_cache(struct check_run *run, const char *server)
{
	static const char *const nobody[] = {"rentree-check+attributes"};
	struct resolve *names = resolve_new();
	struct err err = {0};

	if (memcached_delete(
		names, server, nobody, 1, HOOKS_MEMCACHED_MS, &err) == 0)
		cli_check_say(
		    run, CHECK_OK, "hooks", "memcached %s answers", server);
	else
		cli_check_fail(run, "hooks", &err);
	resolve_free(names);
}

void
cli_check_hooks(struct check_run *run)
{
	const struct hooks_conf *hooks = &run->cli->settings.hooks;

	if (hooks->after_password_change[0] != '\0')
		check_program(run, hooks->after_password_change);
	for (size_t i = 0; i < hooks->sogo_memcached.count; i++)
		check_cache(run, hooks->sogo_memcached.list[i]);
}

#include "lib/flow/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/flow/flow_conf.h"
#include "lib/flow/hands.h"
#include "lib/flow/memcached.h"
#include "lib/people/person.h"

enum { WAIT_STEP_MS = 20 };

static const char *
event_line(struct hands *hands, const struct person *person)
{
	struct json *event = json_new_object();
	struct json *mails;
	const char *line;

	json_text(event, "event", "password-changed");
	json_text(event, "login", person->login);
	mails = json_add(event, "mails", json_new_array());
	for (char **mail = person->mails; *mail != NULL; mail++)
		json_add_text(mails, *mail);
	line = json_line(&hands->arena, event);
	json_free(event);
	return arena_printf(&hands->arena, "%s\n", line);
}

/* In a group of its own, so that what it started can be ended with it. */
static int
spawn(const char *program, int input, pid_t *pid)
{
	char *argv[] = {(char *)(uintptr_t)program, NULL};
	char *env[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	    (char *)"LANG=C.UTF-8", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	int rc;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE); /* we ignore it, it need not */
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_addopen(
	    &actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	/* Not every library marks its sockets close-on-exec. */
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
						  POSIX_SPAWN_SETSIGDEF |
						  POSIX_SPAWN_SETPGROUP);
	rc = posix_spawn(pid, program, &actions, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* The program gets its line on standard input, writes to our log, and finds an
 * environment with nothing of ours in it. */
static int
start(const char *program, const char *line, pid_t *pid, struct err *err)
{
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set(err, ERR_INTERNAL, "pipe: %s", strerror(errno));
	rc = spawn(program, ends[0], pid);
	/* Shorter than a pipe's buffer, so this cannot block; our own end of
	 * reading is still open, so a program that does not read is no error.
	 */
	if (rc == 0)
		(void)!write(ends[1], line, strlen(line));
	close(ends[0]);
	close(ends[1]);
	return rc == 0 ? 0
		       : err_set(err, ERR_INTERNAL, "%s: %s", program,
			     strerror(rc));
}

static int
wait_for(pid_t pid, const char *program, long timeout_ms, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + timeout_ms;
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_mono_ms() > end_ms) {
			kill(-pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return err_set(err, ERR_UNAVAILABLE,
			    "%s: killed after %ld ms", program, timeout_ms);
		}
		clock_sleep_ms(WAIT_STEP_MS);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(err, ERR_UNAVAILABLE, "%s: ended with %d",
		    program, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
}

int
hooks_run(
    const char *program, const char *line, long timeout_ms, struct err *err)
{
	pid_t pid;

	if (start(program, line, &pid, err) != 0)
		return -1;
	return wait_for(pid, program, timeout_ms, err);
}

static void
run_program(struct hands *hands, const struct person *person)
{
	const char *program = hands->shop->hooks->after_password_change;
	struct err err = {0};

	if (program[0] == '\0')
		return;
	if (hooks_run(program, event_line(hands, person), HOOKS_TIMEOUT_MS,
		&err) != 0)
		log_event(
		    LOG_LEVEL_ERROR, "hook.failed", "reason", err.text, NULL);
}

/* SOGo keys its cache by every name somebody may have typed. */
static void
forget_in_sogo(struct hands *hands, const struct person *person)
{
	const char *where = hands->shop->hooks->sogo_memcached;
	struct arena *arena = &hands->arena;
	const char *keys[MEMCACHED_KEYS_MAX];
	struct err err = {0};
	size_t count = 0;

	if (where[0] == '\0')
		return;
	keys[count++] = arena_printf(arena, "%s+attributes", person->login);
	for (char **mail = person->mails;
	     *mail != NULL && count < MEMCACHED_KEYS_MAX; mail++)
		keys[count++] = arena_printf(arena, "%s+attributes", *mail);
	if (memcached_delete(hands->names, where, keys, count,
		HOOKS_MEMCACHED_MS, &err) != 0)
		log_event(LOG_LEVEL_ERROR, "memcached.failed", "reason",
		    err.text, NULL);
}

void
hooks_after_change(struct hands *hands, const struct person *person)
{
	forget_in_sogo(hands, person);
	run_program(hands, person);
}

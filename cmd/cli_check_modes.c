/*
 * Who else could read a secret, or change what our programs believe or run:
 * the configuration, password files, keys, templates, the hook, the audit.
 * Looked at from outside, by name and mode; nothing is opened.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli_check.h"

/* What nobody but the owner (and, to read, the group) may do. */
enum guard {
	GUARD_SECRET, /* others read it, the group changes it */
	GUARD_OTHERS, /* the same, but several of ours write it */
	GUARD_WRITE,  /* others change it */
};

static const char *
complaint(enum guard guard, unsigned mode, bool is_folder)
{
	if (guard == GUARD_SECRET && (mode & (S_IRWXO | S_IWGRP)) != 0)
		return is_folder ? "others can look into it: chmod 0750"
				 : "others can read or change it: chmod 0400";
	if (guard == GUARD_OTHERS && (mode & S_IRWXO) != 0)
		return "others can read or change it: chmod o=";
	if (guard == GUARD_WRITE && (mode & (S_IWOTH | S_IWGRP)) != 0)
		return "others can change it: chmod go-w";
	return NULL;
}

/* A file that is not there, or may not be looked at, is another line's. */
static bool
is_weak(struct check_run *run, enum guard guard, const char *path)
{
	const char *wrong = NULL;
	struct stat st;

	if (path == NULL || path[0] != '/' || stat(path, &st) != 0)
		return false;
	/* Anybody may write into /tmp, and delete their own only. */
	if (guard == GUARD_WRITE && S_ISDIR(st.st_mode) &&
	    (st.st_mode & S_ISVTX) != 0)
		return false;
	wrong = complaint(guard, st.st_mode & 07777, S_ISDIR(st.st_mode));
	if (wrong != NULL)
		cli_check_say(run, CHECK_FAIL, "modes",
		    "%s has mode %04o, so %s %s", path,
		    (unsigned)(st.st_mode & 07777), wrong, path);
	else if (guard == GUARD_WRITE && st.st_uid != 0 &&
		 st.st_uid != geteuid())
		cli_check_say(run, CHECK_WARN, "modes",
		    "%s belongs to user %u, who can change it: chown root %s",
		    path, (unsigned)st.st_uid, path);
	return wrong != NULL;
}

static const char *
folder_of(struct check_run *run, const char *path)
{
	char *folder = arena_dup(&run->cli->arena, path);
	char *slash = strrchr(folder, '/');

	if (slash == NULL)
		return NULL;
	slash[slash == folder ? 1 : 0] = '\0';
	return folder;
}

/* Who may write into the folder replaces the file. */
static size_t
count_replaceable(struct check_run *run, const char *path)
{
	if (path == NULL || path[0] != '/')
		return 0;
	return (size_t)is_weak(run, GUARD_WRITE, path) +
	       (size_t)is_weak(run, GUARD_WRITE, folder_of(run, path));
}

static size_t
count_secrets(struct check_run *run)
{
	const struct settings *s = &run->cli->settings;
	const char *const paths[] = {s->redis.password_file,
	    s->redis.worker.password_file, s->redis.cli.password_file,
	    s->directory.bind_password_file, s->provision.bind_password_file,
	    s->mail.password_file};
	struct arena *arena = &run->cli->arena;
	size_t weak = is_weak(run, GUARD_OTHERS, s->audit.file);

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		weak += is_weak(run, GUARD_SECRET, paths[i]);
	weak += is_weak(
	    run, GUARD_SECRET, arena_printf(arena, "%s/web", s->keys.dir));
	weak += is_weak(
	    run, GUARD_SECRET, arena_printf(arena, "%s/worker", s->keys.dir));
	return weak;
}

static size_t
count_changeable(struct check_run *run)
{
	const struct settings *s = &run->cli->settings;
	const char *const paths[] = {run->cli->config, s->keys.dir,
	    s->site.templates, s->site.establishments, s->password.blocklist,
	    s->hooks.after_password_change};
	size_t weak = 0;

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		weak += count_replaceable(run, paths[i]);
	return weak;
}

void
cli_check_modes(struct check_run *run)
{
	if (count_secrets(run) + count_changeable(run) == 0)
		cli_check_say(run, CHECK_OK, "modes",
		    "no secret is open to others, and nobody else changes what "
		    "is read");
}

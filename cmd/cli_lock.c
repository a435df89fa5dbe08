#include "cmd/cli_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

enum { LINE_BYTES = 512, STARTED = 22, HOST_BYTES = 256 };

/* Of "1: FLOCK ADVISORY WRITE 1234 fd:01:5678 0 EOF" (proc(5)): who holds a
 * flock on inode; 0 = the line is about something else. */
static long
holder_in(struct cli *cli, const char *line, ino_t inode)
{
	size_t count;
	char **words = text_split(&cli->arena, line, " \n", &count);
	const char *colon;
	long pid, found;

	if (count < 6 || strcmp(words[1], "FLOCK") != 0)
		return 0;
	colon = strrchr(words[5], ':');
	if (colon == NULL || !text_to_long(words[4], 1, LONG_MAX, &pid) ||
	    !text_to_long(colon + 1, 0, LONG_MAX, &found) ||
	    (ino_t)found != inode)
		return 0;
	return pid;
}

/* 0 = not told. */
static long
holder_of(struct cli *cli, ino_t inode)
{
	FILE *locks = fopen("/proc/locks", "re");
	char line[LINE_BYTES];
	long holder = 0;

	while (locks != NULL && holder == 0 &&
	       fgets(line, sizeof line, locks) != NULL)
		holder = holder_in(cli, line, inode);
	if (locks != NULL)
		fclose(locks);
	return holder;
}

/* A small file, its NULs as spaces; "" when it cannot be read. */
static const char *
read_small(struct cli *cli, const char *path)
{
	FILE *file = fopen(path, "re");
	char text[LINE_BYTES] = "";
	size_t len = 0;

	if (file == NULL)
		return "";
	len = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return text_trim(&cli->arena, text);
}

static const char *
read_proc(struct cli *cli, long pid, const char *name)
{
	return read_small(
	    cli, arena_printf(&cli->arena, "/proc/%ld/%s", pid, name));
}

/* When it was started, as the wall clock says; 0 = not told. */
static int64_t
started_ms(struct cli *cli, long pid)
{
	const char *at = strrchr(read_proc(cli, pid, "stat"), ')');
	long ticks = 0, per_second = sysconf(_SC_CLK_TCK);
	double up = strtod(read_small(cli, "/proc/uptime"), NULL);

	/* Behind the name, which may hold anything, field 3 follows. */
	for (int field = 2; at != NULL && field < STARTED; field++)
		at = strchr(at + 1, ' ');
	if (at != NULL)
		ticks = strtol(at, NULL, 10);
	if (ticks <= 0 || per_second <= 0 || up <= 0)
		return 0;
	return clock_now_ms() -
	       (int64_t)((up - (double)ticks / (double)per_second) * 1000);
}

static const char *
user_of(struct cli *cli, long pid)
{
	struct stat status;
	const struct passwd *user;

	if (stat(arena_printf(&cli->arena, "/proc/%ld", pid), &status) != 0)
		return "somebody";
	user = getpwuid(status.st_uid);
	return user != NULL
		   ? arena_dup(&cli->arena, user->pw_name)
		   : arena_printf(&cli->arena, "user %ld", (long)status.st_uid);
}

static int
tell_holder(struct cli *cli, int fd, struct err *err)
{
	char host[HOST_BYTES] = "", since[CLOCK_ISO];
	struct stat status;
	const char *command;
	long pid = 0;

	(void)gethostname(host, sizeof host - 1);
	if (fstat(fd, &status) == 0)
		pid = holder_of(cli, status.st_ino);
	if (pid == 0)
		return err_set(err, ERR_TEMPORARY,
		    "another rentree provision is at work, not on %s: try "
		    "again when it is done",
		    host);
	command = read_proc(cli, pid, "cmdline");
	clock_iso(started_ms(cli, pid), since);
	return err_set(err, ERR_TEMPORARY,
	    "another rentree provision is at work: process %ld of %s on %s "
	    "since %s: %.100s: try again when it is done",
	    pid, user_of(cli, pid), host, since, command);
}

int
cli_lock(struct cli *cli, struct err *err)
{
	const char *folder = cli->settings.provision.state;
	const char *path =
	    arena_printf(&cli->arena, "%s/provision.lock", folder);
	int fd;

	(void)mkdir(folder, 0700);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0 && errno == EWOULDBLOCK)
		(void)tell_holder(cli, fd, err);
	else
		err_set(err, ERR_CONFIG,
		    "cannot lock %s ([provision] state): %s", path,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

#include "tests/support/redis.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/base.h"

enum { RUNNING_MAX = 4, TRIES = 500 };

/* For atexit(3). */
static struct redis *running[RUNNING_MAX];

static void die(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void
die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)fputs("redis for tests: ", stderr);
	(void)vfprintf(stderr, fmt, args);
	(void)fputc('\n', stderr);
	va_end(args);
	exit(99);
}

static int
free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		die("no port: %s", strerror(errno));
	(void)close(fd);
	return ntohs(address.sin_port);
}

static int
answers(const struct redis *redis)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char pong[8] = "";
	int ok;

	(void)snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s", redis->socket);
	ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	     write(fd, "PING\r\n", 6) == 6 && read(fd, pong, 5) == 5 &&
	     (strcmp(pong, "+PONG") == 0 || strcmp(pong, "-NOAU") == 0);
	(void)close(fd);
	return ok;
}

static void
run_sentinel(const struct redis *redis)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/conf", redis->folder);
	(void)execlp(
	    "redis-server", "redis-server", path, "--sentinel", (char *)NULL);
	_exit(127);
}

static void
run_server(const struct redis *redis)
{
	char port[16];
	const char *argv[32 + REDIS_MORE] = {"redis-server", "--port", port,
	    "--bind", "127.0.0.1", "--unixsocket", redis->socket, "--dir",
	    redis->folder, "--save", "", "--appendonly", "yes", "--appendfsync",
	    "always", "--maxmemory-policy", "noeviction", "--logfile", "log",
	    "--daemonize", "no"};
	size_t used = 0;

	(void)snprintf(port, sizeof(port), "%d", redis->port);
	while (argv[used] != NULL)
		used++;
	memcpy(argv + used, redis->more, sizeof(redis->more));
	/* The program's own argument list is not changed by it. */
	execvp(argv[0], (char *const *)(void *)argv);
	_exit(127);
}

void
redis_again(struct redis *redis)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	int tries;

	redis->pid = fork();
	if (redis->pid < 0)
		die("fork: %s", strerror(errno));
	if (redis->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (redis->is_sentinel)
			run_sentinel(redis);
		run_server(redis);
	}
	for (tries = 0; !answers(redis); tries++) {
		if (tries == TRIES || waitpid(redis->pid, NULL, WNOHANG) != 0)
			die("redis-server does not start, see %s/log",
			    redis->folder);
		(void)nanosleep(&pause, NULL);
	}
}

void
redis_halt(struct redis *redis)
{
	if (redis->pid <= 0)
		return;
	(void)kill(redis->pid, SIGKILL);
	(void)waitpid(redis->pid, NULL, 0);
	redis->pid = 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
redis_stop(struct redis *redis)
{
	redis_halt(redis);
	if (redis->folder[0] != '\0')
		(void)nftw(redis->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	redis->folder[0] = '\0';
	for (size_t i = 0; i < RUNNING_MAX; i++)
		if (running[i] == redis)
			running[i] = NULL;
}

static void
stop_at_exit(void)
{
	for (size_t i = 0; i < RUNNING_MAX; i++)
		if (running[i] != NULL)
			redis_stop(running[i]);
}

static void
remember(struct redis *redis)
{
	static bool is_set;
	size_t i = 0;

	if (!is_set)
		(void)atexit(stop_at_exit);
	is_set = true;
	while (running[i] != NULL)
		if (++i == RUNNING_MAX)
			die("more than %d servers at once", RUNNING_MAX);
	running[i] = redis;
}

static void
prepare(struct redis *redis)
{
	memset(redis, 0, sizeof(*redis));
	(void)snprintf(
	    redis->folder, sizeof(redis->folder), "/tmp/rentree-redis-XXXXXX");
	if (mkdtemp(redis->folder) == NULL)
		die("mkdtemp: %s", strerror(errno));
	remember(redis);
	redis->port = free_port();
	(void)snprintf(
	    redis->socket, sizeof(redis->socket), "%s/sock", redis->folder);
	(void)snprintf(
	    redis->uri, sizeof(redis->uri), "unix://%s", redis->socket);
	redis->conf = (struct redis_conf){.uri = redis->uri,
	    .user = "",
	    .password_file = "",
	    .prefix = "rentree",
	    .worker = {"", ""},
	    .cli = {"", ""}};
}

void
redis_start_with(struct redis *redis, const char *const *more)
{
	prepare(redis);
	for (size_t i = 0; more[i] != NULL; i++) {
		if (i == REDIS_MORE)
			die("more than %d options", REDIS_MORE);
		redis->more[i] = more[i];
	}
	redis_again(redis);
}

void
redis_start(struct redis *redis)
{
	redis_start_with(redis, (const char *const[]){NULL});
}

void
redis_start_sentinel(
    struct redis *sentinel, const struct redis *master, const char *name)
{
	char path[128];
	FILE *file;

	prepare(sentinel);
	(void)snprintf(path, sizeof(path), "%s/conf", sentinel->folder);
	file = fopen(path, "w");
	if (file == NULL ||
	    fprintf(file,
		"port %d\nbind 127.0.0.1\nunixsocket %s\ndir %s\n"
		"logfile log\nsentinel monitor %s 127.0.0.1 %d 1\n",
		sentinel->port, sentinel->socket, sentinel->folder, name,
		master->port) < 0 ||
	    fclose(file) != 0)
		die("%s: %s", path, strerror(errno));
	sentinel->is_sentinel = true;
	redis_again(sentinel);
}

void
redis_write_password(
    const struct redis *redis, const char *password, char path[128])
{
	FILE *file;

	(void)snprintf(path, 128, "%s/%s.password", redis->folder, password);
	file = fopen(path, "w");
	if (file == NULL || fprintf(file, "%s\n", password) < 0 ||
	    fclose(file) != 0 || chmod(path, 0400) != 0)
		die("%s: %s", path, strerror(errno));
}

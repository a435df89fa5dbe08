#include "lib/web/server_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

enum { BACKLOG = 512 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un unix_path;
};

static bool
parse_unix(const char *path, union address *address, socklen_t *len)
{
	*len = sizeof address->unix_path;
	address->unix_path.sun_family = AF_UNIX;
	return path[0] == '/' &&
	       text_format(address->unix_path.sun_path,
		   sizeof address->unix_path.sun_path, "%s", path);
}

static bool
parse_port(const char *text, in_port_t *port)
{
	long number;

	if (!text_to_long(text, 0, 65535, &number))
		return false;
	*port = htons((in_port_t)number);
	return true;
}

static bool
parse_inet(const char *listen, union address *address, socklen_t *len)
{
	const char *colon = strrchr(listen, ':');
	struct arena arena = {0};
	bool good = false;
	char *host;

	if (colon == NULL)
		return false;
	host = arena_dup_n(&arena, listen, (size_t)(colon - listen));
	if (host[0] == '[' && text_has_suffix(host, "]")) {
		host[strlen(host) - 1] = '\0';
		address->v6.sin6_family = AF_INET6;
		*len = sizeof address->v6;
		good = inet_pton(AF_INET6, host + 1, &address->v6.sin6_addr) ==
			   1 &&
		       parse_port(colon + 1, &address->v6.sin6_port);
	} else {
		if (strcmp(host, "localhost") == 0)
			host = arena_dup(&arena, "127.0.0.1");
		address->v4.sin_family = AF_INET;
		*len = sizeof address->v4;
		good = inet_pton(AF_INET, host, &address->v4.sin_addr) == 1 &&
		       parse_port(colon + 1, &address->v4.sin_port);
	}
	arena_reset(&arena);
	return good;
}

static bool
parse(const char *listen, union address *address, socklen_t *len)
{
	memset(address, 0, sizeof *address);
	if (text_has_prefix(listen, "unix:"))
		return parse_unix(listen + 5, address, len);
	return parse_inet(listen, address, len);
}

bool
server_listen_is_valid(const char *listen)
{
	union address address;
	socklen_t len;

	return parse(listen, &address, &len);
}

/* A socket nobody answers on is left over from a killed process of ours. */
static void
remove_stale(const union address *address, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return;
	if (connect(fd, &address->any, len) != 0 && errno == ECONNREFUSED &&
	    lstat(address->unix_path.sun_path, &st) == 0 &&
	    S_ISSOCK(st.st_mode))
		(void)unlink(address->unix_path.sun_path);
	close(fd);
}

int
server_listen(const char *listen_text, struct err *err)
{
	union address address;
	socklen_t len = 0;
	int fd, on = 1;
	bool local;

	if (!parse(listen_text, &address, &len))
		return err_set(err, ERR_CONFIG,
		    "listen: %s is not address:port or unix:/path",
		    listen_text);
	local = address.any.sa_family == AF_UNIX;
	if (local)
		remove_stale(&address, len);
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(
		    err, ERR_UNAVAILABLE, "listen: %s", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, &address.any, len) != 0 || listen(fd, BACKLOG) != 0 ||
	    (local && chmod(address.unix_path.sun_path, 0660) != 0)) {
		(void)err_set(err, ERR_UNAVAILABLE, "listen on %s: %s",
		    listen_text, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

#include "cmd/common_service.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "lib/base/err.h"
#include "lib/base/log.h"

enum { USEC_PER_MS = 1000 };

static void
tell(const char *state)
{
#ifdef HAVE_SYSTEMD
	(void)sd_notify(0, state);
#else
	(void)state;
#endif
}

void
service_ready(void)
{
	tell("READY=1");
}

void
service_stopping(void)
{
	tell("STOPPING=1");
}

long
service_watch_ms(long most_ms)
{
	uint64_t usec = 0;

#ifdef HAVE_SYSTEMD
	if (sd_watchdog_enabled(0, &usec) <= 0)
		usec = 0;
#endif
	usec /= 2 * USEC_PER_MS;
	return usec > 0 && usec < (uint64_t)most_ms ? (long)usec : most_ms;
}

void
service_beat(bool is_well, const char *what)
{
	if (is_well)
		tell("WATCHDOG=1");
	else
		log_event(
		    LOG_LEVEL_ERROR, "watchdog.withheld", "reason", what, NULL);
}

#ifdef HAVE_SYSTEMD
/* The count of descriptors, and their names; the environment forgets them. */
static int
inherited(char ***names)
{
	return sd_listen_fds_with_names(1, names);
}

static bool
listens(int fd)
{
	return sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) > 0;
}

enum { FIRST_FD = SD_LISTEN_FDS_START };
#else
static int
inherited(char ***names)
{
	(void)names;
	return 0;
}

static bool
listens(int fd)
{
	(void)fd;
	return false;
}

enum { FIRST_FD = 3 };
#endif

int
service_socket(const char *name, int *fd, struct err *err)
{
	char **names = NULL;
	int count = inherited(&names), rc = 0;

	*fd = 0;
	if (count < 0)
		rc = err_set(err, ERR_CONFIG,
		    "the sockets of the service manager: %s", strerror(-count));
	else if (count > 1)
		rc = err_set(err, ERR_CONFIG,
		    "the service manager gave %d sockets; one is wanted "
		    "(one ListenStream=)",
		    count);
	else if (count == 1 &&
		 (strcmp(names[0], name) != 0 || !listens(FIRST_FD)))
		rc = err_set(err, ERR_CONFIG,
		    "the service manager gave \"%s\"; a listening socket "
		    "named \"%s\" is wanted (FileDescriptorName=)",
		    names[0], name);
	else if (count == 1)
		*fd = FIRST_FD;
	for (int i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
	return rc;
}

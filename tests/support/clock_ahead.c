/*
 * clock_ahead - the wall clock of a process, put forward while it runs.
 *
 * Loaded with LD_PRELOAD into servers and daemons of a test. CLOCK_AHEAD names
 * a file that holds one int64_t, the seconds to add; all processes map the
 * same file, so that they jump together, between two instructions. Monotonic
 * clocks go on as they are: deadlines are not simulated.
 *
 * Own code, because libfaketime 0.9.10 (Debian 12) ends slapd with SIGSEGV and
 * hangs redis-server before main (its dlsym() meets jemalloc). Here nothing is
 * looked up: the kernel is asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *now);
int gettimeofday(struct timeval *restrict now, void *restrict zone);
time_t time(time_t *out);

static const _Atomic int64_t *ahead;

__attribute__((constructor)) static void
map_file(void)
{
	const char *path = getenv("CLOCK_AHEAD");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *page;

	if (fd < 0)
		return; /* time as it is: the test will see */
	page = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (page != MAP_FAILED)
		ahead = page;
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	if (syscall(SYS_clock_gettime, id, now) != 0)
		return -1;
	if (ahead != NULL &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += (time_t)atomic_load(ahead);
	return 0;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec exact;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &exact) != 0)
		return -1;
	now->tv_sec = exact.tv_sec;
	now->tv_usec = exact.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec exact;

	if (clock_gettime(CLOCK_REALTIME, &exact) != 0)
		return -1;
	if (out != NULL)
		*out = exact.tv_sec;
	return exact.tv_sec;
}

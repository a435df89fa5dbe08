/* What the kernel says about this process; a line that cannot be read is left
 * out. */
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/metrics.h"

/* Fields of /proc/self/stat after the name, from 3 = state (proc(5)). */
enum { FIRST_FIELD = 3, THREADS = 20, STARTED = 22, SIZE = 23, RESIDENT = 24 };

enum { STAT_MAX = 1024, FIELDS = RESIDENT + 1 };

static void
head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
gauge(struct buf *out, const char *name, const char *help, long long value)
{
	head(out, name, "gauge", help);
	buf_addf(out, "%s %lld\n", name, value);
}

/* In hundredths, which is what clock ticks are. */
static void
write_hundredths(struct buf *out, const char *name, long long value)
{
	buf_addf(out, "%s %lld.%02lld\n", name, value / 100, value % 100);
}

static bool
read_stat(long long fields[FIELDS])
{
	FILE *file = fopen("/proc/self/stat", "re");
	char line[STAT_MAX] = "", *at;
	size_t len;

	if (file == NULL)
		return false;
	len = fread(line, 1, sizeof line - 1, file);
	(void)fclose(file);
	line[len] = '\0';
	/* The name stands in brackets, and may hold anything. */
	at = strrchr(line, ')');
	if (at == NULL)
		return false;
	at += 2;
	for (size_t i = FIRST_FIELD; i < FIELDS; i++) {
		if (i == FIRST_FIELD)
			at++; /* the state is a letter */
		else
			fields[i] = strtoll(at, &at, 10);
	}
	return true;
}

/* The moment this machine came up, in hundredths of a second since 1970. */
static long long
booted(void)
{
	struct timespec up;

	clock_gettime(CLOCK_BOOTTIME, &up);
	return clock_now_ms() / 10 - (long long)up.tv_sec * 100 -
	       up.tv_nsec / 10000000;
}

static void
write_stat(struct buf *out)
{
	long long fields[FIELDS] = {0}, page = sysconf(_SC_PAGESIZE);

	if (!read_stat(fields))
		return;
	gauge(out, "process_virtual_memory_bytes", "Virtual memory in use.",
	    fields[SIZE]);
	gauge(out, "process_resident_memory_bytes", "Resident memory in use.",
	    fields[RESIDENT] * page);
	gauge(out, "process_threads", "Threads of this process.",
	    fields[THREADS]);
	head(out, "process_start_time_seconds", "gauge",
	    "When this process began, in seconds since 1970.");
	write_hundredths(out, "process_start_time_seconds",
	    booted() + fields[STARTED] * 100 / sysconf(_SC_CLK_TCK));
}

static void
write_cpu(struct buf *out)
{
	struct rusage use;

	if (getrusage(RUSAGE_SELF, &use) != 0)
		return;
	head(out, "process_cpu_seconds_total", "counter",
	    "Processor time spent, user and system.");
	write_hundredths(out, "process_cpu_seconds_total",
	    (long long)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 100 +
		(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 10000);
}

static void
write_files(struct buf *out)
{
	DIR *folder = opendir("/proc/self/fd");
	struct rlimit limit;
	long long count = -3; /* ".", ".." and the folder itself */

	if (folder != NULL) {
		while (readdir(folder) != NULL)
			count++;
		(void)closedir(folder);
		gauge(
		    out, "process_open_fds", "Open files and sockets.", count);
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY)
		gauge(out, "process_max_fds", "How many may be open.",
		    (long long)limit.rlim_cur);
}

void
metrics_write_process(struct buf *out)
{
	write_cpu(out);
	write_stat(out);
	write_files(out);
}

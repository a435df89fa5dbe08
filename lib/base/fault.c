#include "lib/base/fault.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/base.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

enum { LINE_BYTES = 128, NTH_MAX = 1000000, PAUSE_MAX_MS = 3600000 };

/* Notes the pass, and counts those so far, this one too; 0: nobody counts. The
 * lock orders processes and threads alike: every call opens the file anew. */
static long
note_pass(const char *name)
{
	const char *path = secure_getenv("RENTREE_FAULT_TRACE");
	FILE *trace = path != NULL ? fopen(path, "a+e") : NULL;
	char line[LINE_BYTES];
	long passes = 0;

	if (trace == NULL)
		return 0;
	if (flock(fileno(trace), LOCK_EX) == 0) {
		fprintf(trace, "%s\n", name);
		fflush(trace);
		rewind(trace);
		while (fgets(line, sizeof line, trace) != NULL) {
			line[strcspn(line, "\n")] = '\0';
			passes += strcmp(line, name) == 0;
		}
	}
	fclose(trace);
	return passes;
}

static void
act(const char *action)
{
	long ms;

	if (strcmp(action, "kill") == 0) {
		(void)raise(SIGKILL);
	} else if (strncmp(action, "pause:", 6) == 0 &&
		   text_to_long(action + 6, 0, PAUSE_MAX_MS, &ms)) {
		clock_sleep_ms(ms);
	} else {
		fprintf(stderr, "RENTREE_FAULT: no such action: %s\n", action);
		_exit(FAULT_UNREADABLE);
	}
}

/* One name[:nth]=action; it is taken apart. */
static void
obey(char *order, const char *name, long passes)
{
	char *action = strchr(order, '='), *nth;
	long wanted = 0;

	if (action == NULL) {
		fprintf(stderr, "RENTREE_FAULT: no action: %s\n", order);
		_exit(FAULT_UNREADABLE);
	}
	*action++ = '\0';
	nth = strchr(order, ':');
	if (nth != NULL) {
		*nth++ = '\0';
		if (!text_to_long(nth, 1, NTH_MAX, &wanted))
			_exit(FAULT_UNREADABLE);
	}
	if (strcmp(order, name) == 0 && (wanted == 0 || wanted == passes))
		act(action);
}

void
fault_point(const char *name)
{
	const char *orders = secure_getenv("RENTREE_FAULT");
	long passes = note_pass(name);
	char *copy, *order, *rest;

	if (orders == NULL || (copy = strdup(orders)) == NULL)
		return;
	for (order = strtok_r(copy, ",", &rest); order != NULL;
	     order = strtok_r(NULL, ",", &rest))
		obey(order, name, passes);
	free(copy);
}

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

enum {
	LINE_BYTES = 128,
	ORDERS_BYTES = 4096,
	NTH_MAX = 1000000,
	PAUSE_MAX_MS = 3600000,
};

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

static void
read_orders(char orders[ORDERS_BYTES])
{
	const char *given = secure_getenv("RENTREE_FAULT");
	FILE *file;

	orders[0] = '\0';
	if (given == NULL)
		return;
	if (given[0] != '/') {
		(void)!text_format(orders, ORDERS_BYTES, "%s", given);
		return;
	}
	file = fopen(given, "re");
	if (file == NULL)
		return;
	if (fgets(orders, ORDERS_BYTES, file) != NULL)
		orders[strcspn(orders, "\n")] = '\0';
	fclose(file);
}

void
fault_point(const char *name)
{
	char orders[ORDERS_BYTES], *order, *rest;
	long passes = note_pass(name);

	read_orders(orders);
	for (order = strtok_r(orders, ",", &rest); order != NULL;
	     order = strtok_r(NULL, ",", &rest))
		obey(order, name, passes);
}

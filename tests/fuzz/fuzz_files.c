/* Files of ours that somebody may have damaged, first byte says which: an
 * audit, a plan, the list of establishments (then the first line is what a
 * visitor types). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/establishments.h"
#include "lib/flow/provision.h"
#include "lib/store/audit.h"

enum { OUT_MAX = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
make_file(const uint8_t *data, size_t size, char path[32])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static void
try_audit(const char *path)
{
	unsigned char bytes[SECRET_KEY] = {1};
	const struct secret key = {bytes, sizeof bytes};
	unsigned long lines;
	struct err err = {0};
	struct buf out;

	if (audit_verify(path, &key, &lines, &err) == 0 && lines > 0)
		abort(); /* nobody has the key's MAC */
	buf_init(&out, OUT_MAX);
	(void)!audit_export(
	    path, &(struct audit_about){.login = "jdupont"}, &out, &err);
	buf_free(&out);
}

static void
try_plan(const char *path)
{
	FILE *plan = fopen(path, "re");
	char hash[PLAN_HASH];
	struct err err = {0};

	if (plan == NULL)
		abort();
	if (plan_verify(plan, "plan", hash, &err) == 0 &&
	    strlen(hash) != PLAN_HASH - 1)
		abort();
	fclose(plan);
}

static void
try_establishments(const char *path, const char *typed)
{
	struct establishments_found found = {0};
	struct establishments *list;
	struct arena arena = {0};
	struct err err = {0};
	struct buf report;

	buf_init(&report, OUT_MAX);
	list = establishments_open(path, &report, &err);
	if (list != NULL && text_is_clean(typed, strlen(typed)))
		establishments_find(list, typed, &arena, &found);
	for (size_t i = 0; i < found.count; i++)
		if (found.list[i]->uai[0] == '\0' ||
		    found.list[i]->name[0] == '\0')
			abort();
	establishments_free(list);
	buf_free(&report);
	arena_reset(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	const uint8_t *line_end;
	const char *typed = "";
	char path[32];
	int fd;

	if (size == 0)
		return 0;
	line_end = memchr(data, '\n', size);
	if (data[0] % 3 == 2 && line_end != NULL) {
		typed = arena_dup_n(
		    &arena, data + 1, (size_t)(line_end - data - 1));
		fd = make_file(
		    line_end + 1, size - (size_t)(line_end - data) - 1, path);
	} else {
		fd = make_file(data + 1, size - 1, path);
	}
	if (data[0] % 3 == 0)
		try_audit(path);
	else if (data[0] % 3 == 1)
		try_plan(path);
	else
		try_establishments(path, typed);
	close(fd);
	arena_reset(&arena);
	return 0;
}

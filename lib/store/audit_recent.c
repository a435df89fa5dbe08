/* The newest lines about somebody, from the end of the audit file. */
#include "lib/store/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/json.h"

struct tail {
	char *bytes;
	size_t len;
};

static int
read_tail(const char *path, struct tail *tail, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t got = -1;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		size_t len = st.st_size < AUDIT_RECENT_BYTES
				 ? (size_t)st.st_size
				 : AUDIT_RECENT_BYTES;

		tail->bytes = malloc(len + 1);
		if (tail->bytes == NULL)
			err_no_memory();
		got = pread(fd, tail->bytes, len, st.st_size - (off_t)len);
	}
	if (got < 0)
		(void)err_set(err, ERR_UNAVAILABLE, "audit: cannot read %s: %s",
		    path, strerror(errno));
	else
		tail->len = (size_t)got;
	if (fd >= 0)
		close(fd);
	return got < 0 ? -1 : 0;
}

static const char *
text_of(const struct json *line, const char *name, struct arena *arena)
{
	const char *text = json_get_text(line, name);

	return arena_dup(arena, text != NULL ? text : "");
}

/* "2026-11-23T20:15:00.123Z" is GeneralizedTime with its signs left out. */
static bool
read_time(const char *iso, int64_t *ms)
{
	char plain[CLOCK_ISO];
	size_t len = 0;

	for (; *iso != '\0' && len < sizeof plain - 1; iso++)
		if (strchr("-T:", *iso) == NULL)
			plain[len++] = *iso;
	plain[len] = '\0';
	return clock_from_generalized(plain, ms);
}

static bool
read_line(const char *bytes, size_t len, const char *login,
    bool (*wanted)(const char *event, const char *reason), struct arena *arena,
    struct audit_seen *seen)
{
	struct err err = {0};
	struct json *line = json_parse(bytes, len, &err);
	const char *about, *ts;
	bool is_it;

	if (line == NULL)
		return false;
	about = json_get_text(line, "login");
	ts = json_get_text(line, "ts");
	seen->event = text_of(line, "event", arena);
	seen->reason = text_of(line, "reason", arena);
	is_it = about != NULL && strcmp(about, login) == 0 &&
		wanted(seen->event, seen->reason) && ts != NULL &&
		read_time(ts, &seen->at_ms);
	json_free(line);
	return is_it;
}

/* Most lines are about others: a line is parsed when its bytes may be it. A
 * login in JSON is itself, for it has no letter that JSON escapes. */
static void
look_back(const struct tail *tail, const char *login,
    bool (*wanted)(const char *event, const char *reason), size_t max,
    struct arena *arena, struct audit_seen *list, size_t *count)
{
	const char *mark = arena_printf(arena, "\"login\":\"%s\"", login);
	size_t end = tail->len;

	while (end > 0 && *count < max) {
		const char *newline =
		    end > 1 ? memrchr(tail->bytes, '\n', end - 1) : NULL;
		size_t begin =
		    newline != NULL ? (size_t)(newline - tail->bytes) + 1 : 0;
		size_t len = end - begin;

		if (memmem(tail->bytes + begin, len, mark, strlen(mark)) !=
			NULL &&
		    read_line(tail->bytes + begin, len, login, wanted, arena,
			&list[*count]))
			(*count)++;
		end = begin;
	}
}

int
audit_recent(struct audit *audit, const char *login,
    bool (*wanted)(const char *event, const char *reason), size_t max,
    struct arena *arena, struct audit_seen *list, size_t *count,
    struct err *err)
{
	struct tail tail = {0};
	int rc;

	*count = 0;
	if (audit_path(audit)[0] == '\0')
		return 0;
	rc = read_tail(audit_path(audit), &tail, err);
	if (rc == 0)
		look_back(&tail, login, wanted, max, arena, list, count);
	free(tail.bytes);
	return rc;
}

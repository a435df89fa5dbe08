#include "lib/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"

/* Below PIPE_BUF, so that lines of several threads never mix in a pipe. */
enum { LINE_MAX_BYTES = 2048 };

static const char cut_mark[] = " cut=yes\n";

struct line {
	char bytes[LINE_MAX_BYTES];
	size_t len;
	bool full;
};

/* Set once, by main, before the first thread. */
static struct {
	const char *program;
	enum log_level lowest;
} setup = {"", LOG_LEVEL_INFO};

void
log_setup(const char *program, enum log_level lowest)
{
	setup.program = program != NULL ? program : "";
	setup.lowest = lowest;
}

static void
add(struct line *line, const char *bytes, size_t len)
{
	if (len > sizeof(line->bytes) - sizeof(cut_mark) - line->len) {
		line->full = true;
		return;
	}
	memcpy(line->bytes + line->len, bytes, len);
	line->len += len;
}

static void
add_text(struct line *line, const char *text)
{
	add(line, text, strlen(text));
}

static void
add_hex(struct line *line, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";
	char escape[4] = {'\\', 'x', hex[byte >> 4], hex[byte & 15]};

	add(line, escape, sizeof(escape));
}

static bool
is_plain(const char *value, size_t len)
{
	return len > 0 && strpbrk(value, " =\"\\") == NULL &&
	       text_is_clean(value, len);
}

static void
add_quoted(struct line *line, const char *value, size_t len)
{
	size_t size;

	add_text(line, "\"");
	for (size_t i = 0; i < len && !line->full; i += size) {
		size = text_clean_front(value + i, len - i);
		if (size == 0) {
			size = 1;
			add_hex(line, (unsigned char)value[i]);
			continue;
		}
		if (value[i] == '"' || value[i] == '\\')
			add_text(line, "\\");
		add(line, value + i, size);
	}
	add_text(line, "\"");
}

/* A pair that does not fit is left out whole, and so are those after it. */
static void
add_pair(struct line *line, const char *key, const char *value)
{
	size_t before = line->len;
	size_t len = strlen(value);

	if (line->full)
		return;
	if (before > 0)
		add_text(line, " ");
	add_text(line, key);
	add_text(line, "=");
	if (is_plain(value, len))
		add(line, value, len);
	else
		add_quoted(line, value, len);
	if (line->full)
		line->len = before;
}

static void
begin(struct line *line, enum log_level level, const char *event)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	char now[CLOCK_ISO];

	line->len = 0;
	line->full = false;
	clock_iso(clock_now_ms(), now);
	add_pair(line, "ts", now);
	add_pair(line, "level", names[level]);
	if (setup.program[0] != '\0')
		add_pair(line, "program", setup.program);
	add_pair(line, "event", event);
}

static void
finish(struct line *line)
{
	const char *end = line->full ? cut_mark : "\n";

	memcpy(line->bytes + line->len, end, strlen(end));
	line->len += strlen(end);
	while (
	    write(STDERR_FILENO, line->bytes, line->len) < 0 && errno == EINTR)
		continue;
}

void
log_event(enum log_level level, const char *event, ...)
{
	int saved = errno;
	struct line line;
	const char *key, *value;
	va_list args;

	if (level < setup.lowest)
		return;
	begin(&line, level, event);
	va_start(args, event);
	while ((key = va_arg(args, const char *)) != NULL) {
		value = va_arg(args, const char *);
		add_pair(&line, key, value != NULL ? value : "");
		if (value == NULL)
			break; /* a pair without its half: the list is over */
	}
	va_end(args);
	finish(&line);
	errno = saved;
}

const char *
log_number(char out[LOG_NUMBER], long long value)
{
	snprintf(out, LOG_NUMBER, "%lld", value);
	return out;
}

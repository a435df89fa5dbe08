#include "lib/base/csv_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/csv.h"
#include "lib/base/err.h"

static int
fail_to_read(struct err *err)
{
	return err_set(
	    err, ERR_INTERNAL, "cannot be read: %s", strerror(errno));
}

int
csv_lines_open(struct csv_lines *lines, const char *path, struct err *err)
{
	/* Non-blocking, or a FIFO would keep us waiting in open(). */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return err_set(err,
		    errno == EACCES || errno == EPERM ? ERR_DENIED : ERR_INPUT,
		    "cannot be opened: %s", strerror(errno));
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return err_set(err, ERR_INPUT, "is not a regular file");
	}
	*lines = (struct csv_lines){
	    .file = fdopen(fd, "r"),
	    .here = {0, 1},
	    .text = malloc(CSV_LINE_MAX + 1),
	    .written_ms = (int64_t)status.st_mtim.tv_sec * 1000 +
			  status.st_mtim.tv_nsec / 1000000,
	};
	if (lines->file == NULL || lines->text == NULL)
		err_no_memory();
	return 0;
}

void
csv_lines_close(struct csv_lines *lines)
{
	fclose(lines->file);
	sodium_memzero(lines->text, CSV_LINE_MAX + 1);
	free(lines->text);
}

static int
next_byte(struct csv_lines *lines)
{
	int c = getc_unlocked(lines->file);

	lines->here.offset += c != EOF;
	return c;
}

enum lookup
csv_lines_next(struct csv_lines *lines, struct err *err)
{
	int c = next_byte(lines);

	lines->len = 0;
	lines->too_long = false;
	lines->cut = false;
	if (c == EOF && !ferror(lines->file))
		return LOOKUP_ABSENT;
	for (; c != EOF && c != '\n' && c != '\r'; c = next_byte(lines)) {
		if (lines->len < CSV_LINE_MAX)
			lines->text[lines->len++] = (char)c;
		else
			lines->too_long = true;
	}
	lines->cut = c == EOF;
	if (c == '\r' && (c = next_byte(lines)) != '\n' && c != EOF) {
		ungetc(c, lines->file);
		lines->here.offset--;
	}
	if (ferror(lines->file)) {
		fail_to_read(err);
		return LOOKUP_FAILED;
	}
	lines->text[lines->len++] = '\n';
	lines->here.line++;
	return LOOKUP_FOUND;
}

bool
csv_lines_blank(const struct csv_lines *lines)
{
	for (size_t i = 0; i < lines->len; i++) {
		if (lines->text[i] != ' ' && lines->text[i] != '\t' &&
		    lines->text[i] != '\n')
			return false;
	}
	return true;
}

int
csv_lines_back(struct csv_lines *lines, struct csv_mark mark, struct err *err)
{
	if (fseeko(lines->file, mark.offset, SEEK_SET) != 0)
		return fail_to_read(err);
	lines->here = mark;
	return 0;
}

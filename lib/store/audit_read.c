#include "lib/store/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/store/audit_line.h"

/* Lines of one file, up to the end it had when it was opened. */
struct reader {
	const char *path;
	FILE *file;
	off_t left;
	unsigned long number;          /* of the line in text */
	char text[AUDIT_LINE_MAX + 2]; /* with '\n' and NUL */
	size_t len;                    /* without '\n' */
};

static int
reader_open(struct reader *reader, const char *path, struct err *err)
{
	struct stat st;

	*reader = (struct reader){.path = path};
	reader->file = fopen(path, "re");
	if (reader->file == NULL)
		return err_set(err,
		    errno == EACCES ? ERR_DENIED : ERR_UNAVAILABLE, "%s: %s",
		    path, strerror(errno));
	/* Once the lock was ours, no line is half written at that size. */
	if (flock(fileno(reader->file), LOCK_SH) < 0 ||
	    fstat(fileno(reader->file), &st) < 0 ||
	    flock(fileno(reader->file), LOCK_UN) < 0) {
		fclose(reader->file);
		return err_set(
		    err, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	}
	reader->left = st.st_size;
	return 0;
}

static enum lookup
bad_line(const struct reader *reader, const char *what, struct err *err)
{
	err_set(
	    err, ERR_REFUSED, "%s:%lu: %s", reader->path, reader->number, what);
	return LOOKUP_FAILED;
}

static enum lookup
reader_next(struct reader *reader, struct err *err)
{
	if (reader->left <= 0)
		return LOOKUP_ABSENT;
	reader->number++;
	if (fgets(reader->text, sizeof(reader->text), reader->file) == NULL)
		return bad_line(reader, "cannot be read", err);
	/* A NUL among the bytes hides the end of the line as well. */
	reader->len = strlen(reader->text);
	if (reader->len == 0 || reader->text[reader->len - 1] != '\n')
		return bad_line(reader, "is cut off, too long or damaged", err);
	reader->left -= (off_t)reader->len;
	reader->text[--reader->len] = '\0';
	return LOOKUP_FOUND;
}

/* --- verifying ------------------------------------------------------------ */

/* The first line of a file may continue the chain of another. */
static void
take_up_chain(const struct reader *reader, const struct audit_head *found,
    struct audit_head *chain)
{
	struct err err;
	struct json *line = json_parse(reader->text, reader->len, &err);
	const char *event, *prev;

	if (line == NULL)
		return;
	event = json_get_text(line, "event");
	prev = json_get_text(line, "prev");
	if (event != NULL && strcmp(event, AUDIT_CONTINUED) == 0 &&
	    prev != NULL && strlen(prev) == AUDIT_MAC_TEXT - 1) {
		chain->seq = found->seq - 1;
		memcpy(chain->mac, prev, AUDIT_MAC_TEXT);
	}
	json_free(line);
}

static enum lookup
check_line(const struct reader *reader, const struct secret *key,
    struct audit_head *chain, struct err *err)
{
	char body[AUDIT_LINE_MAX + 2], mac[AUDIT_MAC_TEXT];
	struct audit_head found;
	size_t len;

	if (!audit_line_head(reader->text, reader->len, &found))
		return bad_line(reader, "is not an audit line", err);
	if (reader->number == 1)
		take_up_chain(reader, &found, chain);
	len = audit_line_body(reader->text, reader->len, body);
	audit_line_mac(key, chain->mac, body, len, mac);
	if (sodium_memcmp(mac, found.mac, AUDIT_MAC_TEXT) != 0)
		return bad_line(
		    reader, "changed, or a line before it is missing", err);
	if (found.seq != chain->seq + 1)
		return bad_line(reader, "has a wrong number", err);
	*chain = found;
	return LOOKUP_FOUND;
}

int
audit_verify(const char *path, const struct secret *key, unsigned long *lines,
    struct err *err)
{
	struct reader reader;
	struct audit_head chain;
	enum lookup line;

	*lines = 0;
	audit_head_init(&chain);
	if (reader_open(&reader, path, err) < 0)
		return -1;
	while ((line = reader_next(&reader, err)) == LOOKUP_FOUND) {
		line = check_line(&reader, key, &chain, err);
		if (line == LOOKUP_FAILED)
			break;
		(*lines)++;
	}
	fclose(reader.file);
	return line == LOOKUP_FAILED ? -1 : 0;
}

/* --- exporting ------------------------------------------------------------ */

static bool
has(const struct json *line, const char *name, const char *wanted)
{
	const char *value = json_get_text(line, name);

	return value != NULL && wanted != NULL && strcmp(value, wanted) == 0;
}

static enum lookup
export_line(const struct reader *reader, const struct audit_about *about,
    struct buf *out, struct err *err)
{
	struct json *line = json_parse(reader->text, reader->len, err);

	if (line == NULL)
		return bad_line(reader, "is not an audit line", err);
	if (has(line, "login", about->login) ||
	    has(line, "uuid", about->uuid) ||
	    has(line, "subject", about->subject)) {
		buf_add(out, reader->text, reader->len);
		buf_add_char(out, '\n');
	}
	json_free(line);
	return buf_ok(out)
		   ? LOOKUP_FOUND
		   : bad_line(reader, "and what follows is too much", err);
}

int
audit_export(const char *path, const struct audit_about *about, struct buf *out,
    struct err *err)
{
	struct reader reader;
	enum lookup line;

	if (reader_open(&reader, path, err) < 0)
		return -1;
	while ((line = reader_next(&reader, err)) == LOOKUP_FOUND) {
		line = export_line(&reader, about, out, err);
		if (line == LOOKUP_FAILED)
			break;
	}
	fclose(reader.file);
	return line == LOOKUP_FAILED ? -1 : 0;
}

/* A line that does not read is told by audit_export(). */
int
audit_find_uuid(
    const char *path, const char *login, char uuid[AUDIT_UUID], struct err *err)
{
	struct reader reader;
	struct err ignored;
	enum lookup got;

	if (reader_open(&reader, path, err) < 0)
		return -1;
	while ((got = reader_next(&reader, err)) == LOOKUP_FOUND) {
		struct json *line =
		    json_parse(reader.text, reader.len, &ignored);
		const char *value = json_get_text(line, "uuid");

		if (value != NULL && has(line, "login", login))
			(void)!text_format(uuid, AUDIT_UUID, "%s", value);
		json_free(line);
	}
	fclose(reader.file);
	return got == LOOKUP_FAILED ? -1 : 0;
}

#include "lib/store/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/store/audit_line.h"

enum {
	/* A whole line and a cut-off one behind it. */
	TAIL_MAX = 2 * (AUDIT_LINE_MAX + 1),
	REOPEN_MAX = 3,
	PSEUDONYM_BYTES = 9, /* 12 characters */
};

struct audit {
	char *path; /* "" = no audit */
	const struct secret *key;
	pthread_mutex_t mutex; /* flock does not keep our own threads apart */
	int fd;
	struct audit_head head; /* last line that this process saw */
};

static int
cannot(struct err *err, const struct audit *audit, const char *verb)
{
	return err_set(err, ERR_UNAVAILABLE, "audit: cannot %s %s: %s", verb,
	    audit->path, strerror(errno));
}

static int
open_file(const struct audit *audit, struct err *err)
{
	int fd =
	    open(audit->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		cannot(err, audit, "open");
	return fd;
}

struct audit *
audit_open(const char *path, const struct secret *key, struct err *err)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (audit == NULL || (audit->path = strdup(path)) == NULL)
		err_no_memory();
	audit->key = key;
	audit->fd = -1;
	audit_head_init(&audit->head);
	pthread_mutex_init(&audit->mutex, NULL);
	if (*path != '\0' && (audit->fd = open_file(audit, err)) < 0) {
		audit_close(audit);
		return NULL;
	}
	return audit;
}

void
audit_close(struct audit *audit)
{
	if (audit == NULL)
		return;
	if (audit->fd >= 0)
		close(audit->fd);
	pthread_mutex_destroy(&audit->mutex);
	free(audit->path);
	free(audit);
}

const char *
audit_path(const struct audit *audit)
{
	return audit->path;
}

/* --- the end of the file -------------------------------------------------- */

/* Where the last whole line of tail begins and ends (its '\n'); false when
 * there is none. */
static bool
find_last_line(const char *tail, size_t len, size_t *begin, size_t *end)
{
	const char *newline = memrchr(tail, '\n', len), *before;

	if (newline == NULL)
		return false;
	before = memrchr(tail, '\n', (size_t)(newline - tail));
	*begin = before != NULL ? (size_t)(before - tail) + 1 : 0;
	*end = (size_t)(newline - tail);
	return true;
}

/* What a crash left behind the last whole line was never reported done. */
static int
cut_tail(const struct audit *audit, off_t size, struct err *err)
{
	if (ftruncate(audit->fd, size) < 0)
		return cannot(err, audit, "repair");
	log_event(LOG_LEVEL_WARN, "audit.repaired", "file", audit->path, NULL);
	return 0;
}

/* Reads the last line into head; *size is the file's. Lock held. */
static int
read_head(struct audit *audit, off_t *size, struct err *err)
{
	char tail[TAIL_MAX];
	struct audit_head head;
	struct stat st;
	size_t begin, end, len;
	off_t from;

	if (fstat(audit->fd, &st) < 0)
		return cannot(err, audit, "look at");
	*size = st.st_size;
	len = st.st_size < TAIL_MAX ? (size_t)st.st_size : TAIL_MAX;
	from = st.st_size - (off_t)len;
	if (pread(audit->fd, tail, len, from) != (ssize_t)len)
		return cannot(err, audit, "read");
	if (!find_last_line(tail, len, &begin, &end)) {
		if (from > 0)
			return err_set(err, ERR_INTERNAL,
			    "audit: %s ends in something else", audit->path);
		*size = 0;
		return len > 0 ? cut_tail(audit, 0, err) : 0;
	}
	if (!audit_line_head(tail + begin, end - begin, &head))
		return err_set(err, ERR_INTERNAL,
		    "audit: the last line of %s is damaged", audit->path);
	audit->head = head;
	*size = from + (off_t)end + 1;
	return *size < st.st_size ? cut_tail(audit, *size, err) : 0;
}

/* --- lock and rotation ---------------------------------------------------- */

static int
lock_file(const struct audit *audit, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + AUDIT_LOCK_MS;

	while (flock(audit->fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return cannot(err, audit, "lock");
		if (clock_mono_ms() >= end_ms)
			return err_set(err, ERR_UNAVAILABLE,
			    "audit: %s is locked by another process",
			    audit->path);
		clock_sleep_ms(1);
	}
	return 0;
}

static bool
is_rotated(const struct audit *audit)
{
	struct stat ours, named;

	return fstat(audit->fd, &ours) < 0 || stat(audit->path, &named) < 0 ||
	       ours.st_ino != named.st_ino || ours.st_dev != named.st_dev;
}

/* Leaves a rotated file. Whoever has its lock knows that nothing is appended
 * to it any more, so its last line is what the new file continues; when that
 * is damaged, the last one that this process saw. */
static int
follow(struct audit *audit, struct err *err)
{
	off_t size;
	int fd;

	if (read_head(audit, &size, err) < 0)
		log_event(LOG_LEVEL_ERROR, "audit.damaged", "reason", err->text,
		    NULL);
	fd = open_file(audit, err);
	if (fd < 0)
		return -1;
	close(audit->fd);
	audit->fd = fd;
	return 0;
}

static int
lock_current(struct audit *audit, struct err *err)
{
	for (int i = 0; i < REOPEN_MAX; i++) {
		if (lock_file(audit, err) < 0)
			return -1;
		if (!is_rotated(audit))
			return 0;
		if (follow(audit, err) < 0) {
			flock(audit->fd, LOCK_UN);
			return -1;
		}
	}
	return err_set(
	    err, ERR_UNAVAILABLE, "audit: %s keeps moving", audit->path);
}

/* --- writing -------------------------------------------------------------- */

static struct json *
begin_line(const struct audit *audit, const char *event)
{
	struct json *body = json_new_object();
	char ts[CLOCK_ISO];

	clock_iso(clock_now_ms(), ts);
	json_number(body, "seq", audit->head.seq + 1);
	json_text(body, "ts", ts);
	json_text(body, "event", event);
	return body;
}

/* One write; a part of a line is taken back. */
static int
append(const struct audit *audit, off_t size, const struct buf *line,
    struct err *err)
{
	ssize_t done = write(audit->fd, line->bytes, line->len);

	if (done == (ssize_t)line->len)
		return 0;
	if (done >= 0)
		errno = ENOSPC;
	cannot(err, audit, "write to");
	if (done > 0 && ftruncate(audit->fd, size) < 0)
		log_event(LOG_LEVEL_ERROR, "audit.cut-line", "file",
		    audit->path, NULL);
	return -1;
}

/* Adds the mac to body, writes the line, frees body. */
static int
write_line(struct audit *audit, off_t *size, struct json *body, struct err *err)
{
	struct arena arena = {0};
	char *text = json_line(&arena, body);
	char mac[AUDIT_MAC_TEXT];
	struct buf line;
	int rc;

	audit_line_mac(audit->key, audit->head.mac, text, strlen(text), mac);
	buf_init(&line, AUDIT_LINE_MAX);
	buf_add(&line, text, strlen(text) - 1);
	buf_addf(&line, ",\"mac\":\"%s\"}\n", mac);
	rc = buf_ok(&line)
		 ? append(audit, *size, &line, err)
		 : err_set(err, ERR_INTERNAL, "audit: the line is too long");
	if (rc == 0) {
		*size += (off_t)line.len;
		audit->head.seq++;
		memcpy(audit->head.mac, mac, sizeof(mac));
	}
	buf_free(&line);
	arena_reset(&arena);
	json_free(body);
	return rc;
}

static int
continue_chain(struct audit *audit, off_t *size, struct err *err)
{
	struct json *body = begin_line(audit, AUDIT_CONTINUED);

	json_text(body, "prev", audit->head.mac);
	return write_line(audit, size, body, err);
}

static int
write_entry(
    struct audit *audit, const struct audit_entry *entry, struct err *err)
{
	const struct {
		const char *name, *value;
	} members[] = {
	    {"login", entry->login},
	    {"uuid", entry->uuid},
	    {"actor", entry->actor},
	    {"ref", entry->ref},
	    {"reason", entry->reason},
	    {"subject", entry->subject},
	    {"establishment", entry->establishment},
	    {"document", entry->document},
	};
	struct json *body;
	off_t size;

	if (read_head(audit, &size, err) < 0)
		return -1;
	if (size == 0 && audit->head.seq > 0 &&
	    continue_chain(audit, &size, err) < 0)
		return -1;
	body = begin_line(audit, entry->event);
	for (size_t i = 0; i < COUNT_OF(members); i++)
		if (members[i].value != NULL)
			json_text(body, members[i].name, members[i].value);
	if (write_line(audit, &size, body, err) < 0)
		return -1;
	return fsync(audit->fd) < 0 ? cannot(err, audit, "sync") : 0;
}

int
audit_write(
    struct audit *audit, const struct audit_entry *entry, struct err *err)
{
	int rc;

	if (*audit->path == '\0')
		return 0;
	pthread_mutex_lock(&audit->mutex);
	rc = lock_current(audit, err);
	if (rc == 0) {
		rc = write_entry(audit, entry, err);
		flock(audit->fd, LOCK_UN);
	}
	pthread_mutex_unlock(&audit->mutex);
	FAULT_POINT("audit.written");
	return rc;
}

void
audit_pseudonym(
    const struct audit *audit, const void *bytes, size_t len, char out[17])
{
	static const unsigned char salt[16] = {0};
	static const unsigned char personal[16] = "rentree.pseudo";
	unsigned char hash[crypto_generichash_blake2b_BYTES];

	crypto_generichash_blake2b_salt_personal(hash, sizeof(hash), bytes, len,
	    audit->key->bytes, SECRET_KEY, salt, personal);
	sodium_bin2base64(out, 17, hash, PSEUDONYM_BYTES,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

static int
fail(struct err *err, const char *verb, const char *path)
{
	int number = errno;
	enum err_kind kind = ERR_INTERNAL;

	if (number == EACCES || number == EPERM || number == EROFS)
		kind = ERR_DENIED;
	if (number == ENOENT || number == ENOTDIR || number == EISDIR)
		kind = ERR_INPUT;
	return err_set(
	    err, kind, "cannot %s %s: %s", verb, path, strerror(number));
}

/* Everything up to one byte more than ceiling; errno on -1. */
static int
read_all(int fd, size_t ceiling, struct buf *buf)
{
	char piece[16 * 1024];
	size_t want;
	ssize_t got = 1;

	while (got != 0 && buf->len <= ceiling) {
		want = ceiling + 1 - buf->len;
		if (want > sizeof(piece))
			want = sizeof(piece);
		got = read(fd, piece, want);
		if (got < 0 && errno != EINTR)
			break;
		if (got > 0)
			buf_add(buf, piece, (size_t)got);
	}
	sodium_memzero(piece, sizeof(piece));
	return got < 0 ? -1 : 0;
}

int
file_read(struct arena *arena, const char *path, size_t ceiling, char **bytes,
    size_t *len, struct err *err)
{
	struct buf buf;
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail(err, "open", path);
	buf_init(&buf, ceiling + 1);
	rc = read_all(fd, ceiling, &buf);
	if (rc < 0) {
		fail(err, "read", path);
	} else if (buf.len > ceiling) {
		rc = err_set(err, ERR_INPUT, "%s is larger than %zu bytes",
		    path, ceiling);
	} else {
		*bytes = arena_dup_n(arena, buf_text(&buf), buf.len);
		*len = buf.len;
	}
	buf_free(&buf);
	close(fd);
	return rc;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	ssize_t done;

	while (len > 0) {
		done = write(fd, bytes, len);
		if (done < 0 && errno != EINTR)
			return -1;
		if (done > 0) {
			bytes += done;
			len -= (size_t)done;
		}
	}
	return 0;
}

/* A new file beside path, complete and on the disk; its name in temporary. */
static int
write_beside(const char *path, mode_t mode, const void *bytes, size_t len,
    char temporary[PATH_MAX], struct err *err)
{
	int fd, rc;

	if (!text_format(temporary, PATH_MAX, "%s.XXXXXX", path))
		return err_set(err, ERR_INPUT, "the path %s is too long", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return fail(err, "write beside", path);
	rc = write_all(fd, bytes, len);
	if (rc == 0)
		rc = fchmod(fd, mode);
	if (rc == 0)
		rc = fsync(fd);
	if (close(fd) < 0)
		rc = -1;
	if (rc < 0) {
		fail(err, "write beside", path);
		unlink(temporary);
	}
	return rc;
}

/* Makes the names in the folder of path durable. */
static int
sync_folder(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";
	size_t len;
	int fd, rc;

	if (slash != NULL) {
		len = slash == path ? 1 : (size_t)(slash - path);
		if (len >= sizeof(folder))
			return err_set(
			    err, ERR_INPUT, "the path %s is too long", path);
		memcpy(folder, path, len);
		folder[len] = '\0';
	}
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, "open", folder);
	rc = fsync(fd);
	if (rc < 0)
		fail(err, "sync", folder);
	close(fd);
	return rc;
}

int
file_replace(const char *path, mode_t mode, const void *bytes, size_t len,
    struct err *err)
{
	char temporary[PATH_MAX];

	if (write_beside(path, mode, bytes, len, temporary, err) < 0)
		return -1;
	if (rename(temporary, path) < 0) {
		fail(err, "replace", path);
		unlink(temporary);
		return -1;
	}
	return sync_folder(path, err);
}

/* link() fails like O_EXCL when the name is taken, and unlike O_EXCL it never
 * shows a file that is half written. */
int
file_create(const char *path, mode_t mode, const void *bytes, size_t len,
    int *made, struct err *err)
{
	char temporary[PATH_MAX];
	int rc = 0;

	*made = 0;
	if (access(path, F_OK) == 0)
		return 0;
	if (write_beside(path, mode, bytes, len, temporary, err) < 0)
		return -1;
	if (link(temporary, path) == 0)
		*made = 1;
	else if (errno != EEXIST)
		rc = fail(err, "create", path);
	unlink(temporary);
	if (*made)
		rc = sync_folder(path, err);
	return rc;
}

int
file_is_private(const char *path, struct err *err)
{
	struct stat status;
	unsigned mode;

	if (stat(path, &status) < 0) {
		fail(err, "find", path);
		err->kind = ERR_CONFIG;
		return -1;
	}
	if (!S_ISREG(status.st_mode))
		return err_set(err, ERR_CONFIG, "%s is not a file", path);
	mode = status.st_mode & 07777;
	if ((mode & (S_IRWXO | S_IWGRP)) != 0)
		return err_set(err, ERR_CONFIG,
		    "%s has mode %04o, so others could read or change it: "
		    "chmod 0400 %s",
		    path, mode, path);
	return 0;
}

int
file_lock(const char *path, struct err *err)
{
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(err, "open", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		err_set(err, ERR_TEMPORARY, "another process holds %s", path);
	else
		fail(err, "lock", path);
	close(fd);
	return -1;
}

/*
 * file - reading with a ceiling, writing so that a crash leaves old or new.
 *
 * file_replace() writes beside the target, syncs, renames and syncs the
 * folder. file_is_private() is what every secret goes through before it is
 * read: others may not read it, nor may the group write it (ERR_CONFIG).
 *
 * Kinds: ERR_DENIED when we may not, ERR_INPUT when there is no such file or
 * folder, ERR_INTERNAL for a disk that fails. Texts name the path.
 */
#ifndef LIB_BASE_FILE_H
#define LIB_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/base/base.h"

struct arena;
struct err;

/* Whole file, NUL-terminated, in arena; ERR_INPUT when larger than ceiling. */
int file_read(struct arena *arena, const char *path, size_t ceiling,
    char **bytes, size_t *len, struct err *err) MUST_CHECK;
int file_replace(const char *path, mode_t mode, const void *bytes, size_t len,
    struct err *err) MUST_CHECK;
/* Creates path only when it does not exist; *made tells which. It appears
 * complete or not at all. */
int file_create(const char *path, mode_t mode, const void *bytes, size_t len,
    int *made, struct err *err) MUST_CHECK;
int file_is_private(const char *path, struct err *err) MUST_CHECK;

/*
 * An exclusive lock that lives as long as the descriptor; ERR_TEMPORARY when
 * another process holds it. Returns the descriptor or -1.
 */
int file_lock(const char *path, struct err *err) MUST_CHECK;

#endif

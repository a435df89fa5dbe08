/*
 * buf - growing bytes with a ceiling that is fixed at birth.
 *
 * Writing past the ceiling does not cut silently: the buffer turns "full",
 * stays full, and buf_ok() says so once at the end of the writing.
 * The bytes are always followed by a NUL that does not count.
 *
 * Ownership: the struct is the caller's, the bytes are the buffer's until
 * buf_free(), which wipes them. Out of memory ends the process.
 */
#ifndef LIB_BASE_BUF_H
#define LIB_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct buf {
	char *bytes;
	size_t len;
	size_t room;
	size_t ceiling;
	bool full;
};

void buf_init(struct buf *buf, size_t ceiling);
/* Room for len more bytes in one go, within the ceiling; nothing else. */
void buf_reserve(struct buf *buf, size_t len);
void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The text so far, NUL-terminated; never NULL. */
const char *buf_text(const struct buf *buf);
/* False once anything did not fit. */
bool buf_ok(const struct buf *buf) MUST_CHECK;
/* Empties and wipes; keeps the ceiling. */
void buf_clear(struct buf *buf);
void buf_free(struct buf *buf);

#endif

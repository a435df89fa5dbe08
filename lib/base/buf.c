#include "lib/base/buf.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"

enum { FIRST_ROOM = 256 };

void
buf_init(struct buf *buf, size_t ceiling)
{
	if (ceiling == SIZE_MAX)
		ceiling--; /* the NUL needs its place */
	*buf = (struct buf){.ceiling = ceiling};
}

/* Not realloc(), which would leave an unwiped copy behind. */
static void
grow(struct buf *buf, size_t room)
{
	char *bytes;

	bytes = malloc(room);
	if (bytes == NULL)
		err_no_memory();
	if (buf->bytes != NULL) {
		memcpy(bytes, buf->bytes, buf->len);
		sodium_memzero(buf->bytes, buf->room);
		free(buf->bytes);
	}
	buf->bytes = bytes;
	buf->room = room;
}

/* Room for len more bytes and a NUL; false, and full, beyond the ceiling. */
static bool
make_room(struct buf *buf, size_t len)
{
	size_t need, room;

	if (buf->full || len > buf->ceiling - buf->len) {
		buf->full = true;
		return false;
	}
	need = buf->len + len + 1;
	if (need <= buf->room)
		return true;
	room = buf->room > buf->ceiling / 2 ? buf->ceiling + 1 : buf->room * 2;
	if (room < FIRST_ROOM)
		room = FIRST_ROOM;
	grow(buf, room > need ? room : need);
	return true;
}

void
buf_reserve(struct buf *buf, size_t len)
{
	size_t left = buf->ceiling - buf->len;
	size_t need = buf->len + (len < left ? len : left) + 1;

	if (need <= buf->room)
		return;
	grow(buf, need);
	buf->bytes[buf->len] = '\0';
}

void
buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (!make_room(buf, len))
		return;
	if (len > 0)
		memcpy(buf->bytes + buf->len, bytes, len);
	buf->len += len;
	buf->bytes[buf->len] = '\0';
}

void
buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void
buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list args, again;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	if (len < 0) {
		buf->full = true;
	} else if (make_room(buf, (size_t)len)) {
		vsnprintf(buf->bytes + buf->len, (size_t)len + 1, fmt, again);
		buf->len += (size_t)len;
	}
	va_end(again);
	va_end(args);
}

const char *
buf_text(const struct buf *buf)
{
	return buf->bytes != NULL ? buf->bytes : "";
}

bool
buf_ok(const struct buf *buf)
{
	return !buf->full;
}

void
buf_clear(struct buf *buf)
{
	if (buf->bytes != NULL)
		sodium_memzero(buf->bytes, buf->room);
	buf->len = 0;
	buf->full = false;
}

void
buf_free(struct buf *buf)
{
	size_t ceiling = buf->ceiling;

	buf_clear(buf);
	free(buf->bytes);
	buf_init(buf, ceiling);
}

#include "lib/base/pack.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/text.h"

void
pack_u8(struct buf *buf, uint8_t value)
{
	buf_add(buf, &value, 1);
}

static void
pack_big_endian(struct buf *buf, uint64_t value, unsigned size)
{
	while (size-- > 0)
		pack_u8(buf, (uint8_t)(value >> (8 * size)));
}

void
pack_u64(struct buf *buf, uint64_t value)
{
	pack_big_endian(buf, value, 8);
}

void
pack_bytes(struct buf *buf, const void *bytes, size_t len)
{
	if (len > UINT16_MAX) {
		buf->full = true;
		return;
	}
	pack_big_endian(buf, len, 2);
	buf_add(buf, bytes, len);
}

void
pack_text(struct buf *buf, const char *text)
{
	if (text == NULL)
		text = "";
	pack_bytes(buf, text, strlen(text));
}

void
unpack_init(struct unpack *in, const void *bytes, size_t len)
{
	in->at = bytes;
	in->end = in->at + len;
	in->bad = false;
}

/* The next len bytes of the input, NULL when there are not so many. */
static const unsigned char *
take(struct unpack *in, size_t len)
{
	const unsigned char *at = in->at;

	if (in->bad || len > (size_t)(in->end - in->at)) {
		in->bad = true;
		return NULL;
	}
	in->at += len;
	return at;
}

static uint64_t
unpack_big_endian(struct unpack *in, size_t size)
{
	const unsigned char *at = take(in, size);
	uint64_t value = 0;

	if (at == NULL)
		return 0;
	while (size-- > 0)
		value = value << 8 | *at++;
	return value;
}

uint8_t
unpack_u8(struct unpack *in)
{
	return (uint8_t)unpack_big_endian(in, 1);
}

uint64_t
unpack_u64(struct unpack *in)
{
	return unpack_big_endian(in, 8);
}

const void *
unpack_bytes(struct unpack *in, size_t *len)
{
	const void *at;

	*len = (size_t)unpack_big_endian(in, 2);
	at = take(in, *len);
	if (at == NULL)
		*len = 0;
	return at;
}

void
unpack_exactly(struct unpack *in, void *out, size_t len)
{
	size_t have;
	const void *at = unpack_bytes(in, &have);

	if (at == NULL || have != len) {
		in->bad = true;
		memset(out, 0, len);
		return;
	}
	memcpy(out, at, len);
}

static const char *
unpack_checked(struct unpack *in, struct arena *arena,
    bool (*is_good)(const char *bytes, size_t len))
{
	size_t len;
	const char *at = unpack_bytes(in, &len);

	if (at == NULL || !is_good(at, len)) {
		in->bad = true;
		return "";
	}
	return arena_dup_n(arena, at, len);
}

const char *
unpack_text(struct unpack *in, struct arena *arena)
{
	return unpack_checked(in, arena, text_is_clean);
}

const char *
unpack_raw_text(struct unpack *in, struct arena *arena)
{
	return unpack_checked(in, arena, text_is_utf8);
}

void
unpack_text_into(struct unpack *in, char *out, size_t room)
{
	size_t len;
	const char *at = unpack_bytes(in, &len);

	out[0] = '\0';
	if (at == NULL || len >= room || !text_is_clean(at, len)) {
		in->bad = true;
		return;
	}
	memcpy(out, at, len);
	out[len] = '\0';
}

bool
unpack_ok(const struct unpack *in)
{
	return !in->bad && in->at == in->end;
}

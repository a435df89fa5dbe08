/*
 * pack - the plainest possible serial form: tagless, length-prefixed fields.
 *
 * Writer and reader name the fields in the same order. A reader that meets
 * the end too early, a length beyond the rest, or text that is not clean turns
 * "bad" and stays bad, returning zeros and empty texts; unpack_ok() also
 * demands that nothing is left over. So a damaged input has one outcome.
 *
 *     u8: 1 byte · u64: 8 bytes big-endian · bytes, text: u16 length, bytes
 */
#ifndef LIB_BASE_PACK_H
#define LIB_BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

struct arena;
struct buf;

void pack_u8(struct buf *buf, uint8_t value);
void pack_u64(struct buf *buf, uint64_t value);
/* More bytes than a length can say make buf full. */
void pack_bytes(struct buf *buf, const void *bytes, size_t len);
void pack_text(struct buf *buf, const char *text); /* NULL is written as "" */

struct unpack {
	const unsigned char *at;
	const unsigned char *end;
	bool bad;
};

void unpack_init(struct unpack *in, const void *bytes, size_t len);
uint8_t unpack_u8(struct unpack *in);
uint64_t unpack_u64(struct unpack *in);
/* Points into the input; NULL and *len = 0 when bad. */
const void *unpack_bytes(struct unpack *in, size_t *len);
/* A fixed-size field: bad unless it has exactly len bytes. */
void unpack_exactly(struct unpack *in, void *out, size_t len);
/* Clean UTF-8 in arena; "" when bad. */
const char *unpack_text(struct unpack *in, struct arena *arena);
/* Like unpack_text(), but control characters are let through (passwords are
 * judged by the policy, in words the person reads). NUL never is. */
const char *unpack_raw_text(struct unpack *in, struct arena *arena);
/* Clean UTF-8 in an array of the caller's; bad when it does not fit. */
void unpack_text_into(struct unpack *in, char *out, size_t room);
bool unpack_ok(const struct unpack *in) MUST_CHECK;

#endif

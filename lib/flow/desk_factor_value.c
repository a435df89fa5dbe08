/* The two forms of rentreeDeskSecret: see desk_factor.h. */
#include "lib/flow/desk_factor.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"
#include "lib/store/record.h"

#define INVITED "1$"
#define ENROLLED "2$"

enum {
	PLAIN_MAX = 256,
	VALUE_MAX = 512, /* rentreeDeskSecret{512} */
	NONCE = crypto_secretbox_NONCEBYTES,
	MAC = crypto_secretbox_MACBYTES,
};

static const char *
record_name(struct arena *arena, const char *uuid)
{
	return arena_printf(arena, "desk-invitation:%s", uuid);
}

/* --- writing -------------------------------------------------------------- */

static char *
write_invitation(const struct factor_keys *keys, const struct factor *factor,
    struct arena *arena)
{
	struct buf content;
	char *value;

	buf_init(&content, RECORD_MAX);
	pack_bytes(&content, factor->digest, sizeof factor->digest);
	pack_u64(&content, (uint64_t)factor->ends_ms);
	record_seal(
	    keys->operator_key, record_name(arena, factor->uuid), &content);
	value = arena_printf(
	    arena, INVITED "%s", text_b64(arena, content.bytes, content.len));
	buf_free(&content);
	return value;
}

static char *
write_secret(const struct factor_keys *keys, const struct factor *factor,
    struct arena *arena)
{
	unsigned char box[NONCE + PLAIN_MAX + MAC];
	struct buf plain;
	char *value;

	buf_init(&plain, PLAIN_MAX);
	pack_text(&plain, factor->uuid);
	pack_bytes(&plain, factor->serial, FACTOR_SERIAL);
	pack_bytes(&plain, factor->secret, TOTP_SECRET);
	pack_u64(&plain, (uint64_t)factor->step);
	pack_u64(&plain, factor->wrong);
	pack_u64(&plain, (uint64_t)factor->wrong_ms);
	randombytes_buf(box, NONCE);
	(void)crypto_secretbox_easy(box + NONCE, (const void *)plain.bytes,
	    plain.len, box, keys->worker_key);
	value = arena_printf(arena, ENROLLED "%s",
	    text_b64(arena, box, NONCE + plain.len + MAC));
	buf_free(&plain);
	return value;
}

char *
factor_write(const struct factor_keys *keys, const struct factor *factor,
    struct arena *arena)
{
	return factor->state == FACTOR_INVITED
		   ? write_invitation(keys, factor, arena)
		   : write_secret(keys, factor, arena);
}

/* --- reading -------------------------------------------------------------- */

/* The bytes of base64url text, in arena; NULL when it is none. */
static unsigned char *
decode(const char *text, struct arena *arena, size_t *len)
{
	size_t room = strlen(text);
	unsigned char *bytes = arena_alloc(arena, room + 1);

	if (room > VALUE_MAX ||
	    sodium_base642bin(bytes, room + 1, text, room, NULL, len, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return NULL;
	return bytes;
}

static bool
read_invitation(const struct factor_keys *keys, const unsigned char *bytes,
    size_t len, struct arena *arena, struct factor *factor)
{
	struct unpack in;
	uint64_t ends;

	if (!record_open(keys->operator_key, record_name(arena, factor->uuid),
		bytes, len, &in))
		return false;
	unpack_exactly(&in, factor->digest, sizeof factor->digest);
	ends = unpack_u64(&in);
	if (!unpack_ok(&in) || ends > INT64_MAX)
		return false;
	factor->ends_ms = (int64_t)ends;
	return true;
}

static bool
unpack_secret(const unsigned char *plain, size_t len, struct factor *factor)
{
	char uuid[PERSON_UUID];
	uint64_t step, wrong, wrong_ms;
	struct unpack in;

	unpack_init(&in, plain, len);
	unpack_text_into(&in, uuid, sizeof uuid);
	unpack_exactly(&in, factor->serial, FACTOR_SERIAL);
	unpack_exactly(&in, factor->secret, TOTP_SECRET);
	step = unpack_u64(&in);
	wrong = unpack_u64(&in);
	wrong_ms = unpack_u64(&in);
	if (!unpack_ok(&in) || step > INT64_MAX || wrong > FACTOR_WRONG_MAX ||
	    wrong_ms > INT64_MAX || strcmp(uuid, factor->uuid) != 0)
		return false;
	factor->step = (int64_t)step;
	factor->wrong = (unsigned)wrong;
	factor->wrong_ms = (int64_t)wrong_ms;
	return true;
}

static bool
read_secret(const struct factor_keys *keys, const unsigned char *bytes,
    size_t len, struct factor *factor)
{
	unsigned char plain[PLAIN_MAX];
	bool is_ours;

	if (keys->worker_key == NULL || len < NONCE + MAC ||
	    len - NONCE - MAC > sizeof plain)
		return false;
	is_ours = crypto_secretbox_open_easy(plain, bytes + NONCE, len - NONCE,
		      bytes, keys->worker_key) == 0 &&
		  unpack_secret(plain, len - NONCE - MAC, factor);
	sodium_memzero(plain, sizeof plain);
	return is_ours;
}

void
factor_read(const struct factor_keys *keys, const char *uuid, const char *value,
    struct arena *arena, struct factor *factor)
{
	unsigned char *bytes;
	size_t len = 0;

	memset(factor, 0, sizeof *factor);
	factor->value = value;
	if (value == NULL ||
	    !text_format(factor->uuid, sizeof factor->uuid, "%s", uuid) ||
	    strlen(value) < sizeof INVITED)
		return;
	bytes = decode(value + strlen(INVITED), arena, &len);
	if (bytes == NULL)
		return;
	if (text_has_prefix(value, INVITED) &&
	    read_invitation(keys, bytes, len, arena, factor))
		factor->state = FACTOR_INVITED;
	else if (text_has_prefix(value, ENROLLED) &&
		 read_secret(keys, bytes, len, factor))
		factor->state = FACTOR_ENROLLED;
}

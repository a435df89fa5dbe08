#include "lib/store/record.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/pack.h"
#include "lib/store/token.h"

static const unsigned char mac_personal[16] = "rentree.record";
static const unsigned char mac_salt[16] = {0};

static void
make_mac(const unsigned char key[SECRET_KEY], const char *name,
    const void *content, size_t len, unsigned char mac[RECORD_MAC])
{
	crypto_generichash_blake2b_state state;

	crypto_generichash_blake2b_init_salt_personal(
	    &state, key, SECRET_KEY, RECORD_MAC, mac_salt, mac_personal);
	/* With its NUL, so that name and content cannot trade bytes. */
	crypto_generichash_blake2b_update(
	    &state, (const void *)name, strlen(name) + 1);
	crypto_generichash_blake2b_update(&state, content, len);
	crypto_generichash_blake2b_final(&state, mac, RECORD_MAC);
	sodium_memzero(&state, sizeof(state));
}

void
record_seal(
    const unsigned char key[SECRET_KEY], const char *name, struct buf *content)
{
	unsigned char mac[RECORD_MAC];

	make_mac(key, name, buf_text(content), content->len, mac);
	buf_add(content, mac, RECORD_MAC);
}

bool
record_open(const unsigned char key[SECRET_KEY], const char *name,
    const void *bytes, size_t len, struct unpack *in)
{
	unsigned char mac[RECORD_MAC];

	if (len < RECORD_MAC || len > RECORD_MAX)
		return false;
	len -= RECORD_MAC;
	make_mac(key, name, bytes, len, mac);
	unpack_init(in, bytes, len);
	return sodium_memcmp(mac, in->end, RECORD_MAC) == 0;
}

void
record_write_token(const unsigned char key[SECRET_KEY], const char *name,
    const struct token_record *record, struct buf *out)
{
	pack_u8(out, (uint8_t)record->purpose);
	pack_text(out, record->uuid);
	pack_text(out, record->login);
	pack_text(out, record->pwd_changed);
	pack_text(out, record->extra);
	pack_text(out, record->language);
	pack_u64(out, (uint64_t)record->asked_ms);
	pack_u64(out, (uint64_t)record->expires_ms);
	record_seal(key, name, out);
}

bool
record_read_token(const unsigned char key[SECRET_KEY], const char *name,
    const void *bytes, size_t len, struct arena *arena,
    struct token_record *record)
{
	struct unpack in;
	uint8_t purpose;
	uint64_t asked, expires;

	memset(record, 0, sizeof(*record));
	if (!record_open(key, name, bytes, len, &in))
		return false;
	purpose = unpack_u8(&in);
	record->uuid = unpack_text(&in, arena);
	record->login = unpack_text(&in, arena);
	record->pwd_changed = unpack_text(&in, arena);
	record->extra = unpack_text(&in, arena);
	record->language = unpack_text(&in, arena);
	asked = unpack_u64(&in);
	expires = unpack_u64(&in);
	if (!unpack_ok(&in) || purpose == 0 || purpose >= TOKEN_PURPOSES ||
	    asked > INT64_MAX || expires > INT64_MAX)
		return false;
	record->purpose = (enum token_purpose)purpose;
	record->asked_ms = (int64_t)asked;
	record->expires_ms = (int64_t)expires;
	return true;
}

/* The record of a desk session: see desk_session.h. */
#include "lib/flow/desk_session.h"

#include <string.h>

#include "lib/base/pack.h"
#include "lib/store/record.h"

void
desk_session_write(const unsigned char mac_key[SECRET_KEY], const char *key,
    const struct desk_session *session, struct buf *out)
{
	pack_text(out, session->uuid);
	pack_u64(out, (uint64_t)session->begun_ms);
	pack_u64(out, (uint64_t)session->seen_ms);
	pack_bytes(out, session->serial, FACTOR_SERIAL);
	pack_text(out, session->pwd_changed);
	record_seal(mac_key, key, out);
}

bool
desk_session_read(const unsigned char mac_key[SECRET_KEY], const char *key,
    const void *bytes, size_t len, struct arena *arena,
    struct desk_session *session)
{
	uint64_t begun, seen;
	struct unpack in;

	memset(session, 0, sizeof *session);
	if (!record_open(mac_key, key, bytes, len, &in))
		return false;
	unpack_text_into(&in, session->uuid, sizeof session->uuid);
	begun = unpack_u64(&in);
	seen = unpack_u64(&in);
	unpack_exactly(&in, session->serial, FACTOR_SERIAL);
	session->pwd_changed = unpack_text(&in, arena);
	if (!unpack_ok(&in) || begun > INT64_MAX || seen > INT64_MAX)
		return false;
	session->begun_ms = (int64_t)begun;
	session->seen_ms = (int64_t)seen;
	return true;
}

bool
desk_session_is_live(
    const struct desk_session *session, int64_t idle_ms, int64_t now_ms)
{
	return session->begun_ms <= session->seen_ms &&
	       session->seen_ms <= now_ms &&
	       now_ms < session->seen_ms + idle_ms &&
	       now_ms < session->begun_ms + SESSION_MAX_MS;
}

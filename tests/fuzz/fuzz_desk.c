/* The desk: wire forms of its requests and answers, the value of a second
 * factor, the record of a session, a typed code. The first byte says which;
 * what unpacks is packed again and must unpack to the same bytes, and a value
 * or record that nobody sealed is none. */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/flow/desk_deed.h"
#include "lib/flow/desk_factor.h"
#include "lib/flow/desk_look.h"
#include "lib/flow/desk_search.h"
#include "lib/flow/desk_session.h"
#include "lib/flow/desk_signin.h"
#include "lib/people/totp.h"
#include "lib/store/record.h"

#define UUID "6c1f6a5e-2f0b-4a0e-9d0a-0123456789ab"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char key[SECRET_KEY] = {1};

/* type: a request or an answer, by the names of its functions. */
#define REPACK(type, name)                                                     \
	static int repack_##name(const uint8_t *data, size_t size,             \
	    struct arena *arena, struct buf *out, struct err *err)             \
	{                                                                      \
		struct type it = {0};                                          \
                                                                               \
		if (name##_unpack(data, size, arena, &it, err) != 0)           \
			return -1;                                             \
		name##_pack(&it, out);                                         \
		return 0;                                                      \
	}

REPACK(desk_signin_request, desk_signin)
REPACK(desk_signin_answer, desk_signin_answer)
REPACK(desk_search_request, desk_search)
REPACK(desk_search_answer, desk_search_answer)
REPACK(desk_look_request, desk_look)
REPACK(desk_look_answer, desk_look_answer)
REPACK(desk_deed_request, desk_deed)
REPACK(desk_deed_answer, desk_deed_answer)

typedef int repack(const uint8_t *data, size_t size, struct arena *arena,
    struct buf *out, struct err *err);

static repack *const forms[] = {repack_desk_signin, repack_desk_signin_answer,
    repack_desk_search, repack_desk_search_answer, repack_desk_look,
    repack_desk_look_answer, repack_desk_deed, repack_desk_deed_answer};

/* Times lose their sign bit on the way in: the second round is what counts. */
static void
try_form(repack *form, const uint8_t *data, size_t size, struct arena *arena)
{
	struct buf once, twice;
	struct err err = {0};

	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	if (form(data, size, arena, &once, &err) == 0) {
		if (form((const uint8_t *)once.bytes, once.len, arena, &twice,
			&err) != 0 ||
		    once.len != twice.len ||
		    memcmp(once.bytes, twice.bytes, once.len) != 0)
			abort();
	} else if (err.kind == ERR_NONE) {
		abort();
	}
	buf_free(&once);
	buf_free(&twice);
}

static void
try_factor(const char *text, struct arena *arena)
{
	const struct factor_keys keys = {key, key};
	struct factor factor;

	factor_read(&keys, UUID, text, arena, &factor);
	if (factor.state != FACTOR_NONE)
		abort();
}

static void
try_session(const uint8_t *data, size_t size, struct arena *arena)
{
	struct desk_session session;
	struct buf sealed;

	if (desk_session_read(key, "desk:a", data, size, arena, &session))
		abort();
	buf_init(&sealed, RECORD_MAX);
	buf_add(&sealed, data, size);
	record_seal(key, "desk:a", &sealed);
	if (buf_ok(&sealed) && desk_session_read(key, "desk:a", sealed.bytes,
				   sealed.len, arena, &session))
		(void)desk_session_is_live(&session, 900000, session.seen_ms);
	buf_free(&sealed);
}

static void
try_code(const char *text)
{
	static const unsigned char secret[TOTP_SECRET] = {1};
	int64_t step;

	if (totp_check(secret, text, 1795000000000, 0, &step) == TOTP_RIGHT &&
	    !totp_is_code(text))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	unsigned which;
	char *text;

	if (size == 0 || sodium_init() < 0)
		return 0;
	which = data[0] % (COUNT_OF(forms) + 3);
	data++;
	size--;
	text = arena_dup_n(&arena, data, size);
	if (which < COUNT_OF(forms))
		try_form(forms[which], data, size, &arena);
	else if (which == COUNT_OF(forms))
		try_factor(text, &arena);
	else if (which == COUNT_OF(forms) + 1)
		try_session(data, size, &arena);
	else
		try_code(text);
	arena_reset(&arena);
	return 0;
}

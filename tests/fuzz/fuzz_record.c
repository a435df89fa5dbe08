/*
 * The bytes are tried as a record, which must not verify, and as the content
 * of one that does.
 */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/store/record.h"
#include "lib/store/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char key[SECRET_KEY] = {1};
	struct arena arena = {0};
	struct token_record record;
	struct buf sealed;

	if (sodium_init() < 0 ||
	    record_read_token(key, "tok:a", data, size, &arena, &record))
		abort();
	buf_init(&sealed, RECORD_MAX);
	buf_add(&sealed, data, size);
	record_seal(key, "tok:a", &sealed);
	if (buf_ok(&sealed) &&
	    record_read_token(
		key, "tok:a", sealed.bytes, sealed.len, &arena, &record) &&
	    (record.purpose == 0 || record.purpose >= TOKEN_PURPOSES))
		abort();
	buf_free(&sealed);
	arena_reset(&arena);
	return 0;
}

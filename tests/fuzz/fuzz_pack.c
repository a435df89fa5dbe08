#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The first byte says which kind of field each of the next reads is. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena = {0};
	unsigned char out[16];
	struct unpack in;
	const char *text;
	size_t have;

	unpack_init(&in, bytes, len);
	for (unsigned kinds = unpack_u8(&in); kinds != 0; kinds >>= 1) {
		if (kinds & 1)
			unpack_u64(&in);
		unpack_bytes(&in, &have);
		text = unpack_text(&in, &arena);
		if (!text_is_clean(text, strlen(text)))
			abort();
		unpack_raw_text(&in, &arena);
		unpack_exactly(&in, out, kinds % sizeof(out));
	}
	if (unpack_ok(&in) && in.at != bytes + len)
		abort();
	arena_reset(&arena);
	return 0;
}

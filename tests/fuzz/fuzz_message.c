/* A mail with subject, names, addresses and body from outside (lines 1 to 5):
 * its header has exactly our lines, and no line of it is too long. */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "mailer/message.h"

enum { LINE_MAX_BYTES = 998, BODY_LINE_MAX = 76 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next piece of the input, up to its 0x1e. */
static const char *
piece(struct arena *arena, const uint8_t **data, size_t *size)
{
	const uint8_t *end = memchr(*data, 0x1e, *size);
	size_t len = end != NULL ? (size_t)(end - *data) : *size;
	const char *text = arena_dup_n(arena, *data, len);

	*data += end != NULL ? len + 1 : len;
	*size -= end != NULL ? len + 1 : len;
	return text;
}

/* Header lines that do not continue the one before; the body follows. */
static size_t
check_lines(const char *at)
{
	size_t headers = 0, most = LINE_MAX_BYTES;

	while (*at != '\0') {
		size_t len = strcspn(at, "\r\n");

		if (len > most || at[len] != '\r' || at[len + 1] != '\n')
			abort();
		if (len == 0 && most == LINE_MAX_BYTES)
			most = BODY_LINE_MAX;
		else if (most == LINE_MAX_BYTES && at[0] != ' ')
			headers++;
		at += len + 2;
	}
	return headers;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message message = {.language = "fr",
	    .date_ms = 1795550400000,
	    .request_id = "a",
	    .recipient_tag = "1"};
	struct arena arena = {0};
	struct err err = {0};
	struct buf out;

	if (sodium_init() < 0)
		abort();
	message.subject = piece(&arena, &data, &size);
	message.to_name = piece(&arena, &data, &size);
	message.to = piece(&arena, &data, &size);
	message.from = piece(&arena, &data, &size);
	message.body = piece(&arena, &data, &size);
	buf_init(&out, MESSAGE_MAX);
	if (message_write(&message, &out, &err) == 0) {
		if (check_lines(buf_text(&out)) != 10)
			abort();
	} else if (err.kind == ERR_NONE) {
		abort();
	}
	buf_free(&out);
	arena_reset(&arena);
	return 0;
}

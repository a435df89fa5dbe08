/* Request headers that we read ourselves. First line: Cookie; second: Range of
 * a body that is the rest. A cookie's value holds no separator, and a part of
 * a body is the part that Content-Range tells. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/web/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_cookies(struct request *request)
{
	static const char *const names[] = {
	    "rentree_lien", "__Host-rentree_lien", "a"};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *value = request_cookie(request, names[i]);

		if (strchr(value, ';') != NULL ||
		    strstr(request->cookie, value) == NULL)
			abort();
	}
}

static void
check_range(struct request *request, const char *body, size_t len)
{
	struct reply reply = {.status = 200};
	size_t first, last, all;

	buf_init(&reply.body, REPLY_BODY_MAX);
	buf_add(&reply.body, body, len);
	reply_range(request, &reply);
	if (reply.status == 206) {
		if (sscanf(reply.headers[1].value, "bytes %zu-%zu/%zu", &first,
			&last, &all) != 3 ||
		    all != len || first > last || last >= len ||
		    reply.body.len != last - first + 1 ||
		    memcmp(reply.body.bytes, body + first, reply.body.len) != 0)
			abort();
	} else if (reply.status != 200 || reply.body.len != len) {
		abort();
	}
	buf_free(&reply.body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request request = {0};
	char *rest = arena_dup_n(&request.arena, data, size);

	request.cookie = strsep(&rest, "\n");
	if (rest != NULL)
		request.range = strsep(&rest, "\n");
	check_cookies(&request);
	if (rest != NULL)
		check_range(&request, rest, strlen(rest));
	arena_reset(&request.arena);
	return 0;
}

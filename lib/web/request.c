#include "lib/web/request.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "lib/base/text.h"

void
reply_header(struct reply *reply, const char *name, const char *value)
{
	assert(reply->header_count < REPLY_HEADERS_MAX);
	reply->headers[reply->header_count++] =
	    (struct reply_header){name, value};
}

void
reply_redirect(struct reply *reply, const char *location)
{
	reply->status = 303;
	reply->content_type = "text/plain; charset=utf-8";
	reply_header(reply, "Location", location);
}

const char *
request_cookie(struct request *request, const char *name)
{
	const char *at = request->cookie;
	size_t name_len = strlen(name);

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, ";");

		if (len > name_len && strncmp(at, name, name_len) == 0 &&
		    at[name_len] == '=')
			return arena_dup_n(&request->arena, at + name_len + 1,
			    len - name_len - 1);
		at += len;
		at += strspn(at, "; ");
	}
	return "";
}

/* "bytes=a-b", "bytes=a-", "bytes=-n": the part [*first, *last] of len. */
static bool
read_range(struct arena *arena, const char *text, size_t len, size_t *first,
    size_t *last)
{
	long from = 0, to = (long)len - 1, tail;
	const char *dash;
	char *start;

	if (text == NULL || len == 0 || !text_has_prefix(text, "bytes="))
		return false;
	text += strlen("bytes=");
	dash = strchr(text, '-');
	if (dash == NULL)
		return false;
	start = arena_dup_n(arena, text, (size_t)(dash - text));
	if (start[0] == '\0') {
		if (!text_to_long(dash + 1, 1, (long)len, &tail))
			return false;
		from = (long)len - tail;
	} else if (!text_to_long(start, 0, (long)len - 1, &from) ||
		   (dash[1] != '\0' &&
		       !text_to_long(dash + 1, from, LONG_MAX, &to))) {
		return false;
	}
	*first = (size_t)from;
	*last = (size_t)to < len ? (size_t)to : len - 1;
	return true;
}

void
reply_range(struct request *request, struct reply *reply)
{
	size_t first, last, len = reply->body.len;
	struct arena *arena = &request->arena;

	reply_header(reply, "Accept-Ranges", "bytes");
	if (!read_range(arena, request->range, len, &first, &last))
		return;
	reply->status = 206;
	reply_header(reply, "Content-Range",
	    arena_printf(arena, "bytes %zu-%zu/%zu", first, last, len));
	memmove(reply->body.bytes, reply->body.bytes + first, last - first + 1);
	reply->body.len = last - first + 1;
}

#include "lib/web/request.h"

#include <assert.h>
#include <string.h>

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

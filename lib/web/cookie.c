#include "lib/web/cookie.h"

static const char *
full_name(const struct pages *pages, struct request *request, const char *name)
{
	return arena_printf(&request->arena, "%srentree_%s",
	    pages->is_loopback ? "" : "__Host-", name);
}

void
cookie_set(const struct pages *pages, struct request *request,
    struct reply *reply, const char *name, const char *value)
{
	reply_header(reply, "Set-Cookie",
	    arena_printf(&request->arena,
		"%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
		full_name(pages, request, name), value,
		value[0] != '\0' ? COOKIE_S : 0,
		pages->is_loopback ? "" : "; Secure"));
}

const char *
cookie_get(const struct pages *pages, struct request *request, const char *name)
{
	return request_cookie(request, full_name(pages, request, name));
}

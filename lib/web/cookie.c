#include "lib/web/cookie.h"

static const char *
full_name(const struct pages *pages, struct request *request, const char *name)
{
	return arena_printf(&request->arena, "%srentree_%s",
	    pages->is_loopback ? "" : "__Host-", name);
}

static void
set(const struct pages *pages, struct request *request, struct reply *reply,
    const char *name, const char *value, const char *life, const char *site)
{
	reply_header(reply, "Set-Cookie",
	    arena_printf(&request->arena,
		"%s=%s; Path=/%s; HttpOnly; SameSite=%s%s",
		full_name(pages, request, name), value, life, site,
		pages->is_loopback ? "" : "; Secure"));
}

void
cookie_set(const struct pages *pages, struct request *request,
    struct reply *reply, const char *name, const char *value)
{
	set(pages, request, reply, name, value,
	    arena_printf(&request->arena, "; Max-Age=%d",
		value[0] != '\0' ? COOKIE_S : 0),
	    "Lax");
}

void
cookie_set_session(const struct pages *pages, struct request *request,
    struct reply *reply, const char *name, const char *value)
{
	set(pages, request, reply, name, value,
	    value[0] != '\0' ? "" : "; Max-Age=0", "Strict");
}

const char *
cookie_get(const struct pages *pages, struct request *request, const char *name)
{
	return request_cookie(request, full_name(pages, request, name));
}

#include "lib/web/signin_door.h"

#include "lib/base/template.h"
#include "lib/web/pages.h"

void
signin_door_show(const struct pages *pages, struct request *request,
    struct reply *reply, const struct signin_door *door, unsigned status,
    struct values *values, bool keep_captcha)
{
	struct arena *arena = &request->arena;

	values_text(values, "identifiant",
	    form_text(&request->body, "identifiant", arena));
	door->add(pages, request, values);
	page_add_captcha(pages, request, values, door->purpose, keep_captcha);
	page_show(
	    pages, request, reply, status, door->template, door->title, values);
}

void
signin_door_show_empty(const struct pages *pages, struct request *request,
    struct reply *reply, const struct signin_door *door)
{
	signin_door_show(pages, request, reply, door, 200,
	    page_values(pages, request), false);
}

void
signin_door_add_missing(const struct pages *pages, struct request *request,
    struct values *values, bool no_name, bool no_current)
{
	if (no_name)
		page_error(pages, request, values, "identifiant",
		    "error.identifier.empty");
	if (no_current)
		page_error(pages, request, values, "motdepasse_actuel",
		    "error.current.empty");
}

/* The captcha was used up: a new one. */
static void
show_one_error(const struct pages *pages, struct request *request,
    struct reply *reply, const struct signin_door *door, const char *field,
    const char *key)
{
	struct values *values = page_values(pages, request);

	page_error(pages, request, values, field, key);
	signin_door_show(pages, request, reply, door, 422, values, false);
}

void
signin_door_show_refused(const struct pages *pages, struct request *request,
    struct reply *reply, const struct signin_door *door)
{
	show_one_error(pages, request, reply, door, "motdepasse_actuel",
	    "error.current.refused");
}

void
signin_door_show_captcha(const struct pages *pages, struct request *request,
    struct reply *reply, const struct signin_door *door)
{
	show_one_error(pages, request, reply, door, "captcha_code",
	    page_captcha_fault(pages, request, door->purpose));
}

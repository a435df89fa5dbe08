#include "lib/base/clock.h"
#include "lib/base/template.h"
#include "lib/people/people_conf.h"
#include "lib/web/pages.h"

/* RFC 9116: a date within a year, so that a forgotten file does not promise
 * for ever. */
enum { SECURITY_TXT_DAYS = 180 };

void
page_home_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_show(pages, request, reply, 200, "home", "home.title",
	    page_values(pages, request));
}

void
page_registered_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const char *ref = form_raw(&request->query, "ref");
	struct values *values = page_values(pages, request);

	/* The reference of the request that led here, so that the support can
	 * find it. */
	if (visitor_is_ref(ref))
		values_text(values, "ref", ref);
	page_show(pages, request, reply, 200, "registered", "registered.title",
	    values);
}

void
page_changed_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_show(pages, request, reply, 200, "changed", "changed.title",
	    page_values(pages, request));
}

void
page_well_known_change_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	(void)pages;
	(void)request;
	reply_redirect(reply, "/changer-mot-de-passe");
}

void
page_security_txt_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	char expires[CLOCK_ISO];

	clock_iso(clock_now_ms() + SECURITY_TXT_DAYS * 86400000LL, expires);
	(void)request;
	reply->status = 200;
	reply->content_type = "text/plain; charset=utf-8";
	if (pages->site->support_mail[0] != '\0')
		buf_addf(&reply->body, "Contact: mailto:%s\n",
		    pages->site->support_mail);
	else
		buf_addf(
		    &reply->body, "Contact: %s/\n", pages->site->public_url);
	buf_addf(&reply->body,
	    "Expires: %s\nPreferred-Languages: fr, en\n"
	    "Canonical: %s/.well-known/security.txt\n",
	    expires, pages->site->public_url);
}

void
page_missing(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_message(pages, request, reply,
	    &(struct page_message){.status = 404, .key = "missing"});
}

void
page_bad_method(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_message(pages, request, reply,
	    &(struct page_message){.status = 405, .key = "bad-method"});
}

void
page_unread(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	bool large = request->fault == REQUEST_TOO_LARGE;

	page_message(pages, request, reply,
	    &(struct page_message){.status = large ? 413 : 400,
		.key = large ? "too-large" : "unreadable"});
}

void
page_foreign(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_message(pages, request, reply,
	    &(struct page_message){.status = 403,
		.key = "foreign",
		.href = page_own_path(request->path),
		.action = "foreign.again"});
}

#include "lib/web/routes.h"

#include <string.h>

#include "lib/base/catalogue.h"
#include "lib/base/text.h"
#include "lib/people/people_conf.h"
#include "lib/web/pages.h"
#include "lib/web/pulse.h"

enum route_flag {
	ROUTE_PREFIX = 1, /* path begins with it */
	ROUTE_NEEDS_REDIS = 2,
};

struct route {
	const char *path;
	page_handler *get;
	page_handler *post;
	unsigned flags;
};

static const struct route ROUTES[] = {
    {"/", page_home_get, NULL, 0},
    {"/mot-de-passe-oublie", page_recover_get, page_recover_post,
	ROUTE_NEEDS_REDIS},
    {"/identifiant-perdu", page_remind_get, page_remind_post,
	ROUTE_NEEDS_REDIS},
    {"/courriel-non-recu", page_resend_get, page_resend_post,
	ROUTE_NEEDS_REDIS},
    {"/numen-perdu", page_numen_get, NULL, 0},
    {"/aide", page_help_get, NULL, 0},
    {"/accessibilite", page_accessibility_get, NULL, 0},
    {"/confidentialite", page_privacy_get, NULL, 0},
    {"/demande-enregistree", page_registered_get, NULL, 0},
    {"/r/", page_link_get, NULL, ROUTE_PREFIX},
    {"/nouveau-mot-de-passe", page_redeem_get, page_redeem_post,
	ROUTE_NEEDS_REDIS},
    {"/mot-de-passe-change", page_changed_get, NULL, 0},
    {"/changer-mot-de-passe", page_change_get, page_change_post,
	ROUTE_NEEDS_REDIS},
    {"/a/", page_letter_get, NULL, ROUTE_PREFIX},
    {"/activation", page_activate_get, page_activate_post, ROUTE_NEEDS_REDIS},
    {"/adresse-de-secours", page_rescue_get, page_rescue_post,
	ROUTE_NEEDS_REDIS},
    {"/adresse-enregistree", page_rescue_asked_get, NULL, 0},
    {"/v/", page_verify_get, page_verify_post, ROUTE_PREFIX},
    {"/confirmer-adresse", page_confirm, page_confirm, ROUTE_NEEDS_REDIS},
    {"/adresse-confirmee", page_confirmed_get, NULL, 0},
    {"/pas-moi/", page_disown, page_disown, ROUTE_PREFIX | ROUTE_NEEDS_REDIS},
    {"/pas-moi-enregistre", page_disowned_get, NULL, 0},
    {"/secretariat", page_desk_root, NULL, 0},
    {"/secretariat/", page_desk_get, page_desk_post, ROUTE_NEEDS_REDIS},
    {"/secretariat/connexion", page_desk_signin_get, page_desk_signin_post,
	ROUTE_NEEDS_REDIS},
    {"/secretariat/inscription", page_desk_enrol_get, page_desk_enrol_post,
	ROUTE_NEEDS_REDIS},
    {"/secretariat/deconnexion", page_desk_signout, page_desk_signout,
	ROUTE_NEEDS_REDIS},
    {"/secretariat/personne/", page_desk_person_get, page_desk_person_post,
	ROUTE_PREFIX | ROUTE_NEEDS_REDIS},
    {"/captcha/", page_captcha_get, NULL, ROUTE_PREFIX},
    {"/static/", page_static_get, NULL, ROUTE_PREFIX},
    {"/healthz", page_health_get, NULL, 0},
    {"/readyz", page_ready_get, NULL, 0},
    {"/.well-known/change-password", page_well_known_change_get, NULL, 0},
    {"/.well-known/security.txt", page_security_txt_get, NULL, 0},
};

static const struct route *
find(const char *path)
{
	for (size_t i = 0; i < COUNT_OF(ROUTES); i++) {
		const struct route *route = &ROUTES[i];

		if ((route->flags & ROUTE_PREFIX) != 0
			? text_has_prefix(path, route->path)
			: strcmp(path, route->path) == 0)
			return route;
	}
	return NULL;
}

/*
 * Our own pages send "Origin: null" with their forms, because the referrer
 * policy is no-referrer (Fetch, "append a request Origin header"): that says
 * nothing, and Sec-Fetch-Site, where a browser has it, decides.
 */
static bool
is_from_here(const struct pages *pages, const struct request *request)
{
	const char *origin = request->origin;
	const char *site = request->sec_fetch_site;

	if (site != NULL && strcmp(site, "same-origin") != 0 &&
	    strcmp(site, "none") != 0)
		return false;
	if (origin == NULL || strcmp(origin, "null") == 0)
		return true;
	return text_equal_nocase(origin, pages->site->public_url);
}

void
routes_handle(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const struct route *route = find(request->path);
	page_handler *handler;
	bool post = request->method == METHOD_POST;

	page_prefer(pages, request);
	(void)!text_format(request->visitor.language,
	    sizeof request->visitor.language, "%s",
	    catalogue_language(page_catalogue(pages, request)));
	if (request->fault != REQUEST_FINE)
		handler = page_unread;
	else if (route == NULL)
		handler = page_missing;
	else if (request->method == METHOD_OTHER ||
		 (post && route->post == NULL))
		handler = page_bad_method;
	else if (post && !is_from_here(pages, request))
		handler = page_foreign;
	else if ((route->flags & ROUTE_NEEDS_REDIS) != 0 &&
		 !pulse_is_ready(pages->pulse))
		handler = page_closed;
	else
		handler = post ? route->post : route->get;
	if (handler == page_bad_method)
		reply_header(reply, "Allow",
		    route->post != NULL ? "GET, HEAD, POST" : "GET, HEAD");
	handler(pages, request, reply);
}

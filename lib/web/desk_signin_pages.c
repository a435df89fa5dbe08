/* The desk's door: sign-in, enrolling a telephone, sign-out. */
#include "lib/flow/desk_signin.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/qr.h"
#include "lib/base/template.h"
#include "lib/flow/flow_conf.h"
#include "lib/people/people_conf.h"
#include "lib/web/cookie.h"
#include "lib/web/desk.h"
#include "lib/web/pages.h"

enum { QUIET_ZONE = 4, FOUR = 4 };

struct entrance {
	enum request_kind kind;
	const char *path;
	const char *template, *title;
	const char *code_empty, *code_form, *refused; /* catalogue keys */
};

static const struct entrance signin = {REQUEST_DESK_SIGNIN, DESK_SIGNIN,
    "desk-signin", "desk.signin.title", "error.desk.code.empty",
    "error.desk.code.form", "error.desk.refused"};
static const struct entrance enrol = {REQUEST_DESK_ENROL, DESK_ENROL,
    "desk-enrol", "desk.enrol.title", "error.desk.invitation.empty",
    "error.desk.invitation.form", "error.desk.enrol.refused"};

static bool
has_flag(const struct request *request, const char *name)
{
	return form_has(&request->query, name);
}

static void
show(const struct pages *pages, struct request *request, struct reply *reply,
    const struct entrance *entrance, unsigned status, struct values *values)
{
	values_text(values, "identifiant",
	    form_text(&request->body, "identifiant", &request->arena));
	values_text(
	    values, "action", page_link(pages, request, entrance->path));
	values_text(
	    values, "enrol_href", page_link(pages, request, DESK_ENROL));
	values_text(
	    values, "signin_href", page_link(pages, request, DESK_SIGNIN));
	values_flag(values, "is_entrance", true);
	values_flag(values, "ended", has_flag(request, "fin"));
	values_flag(values, "left", has_flag(request, "sortie"));
	values_flag(values, "code_optional", pages->desk->second_factor != 0);
	page_show(pages, request, reply, status, entrance->template,
	    entrance->title, values);
}

static void
show_faults(const struct pages *pages, struct request *request,
    struct reply *reply, const struct entrance *entrance,
    const struct desk_signin_answer *answer)
{
	struct values *values = page_values(pages, request);

	if (answer->no_name)
		page_error(pages, request, values, "identifiant",
		    "error.identifier.empty");
	if (answer->no_current)
		page_error(pages, request, values, "motdepasse_actuel",
		    "error.current.empty");
	if (answer->no_code)
		page_error(
		    pages, request, values, "code", entrance->code_empty);
	if (answer->bad_code)
		page_error(pages, request, values, "code", entrance->code_form);
	if (answer->end == DESK_SIGNIN_REFUSED)
		page_error(pages, request, values, "motdepasse_actuel",
		    entrance->refused);
	show(pages, request, reply, entrance, 422, values);
}

/* In fours: whoever has no camera types it. */
static const char *
in_fours(struct arena *arena, const char *secret)
{
	size_t len = strlen(secret);
	char *text = arena_alloc(arena, 2 * len + 1), *to = text;

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && i % FOUR == 0)
			*to++ = ' ';
		*to++ = secret[i];
	}
	*to = '\0';
	return text;
}

/* The secret is on this page and on no other. */
static void
show_enrolled(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_signin_answer *answer)
{
	struct values *values = page_values(pages, request);
	struct arena *arena = &request->arena;
	struct qr qr;

	values_text(values, "login", answer->login);
	values_text(values, "secret", in_fours(arena, answer->secret));
	values_text(
	    values, "signin_href", page_link(pages, request, DESK_SIGNIN));
	if (qr_make(arena,
		totp_uri(
		    arena, pages->site->name, answer->login, answer->secret),
		&qr)) {
		values_text(values, "qr", qr_path(arena, &qr));
		values_text(values, "qr_box",
		    arena_printf(arena, "%d %d %d %d", -QUIET_ZONE, -QUIET_ZONE,
			qr.width + 2 * QUIET_ZONE, qr.width + 2 * QUIET_ZONE));
	}
	page_show(pages, request, reply, 200, "desk-enrolled",
	    "desk.enrolled.title", values);
}

static void
show_done(const struct pages *pages, struct request *request,
    struct reply *reply, const struct entrance *entrance,
    const struct desk_signin_answer *answer)
{
	if (entrance->kind == REQUEST_DESK_ENROL) {
		show_enrolled(pages, request, reply, answer);
		return;
	}
	cookie_set_session(pages, request, reply, COOKIE_DESK, answer->cookie);
	reply_redirect(reply, page_link(pages, request, DESK_HOME));
}

static void
post(const struct pages *pages, struct request *request, struct reply *reply,
    const struct entrance *entrance)
{
	struct arena *arena = &request->arena;
	struct desk_signin_form form = {
	    .name = form_text(&request->body, "identifiant", arena),
	    .current = form_raw(&request->body, "motdepasse_actuel"),
	    .code = form_text(&request->body, "code", arena),
	    .is_optional = pages->desk->second_factor != 0 &&
			   entrance->kind == REQUEST_DESK_SIGNIN};
	struct desk_signin_answer answer;
	struct err err = {0};

	answer = desk_signin_ask(pages->asker, entrance->kind, &form,
	    &request->visitor, arena, &err);
	switch (answer.end) {
	case DESK_SIGNIN_DONE:
		show_done(pages, request, reply, entrance, &answer);
		break;
	case DESK_SIGNIN_REFUSED:
	case DESK_SIGNIN_FAULTS:
		show_faults(pages, request, reply, entrance, &answer);
		break;
	case DESK_SIGNIN_LIMITED:
		page_limited(pages, request, reply, answer.retry_after_s);
		break;
	case DESK_SIGNIN_CLOSED:
		log_event(LOG_LEVEL_ERROR, "desk.closed", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
		page_closed(pages, request, reply);
		break;
	}
	sodium_memzero(&answer, sizeof answer);
}

void
page_desk_signin_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	if (desk_exists(pages, request, reply))
		show(pages, request, reply, &signin, 200,
		    page_values(pages, request));
}

void
page_desk_signin_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	if (desk_exists(pages, request, reply))
		post(pages, request, reply, &signin);
}

void
page_desk_enrol_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	if (desk_exists(pages, request, reply))
		show(pages, request, reply, &enrol, 200,
		    page_values(pages, request));
}

void
page_desk_enrol_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	if (desk_exists(pages, request, reply))
		post(pages, request, reply, &enrol);
}

/* The cookie goes, also when the worker is away: its session ends by itself. A
 * GET (an address kept from before) only leads back. */
void
page_desk_signout(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct desk_visit visit;
	struct err err = {0};

	if (!desk_enter(pages, request, reply, &visit))
		return;
	if (request->method != METHOD_POST) {
		reply_redirect(reply, page_link(pages, request, DESK_HOME));
		return;
	}
	if (desk_signout_ask(pages->asker, &visit, &request->arena, &err) != 0)
		log_event(LOG_LEVEL_WARN, "desk.signout-unsure", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	cookie_set_session(pages, request, reply, COOKIE_DESK, "");
	reply_redirect(
	    reply, page_link(pages, request, DESK_SIGNIN "?sortie=1"));
}

#include <string.h>

#include <sodium.h>

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/flow/redeem.h"
#include "lib/store/token.h"
#include "lib/web/charter.h"
#include "lib/web/cookie.h"
#include "lib/web/pages.h"
#include "lib/web/tab.h"

/* Mail scanners come here too: it spends nothing and tells nothing. */
void
page_link_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const char *text = request->path + strlen("/r/");
	struct token token;

	cookie_set(pages, request, reply, COOKIE_LINK,
	    token_parse(text, &token) ? text : "x");
	sodium_memzero(&token, sizeof token);
	reply_redirect(
	    reply, page_link(pages, request, "/nouveau-mot-de-passe"));
}

static void
show_dead(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	cookie_set(pages, request, reply, COOKIE_LINK, "");
	page_message(pages, request, reply,
	    &(struct page_message){.status = 410,
		.key = "dead",
		.href = "/mot-de-passe-oublie",
		.action = "dead.again"});
}

static bool
has_accepted(const struct request *request)
{
	return strcmp(form_raw(&request->body, "charte"), "1") == 0;
}

/* The form behind an activation link always sends courriel, empty or not: a
 * POST without it did not come from the page that shows the charter. */
static const char *
charter_of(const struct pages *pages, struct request *request)
{
	if (has_accepted(request))
		return charter_version(pages, request);
	return form_has(&request->body, "courriel") ? ""
						    : REDEEM_CHARTER_UNSEEN;
}

static void
show_form(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, const struct redeem_answer *answer,
    struct values *values)
{
	values_text(values, "login", answer->login);
	values_text(values, "lien",
	    tab_mark(request, cookie_get(pages, request, COOKIE_LINK)));
	values_flag(values, "activation", answer->activation);
	values_text(values, "courriel",
	    form_text(&request->body, "courriel", &request->arena));
	values_flag(values, "charte", has_accepted(request));
	page_new_password(pages, request, values);
	page_show(pages, request, reply, status, "redeem",
	    answer->activation ? "redeem.title-activation" : "redeem.title",
	    values);
}

static void
show_faults(const struct pages *pages, struct request *request,
    struct reply *reply, const struct redeem_answer *answer)
{
	struct values *values = page_values(pages, request);

	page_password_errors(pages, request, values, "motdepasse",
	    answer->faults, answer->policy);
	if (answer->mismatch)
		page_error(pages, request, values, "confirmation",
		    "error.password.mismatch");
	if (answer->mail_fault != RESCUE_FINE)
		page_error(pages, request, values, "courriel",
		    page_rescue_key(answer->mail_fault));
	if (answer->no_charter)
		page_error(pages, request, values, "charte", "error.charter");
	show_form(pages, request, reply, 422, answer, values);
}

static void
show_end(const struct pages *pages, struct request *request,
    struct reply *reply, const struct redeem_answer *answer)
{
	switch (answer->end) {
	case REDEEM_OPEN:
		show_form(pages, request, reply, 200, answer,
		    page_values(pages, request));
		break;
	case REDEEM_DONE:
		cookie_set(pages, request, reply, COOKIE_LINK, "");
		reply_redirect(
		    reply, page_link(pages, request, "/mot-de-passe-change"));
		break;
	case REDEEM_FAULTS:
		show_faults(pages, request, reply, answer);
		break;
	case REDEEM_DEAD:
		show_dead(pages, request, reply);
		break;
	case REDEEM_BUSY:
		page_message(pages, request, reply,
		    &(struct page_message){.status = 409,
			.key = "busy",
			.href = "/nouveau-mot-de-passe",
			.action = "busy.again",
			.retry_after_s = 15});
		break;
	case REDEEM_LIMITED:
		page_limited(pages, request, reply, answer->retry_after_s);
		break;
	case REDEEM_CLOSED:
		page_closed(pages, request, reply);
		break;
	}
}

static void
note_closed(const struct request *request, const struct redeem_answer *answer,
    const struct err *err)
{
	if (answer->end == REDEEM_CLOSED)
		log_event(LOG_LEVEL_ERROR, "redeem.closed", "ref",
		    request->visitor.ref, "reason", err->text, NULL);
}

void
page_redeem_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const char *token = cookie_get(pages, request, COOKIE_LINK);
	struct redeem_answer answer;
	struct err err = {0};

	if (token[0] == '\0') {
		reply_redirect(
		    reply, page_link(pages, request, "/mot-de-passe-oublie"));
		return;
	}
	answer = redeem_peek(
	    pages->asker, token, &request->visitor, &request->arena, &err);
	note_closed(request, &answer, &err);
	show_end(pages, request, reply, &answer);
}

/* Used up in another tab, or left open for too long. */
static void
show_no_link(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	if (tab_had_link(request))
		show_dead(pages, request, reply);
	else
		reply_redirect(
		    reply, page_link(pages, request, "/mot-de-passe-oublie"));
}

void
page_redeem_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct redeem_form form = {
	    .token = cookie_get(pages, request, COOKIE_LINK),
	    .password = form_raw(&request->body, "motdepasse"),
	    .confirmation = form_raw(&request->body, "confirmation"),
	    .charter = charter_of(pages, request),
	    .mail = form_text(&request->body, "courriel", &request->arena),
	};
	struct redeem_answer answer;
	struct err err = {0};

	if (form.token[0] == '\0') {
		show_no_link(pages, request, reply);
		return;
	}
	if (tab_is_other(request, form.token)) {
		page_other_link(pages, request, reply, "/nouveau-mot-de-passe");
		return;
	}
	answer = redeem_ask(pages->asker, pages->site, &form, &request->visitor,
	    &request->arena, &err);
	note_closed(request, &answer, &err);
	show_end(pages, request, reply, &answer);
}

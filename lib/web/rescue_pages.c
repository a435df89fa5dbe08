#include "lib/flow/rescue.h"

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/web/pages.h"

const char *
page_rescue_key(enum rescue_fault fault)
{
	switch (fault) {
	case RESCUE_FINE:
		break;
	case RESCUE_EMPTY:
		return "error.rescue.empty";
	case RESCUE_FORM:
		return "error.rescue.form";
	case RESCUE_OWN:
		return "error.rescue.own";
	}
	return NULL;
}

static void
show_form(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, struct values *values,
    bool keep_captcha)
{
	struct arena *arena = &request->arena;

	values_text(values, "identifiant",
	    form_text(&request->body, "identifiant", arena));
	values_text(
	    values, "courriel", form_text(&request->body, "courriel", arena));
	values_text(values, "script", page_static(pages, arena, "password.js"));
	page_add_captcha(pages, request, values, CAPTCHA_ADDRESS, keep_captcha);
	page_show(
	    pages, request, reply, status, "rescue", "rescue.title", values);
}

void
page_rescue_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	show_form(
	    pages, request, reply, 200, page_values(pages, request), false);
}

static void
show_faults(const struct pages *pages, struct request *request,
    struct reply *reply, const struct rescue_answer *answer)
{
	struct values *values = page_values(pages, request);

	if (answer->no_name)
		page_error(pages, request, values, "identifiant",
		    "error.identifier.empty");
	if (answer->no_current)
		page_error(pages, request, values, "motdepasse_actuel",
		    "error.current.empty");
	if (answer->fault != RESCUE_FINE)
		page_error(pages, request, values, "courriel",
		    page_rescue_key(answer->fault));
	show_form(pages, request, reply, 422, values, true);
}

static void
show_one_error(const struct pages *pages, struct request *request,
    struct reply *reply, const char *field, const char *key)
{
	struct values *values = page_values(pages, request);

	page_error(pages, request, values, field, key);
	show_form(pages, request, reply, 422, values, false);
}

static void
show_end(const struct pages *pages, struct request *request,
    struct reply *reply, const struct rescue_answer *answer)
{
	switch (answer->end) {
	case RESCUE_ASKED:
		reply_redirect(
		    reply, page_link(pages, request, "/adresse-enregistree"));
		break;
	case RESCUE_REFUSED:
		show_one_error(pages, request, reply, "motdepasse_actuel",
		    "error.current.refused");
		break;
	case RESCUE_FAULTS:
		show_faults(pages, request, reply, answer);
		break;
	case RESCUE_CAPTCHA:
		show_one_error(pages, request, reply, "captcha_code",
		    page_captcha_fault(pages, request, CAPTCHA_ADDRESS));
		break;
	case RESCUE_LIMITED:
		page_limited(pages, request, reply, answer->retry_after_s);
		break;
	case RESCUE_CLOSED:
		page_closed(pages, request, reply);
		break;
	}
}

void
page_rescue_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct arena *arena = &request->arena;
	struct rescue_form form = {
	    .name = form_text(&request->body, "identifiant", arena),
	    .current = form_raw(&request->body, "motdepasse_actuel"),
	    .address = form_text(&request->body, "courriel", arena),
	    .captcha = page_captcha_answer(request),
	};
	struct rescue_answer answer;
	struct err err = {0};

	if (form_raw(&request->body, "nouveau_code")[0] != '\0') {
		page_rescue_get(pages, request, reply);
		return;
	}
	answer = rescue_ask(
	    pages->asker, pages->site, &form, &request->visitor, arena, &err);
	if (answer.end == RESCUE_CLOSED)
		log_event(LOG_LEVEL_ERROR, "rescue.closed", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	show_end(pages, request, reply, &answer);
}

#include "lib/flow/change.h"

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/web/pages.h"

/* The form, with the name that was typed; passwords are typed again. */
static void
show_form(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, struct values *values,
    bool keep_captcha)
{
	struct arena *arena = &request->arena;

	values_text(values, "identifiant",
	    form_text(&request->body, "identifiant", arena));
	page_new_password(pages, request, values);
	page_add_captcha(pages, request, values, CAPTCHA_CHANGE, keep_captcha);
	page_show(
	    pages, request, reply, status, "change", "change.title", values);
}

void
page_change_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	show_form(
	    pages, request, reply, 200, page_values(pages, request), false);
}

/* The captcha is still good when nothing was asked yet. */
static void
show_faults(const struct pages *pages, struct request *request,
    struct reply *reply, const struct change_answer *answer)
{
	struct values *values = page_values(pages, request);

	if (answer->no_name)
		page_error(pages, request, values, "identifiant",
		    "error.identifier.empty");
	if (answer->no_current)
		page_error(pages, request, values, "motdepasse_actuel",
		    "error.current.empty");
	page_password_errors(pages, request, values, "motdepasse",
	    answer->faults, answer->policy);
	if (answer->mismatch)
		page_error(pages, request, values, "confirmation",
		    "error.password.mismatch");
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
    struct reply *reply, const struct change_answer *answer)
{
	switch (answer->end) {
	case CHANGE_DONE:
		reply_redirect(
		    reply, page_link(pages, request, "/mot-de-passe-change"));
		break;
	case CHANGE_REFUSED:
		show_one_error(pages, request, reply, "motdepasse_actuel",
		    "error.current.refused");
		break;
	case CHANGE_FAULTS:
		show_faults(pages, request, reply, answer);
		break;
	case CHANGE_BUSY:
		page_message(pages, request, reply,
		    &(struct page_message){.status = 409,
			.key = "changing",
			.href = "/changer-mot-de-passe",
			.action = "change.title",
			.retry_after_s = 15});
		break;
	case CHANGE_CAPTCHA:
		show_one_error(pages, request, reply, "captcha_code",
		    page_captcha_fault(pages, request, CAPTCHA_CHANGE));
		break;
	case CHANGE_LIMITED:
		page_limited(pages, request, reply, answer->retry_after_s);
		break;
	case CHANGE_CLOSED:
		page_closed(pages, request, reply);
		break;
	}
}

void
page_change_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct arena *arena = &request->arena;
	struct change_form form = {
	    .name = form_text(&request->body, "identifiant", arena),
	    .current = form_raw(&request->body, "motdepasse_actuel"),
	    .password = form_raw(&request->body, "motdepasse"),
	    .confirmation = form_raw(&request->body, "confirmation"),
	    .captcha = page_captcha_answer(request),
	};
	struct change_answer answer;
	struct err err = {0};

	if (form_raw(&request->body, "nouveau_code")[0] != '\0') {
		page_change_get(pages, request, reply);
		return;
	}
	answer =
	    change_ask(pages->asker, &form, &request->visitor, arena, &err);
	if (answer.end == CHANGE_CLOSED)
		log_event(LOG_LEVEL_ERROR, "change.closed", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	show_end(pages, request, reply, &answer);
}

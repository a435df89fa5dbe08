#include "lib/flow/change.h"

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/web/pages.h"
#include "lib/web/signin_door.h"

static const struct signin_door door = {.template = "change",
    .title = "change.title",
    .purpose = CAPTCHA_CHANGE,
    .add = page_new_password};

void
page_change_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	signin_door_show_empty(pages, request, reply, &door);
}

/* The captcha is still good when nothing was asked yet. */
static void
show_faults(const struct pages *pages, struct request *request,
    struct reply *reply, const struct change_answer *answer)
{
	struct values *values = page_values(pages, request);

	signin_door_add_missing(
	    pages, request, values, answer->no_name, answer->no_current);
	page_password_errors(pages, request, values, "motdepasse",
	    answer->faults, answer->policy);
	if (answer->mismatch)
		page_error(pages, request, values, "confirmation",
		    "error.password.mismatch");
	signin_door_show(pages, request, reply, &door, 422, values, true);
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
		signin_door_show_refused(pages, request, reply, &door);
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
		signin_door_show_captcha(pages, request, reply, &door);
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

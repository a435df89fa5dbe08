#include <string.h>

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/flow/recover.h"
#include "lib/web/pages.h"

static const char *
number_key(enum number_fault fault)
{
	switch (fault) {
	case NUMBER_FINE:
		break;
	case NUMBER_EMPTY:
		return "error.number.empty";
	case NUMBER_LENGTH:
		return "error.number.length";
	case NUMBER_ALPHABET:
		return "error.number.alphabet";
	case NUMBER_SHAPE:
		return "error.number.shape";
	}
	return NULL;
}

static const char *
birth_key(enum birth_fault fault)
{
	switch (fault) {
	case BIRTH_FINE:
		break;
	case BIRTH_EMPTY:
		return "error.birth.empty";
	case BIRTH_FORM:
		return "error.birth.form";
	case BIRTH_CALENDAR:
		return "error.birth.calendar";
	case BIRTH_YEAR:
		return "error.birth.year";
	}
	return NULL;
}

/* /activation is the same form behind another door. */
static bool
is_activation(const struct request *request)
{
	return strcmp(request->path, "/activation") == 0;
}

/* The form, with everything that was typed. */
static void
show_form(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, struct values *values,
    bool keep_captcha)
{
	struct arena *arena = &request->arena;
	bool activation = is_activation(request);

	values_flag(values, "activation", activation);
	values_text(
	    values, "form_href", page_link(pages, request, request->path));

	values_text(values, "numen", form_text(&request->body, "numen", arena));
	values_text(
	    values, "naissance", form_text(&request->body, "naissance", arena));
	page_add_captcha(pages, request, values,
	    activation ? CAPTCHA_ACTIVATE : CAPTCHA_RECOVER, keep_captcha);
	page_show(pages, request, reply, status, "recover",
	    activation ? "activate.title" : "recover.title", values);
}

void
page_recover_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	show_form(
	    pages, request, reply, 200, page_values(pages, request), false);
}

static void
show_faults(const struct pages *pages, struct request *request,
    struct reply *reply, const struct recover_answer *answer)
{
	struct values *values = page_values(pages, request);
	const char *number = number_key(answer->number_fault);
	const char *birth = birth_key(answer->birth_fault);

	if (number != NULL)
		page_error(pages, request, values, "numen", number);
	if (birth != NULL)
		page_error(pages, request, values, "naissance", birth);
	show_form(pages, request, reply, 422, values, true);
}

static void
show_wrong_captcha(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct values *values = page_values(pages, request);

	page_error(pages, request, values, "captcha_code", "error.captcha");
	show_form(pages, request, reply, 422, values, false);
}

void
page_recover_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct arena *arena = &request->arena;
	struct recover_form form = {
	    .activation = is_activation(request),
	    .number = form_text(&request->body, "numen", arena),
	    .birth = form_text(&request->body, "naissance", arena),
	    .captcha = page_captcha_answer(request),
	};
	struct recover_answer answer;
	struct err err = {0};

	if (form_raw(&request->body, "nouveau_code")[0] != '\0') {
		page_recover_get(pages, request, reply);
		return;
	}
	answer = recover_ask(pages->asker, &form, &request->visitor, &err);
	switch (answer.ask.end) {
	case ASK_ACCEPTED:
		reply_redirect(reply,
		    page_link(pages, request,
			arena_printf(arena, "/demande-enregistree?ref=%s",
			    request->visitor.ref)));
		break;
	case ASK_FAULTS:
		show_faults(pages, request, reply, &answer);
		break;
	case ASK_CAPTCHA:
		show_wrong_captcha(pages, request, reply);
		break;
	case ASK_LIMITED:
		page_limited(pages, request, reply, answer.ask.retry_after_s);
		break;
	case ASK_CLOSED:
		log_event(LOG_LEVEL_ERROR, "recover.closed", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
		page_closed(pages, request, reply);
		break;
	}
}

void
page_activate_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_recover_get(pages, request, reply);
}

void
page_activate_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_recover_post(pages, request, reply);
}

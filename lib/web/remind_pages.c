#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/flow/remind.h"
#include "lib/web/pages.h"

/* The form, with everything that was typed. */
static void
show_form(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, struct values *values,
    bool keep_captcha)
{
	static const char *const fields[] = {
	    "numen", "nom", "prenom", "naissance"};
	struct arena *arena = &request->arena;

	for (size_t i = 0; i < COUNT_OF(fields); i++)
		values_text(values, fields[i],
		    form_text(&request->body, fields[i], arena));
	page_add_captcha(pages, request, values, CAPTCHA_REMIND, keep_captcha);
	page_show(
	    pages, request, reply, status, "remind", "remind.title", values);
}

void
page_remind_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	show_form(
	    pages, request, reply, 200, page_values(pages, request), false);
}

static void
show_faults(const struct pages *pages, struct request *request,
    struct reply *reply, const struct remind_answer *answer)
{
	static const char *const family[] = {
	    [REMIND_EMPTY] = "error.family.empty",
	    [REMIND_LONG] = "error.name.long"};
	static const char *const given[] = {
	    [REMIND_EMPTY] = "error.given.empty",
	    [REMIND_LONG] = "error.name.long"};
	struct values *values = page_values(pages, request);

	page_number_fault(pages, request, values, answer->number_fault);
	if (answer->family_fault != REMIND_FINE)
		page_error(pages, request, values, "nom",
		    family[answer->family_fault]);
	if (answer->given_fault != REMIND_FINE)
		page_error(pages, request, values, "prenom",
		    given[answer->given_fault]);
	page_birth_fault(pages, request, values, answer->birth_fault);
	show_form(pages, request, reply, 422, values, true);
}

static void
show_wrong_captcha(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct values *values = page_values(pages, request);

	page_error(pages, request, values, "captcha_code",
	    page_captcha_fault(pages, request, CAPTCHA_REMIND));
	show_form(pages, request, reply, 422, values, false);
}

static void
show_end(const struct pages *pages, struct request *request,
    struct reply *reply, const struct remind_answer *answer,
    const struct err *err)
{
	switch (answer->ask.end) {
	case ASK_ACCEPTED:
		page_registered(pages, request, reply);
		break;
	case ASK_FAULTS:
		show_faults(pages, request, reply, answer);
		break;
	case ASK_CAPTCHA:
		show_wrong_captcha(pages, request, reply);
		break;
	case ASK_LIMITED:
		page_limited(pages, request, reply, answer->ask.retry_after_s);
		break;
	case ASK_CLOSED:
		log_event(LOG_LEVEL_ERROR, "remind.closed", "ref",
		    request->visitor.ref, "reason", err->text, NULL);
		page_closed(pages, request, reply);
		break;
	}
}

void
page_remind_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct arena *arena = &request->arena;
	struct remind_form form = {
	    .number = form_text(&request->body, "numen", arena),
	    .family = form_text(&request->body, "nom", arena),
	    .given = form_text(&request->body, "prenom", arena),
	    .birth = form_text(&request->body, "naissance", arena),
	    .captcha = page_captcha_answer(request),
	};
	struct remind_answer answer;
	struct err err = {0};

	if (form_raw(&request->body, "nouveau_code")[0] != '\0') {
		page_remind_get(pages, request, reply);
		return;
	}
	answer = remind_ask(pages->asker, &form, &request->visitor, &err);
	show_end(pages, request, reply, &answer, &err);
}

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/flow/recover.h"
#include "lib/web/pages.h"

typedef struct recover_answer ask_function(const struct asker *asker,
    const struct recover_form *form, const struct visitor *visitor,
    struct err *err);

/* Three doors with the same form: "Mot de passe oublié", "Activer mon compte",
 * and "Courriel non reçu", which sends again. */
struct door {
	const char *template;
	const char *title;
	enum captcha_purpose purpose;
	ask_function *ask;
};

static const struct door RECOVER = {
    "recover", "recover.title", CAPTCHA_RECOVER, recover_ask};
static const struct door ACTIVATE = {
    "recover", "activate.title", CAPTCHA_ACTIVATE, recover_ask_activation};
static const struct door RESEND = {
    "resend", "resend.title", CAPTCHA_RESEND, recover_ask_again};

/* The form, with everything that was typed. */
static void
show_form(const struct pages *pages, struct request *request,
    struct reply *reply, const struct door *door, unsigned status,
    struct values *values, bool keep_captcha)
{
	struct arena *arena = &request->arena;

	values_flag(values, "activation", door == &ACTIVATE);
	values_text(
	    values, "form_href", page_link(pages, request, request->path));

	values_text(values, "numen", form_text(&request->body, "numen", arena));
	values_text(
	    values, "naissance", form_text(&request->body, "naissance", arena));
	page_add_captcha(pages, request, values, door->purpose, keep_captcha);
	page_show(
	    pages, request, reply, status, door->template, door->title, values);
}

static void
show_empty(const struct pages *pages, struct request *request,
    struct reply *reply, const struct door *door)
{
	show_form(pages, request, reply, door, 200, page_values(pages, request),
	    false);
}

static void
show_faults(const struct pages *pages, struct request *request,
    struct reply *reply, const struct door *door,
    const struct recover_answer *answer)
{
	struct values *values = page_values(pages, request);

	page_number_fault(pages, request, values, answer->number_fault);
	page_birth_fault(pages, request, values, answer->birth_fault);
	show_form(pages, request, reply, door, 422, values, true);
}

static void
show_wrong_captcha(const struct pages *pages, struct request *request,
    struct reply *reply, const struct door *door)
{
	struct values *values = page_values(pages, request);

	page_error(pages, request, values, "captcha_code",
	    page_captcha_fault(pages, request, door->purpose));
	show_form(pages, request, reply, door, 422, values, false);
}

static void
show_end(const struct pages *pages, struct request *request,
    struct reply *reply, const struct door *door,
    const struct recover_answer *answer, const struct err *err)
{
	switch (answer->ask.end) {
	case ASK_ACCEPTED:
		page_registered(pages, request, reply);
		break;
	case ASK_FAULTS:
		show_faults(pages, request, reply, door, answer);
		break;
	case ASK_CAPTCHA:
		show_wrong_captcha(pages, request, reply, door);
		break;
	case ASK_LIMITED:
		page_limited(pages, request, reply, answer->ask.retry_after_s);
		break;
	case ASK_CLOSED:
		log_event(LOG_LEVEL_ERROR, "recover.closed", "ref",
		    request->visitor.ref, "reason", err->text, NULL);
		page_closed(pages, request, reply);
		break;
	}
}

static void
take_form(const struct pages *pages, struct request *request,
    struct reply *reply, const struct door *door)
{
	struct arena *arena = &request->arena;
	struct recover_form form = {
	    .number = form_text(&request->body, "numen", arena),
	    .birth = form_text(&request->body, "naissance", arena),
	    .captcha = page_captcha_answer(request),
	};
	struct recover_answer answer;
	struct err err = {0};

	if (form_raw(&request->body, "nouveau_code")[0] != '\0') {
		show_empty(pages, request, reply, door);
		return;
	}
	answer = door->ask(pages->asker, &form, &request->visitor, &err);
	show_end(pages, request, reply, door, &answer, &err);
}

void
page_recover_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	show_empty(pages, request, reply, &RECOVER);
}

void
page_recover_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	take_form(pages, request, reply, &RECOVER);
}

void
page_resend_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	show_empty(pages, request, reply, &RESEND);
}

void
page_resend_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	take_form(pages, request, reply, &RESEND);
}

void
page_activate_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	show_empty(pages, request, reply, &ACTIVATE);
}

void
page_activate_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	take_form(pages, request, reply, &ACTIVATE);
}

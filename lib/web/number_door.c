#include "lib/web/number_door.h"

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/web/pages.h"

void
number_door_show(const struct pages *pages, struct request *request,
    struct reply *reply, const struct number_door *door, unsigned status,
    struct values *values, bool keep_captcha)
{
	struct arena *arena = &request->arena;

	values_text(
	    values, "form_href", page_link(pages, request, request->path));

	values_text(values, "numen", form_text(&request->body, "numen", arena));
	values_text(
	    values, "naissance", form_text(&request->body, "naissance", arena));
	if (door->add != NULL)
		door->add(pages, request, values);
	page_add_captcha(pages, request, values, door->purpose, keep_captcha);
	page_show(
	    pages, request, reply, status, door->template, door->title, values);
}

void
number_door_show_empty(const struct pages *pages, struct request *request,
    struct reply *reply, const struct number_door *door)
{
	number_door_show(pages, request, reply, door, 200,
	    page_values(pages, request), false);
}

static void
show_faults(const struct pages *pages, struct request *request,
    struct reply *reply, const struct number_door *door,
    const struct recover_answer *answer)
{
	struct values *values = page_values(pages, request);

	if (answer->number_fault == NUMBER_EMPTY && door->no_number != NULL)
		page_error(pages, request, values, "numen", door->no_number);
	else
		page_number_fault(pages, request, values, answer->number_fault);
	page_birth_fault(pages, request, values, answer->birth_fault);
	number_door_show(pages, request, reply, door, 422, values, true);
}

void
number_door_show_captcha(const struct pages *pages, struct request *request,
    struct reply *reply, const struct number_door *door)
{
	struct values *values = page_values(pages, request);

	page_error(pages, request, values, "captcha_code",
	    page_captcha_fault(pages, request, door->purpose));
	number_door_show(pages, request, reply, door, 422, values, false);
}

static void
show_end(const struct pages *pages, struct request *request,
    struct reply *reply, const struct number_door *door,
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
		number_door_show_captcha(pages, request, reply, door);
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

void
number_door_take(const struct pages *pages, struct request *request,
    struct reply *reply, const struct number_door *door)
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
		number_door_show_empty(pages, request, reply, door);
		return;
	}
	answer = door->ask(pages->asker, &form, &request->visitor, &err);
	show_end(pages, request, reply, door, &answer, &err);
}

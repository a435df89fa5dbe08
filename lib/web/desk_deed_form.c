/* The form of an act at the desk. */
#include "lib/web/desk_deed.h"

#include <string.h>

#include "lib/base/catalogue.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/web/pages.h"

const char *
desk_person_path(const struct pages *pages, struct request *request,
    const char *uuid, const char *more)
{
	return page_link(pages, request,
	    arena_printf(&request->arena, DESK_PERSON "%s%s",
		page_own_path(arena_printf(&request->arena, "/%s", uuid)) + 1,
		more));
}

void
desk_to_person(const struct pages *pages, struct request *request,
    struct reply *reply, const char *uuid, const char *more)
{
	reply_redirect(reply, desk_person_path(pages, request, uuid, more));
}

/* --- the form ------------------------------------------------------------- */

static void
add_documents(
    const struct pages *pages, struct request *request, struct values *values)
{
	static const char *const names[][2] = {{"cni", "desk.document.cni"},
	    {"passeport", "desk.document.passport"},
	    {"titre-sejour", "desk.document.permit"},
	    {"autre", "desk.document.other"}};
	const char *chosen = form_raw(&request->body, "piece");

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct values *item = values_item(values, "documents");

		values_text(item, "document", names[i][0]);
		values_text(item, "document_name",
		    catalogue_get(page_catalogue(pages, request), names[i][1]));
		values_flag(item, "document_first", i == 0);
		values_flag(
		    item, "document_chosen", strcmp(chosen, names[i][0]) == 0);
	}
}

static void
add_errors(const struct pages *pages, struct request *request,
    struct values *values, const struct deed *deed)
{
	const char *const faults[][2] = {{"choix", deed->choice_fault},
	    {"numen", deed->number_fault}, {"courriel", deed->address_fault},
	    {"piece", deed->document_fault}, {"rappel", deed->call_fault},
	    {"code", deed->code_fault}};

	for (size_t i = 0; i < COUNT_OF(faults); i++)
		if (faults[i][1] != NULL)
			page_error(
			    pages, request, values, faults[i][0], faults[i][1]);
}

static void
add_fields(const struct pages *pages, struct request *request,
    struct values *values, const struct deed *deed)
{
	const struct desk_deed_door *door = deed->door;
	struct arena *arena = &request->arena;

	values_flag(values, "asks_number", door->kind == DESK_CODE);
	values_flag(values, "asks_address", door->kind == DESK_RESCUE);
	values_flag(values, "asks_call", door->kind == DESK_PHONE);
	values_flag(
	    values, "asks_document", desk_act_wants_document(door->kind));
	values_flag(values, "choice_code",
	    strcmp(form_raw(&request->body, "choix"), "code") == 0);
	values_flag(values, "choice_numen", deed->is_numen);
	values_text(values, "numen", form_text(&request->body, "numen", arena));
	values_text(
	    values, "courriel", form_text(&request->body, "courriel", arena));
	values_flag(values, "call_done", form_has(&request->body, "rappel"));
	add_documents(pages, request, values);
}

/* A fresh name and its mark; what was seen stays what was seen first. */
static void
add_marks(struct request *request, struct values *values,
    const struct deed *deed, const char *seen)
{
	char form[DESK_FORM_TEXT];

	desk_form_make(form);
	values_text(values, "formulaire", arena_dup(&request->arena, form));
	values_text(values, "jeton",
	    desk_mark(request, deed->visit.cookie, deed->uuid, deed->door->path,
		form));
	values_text(values, "vu",
	    form_has(&request->body, "vu")
		? form_text(&request->body, "vu", &request->arena)
		: seen);
}

static void
show_form(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, const struct deed *deed,
    const struct desk_look_answer *answer)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);
	struct values *values = desk_values(pages, request, &answer->host);

	values_text(values, "display",
	    answer->display[0] != '\0' ? answer->display : answer->login);
	values_text(values, "login", answer->login);
	values_text(values, "rescue", answer->rescue);
	values_flag(values, "useless",
	    answer->rescue[0] == '\0' && (deed->door->kind == DESK_CODE ||
					     deed->door->kind == DESK_PHONE));
	if (deed->door->kind == DESK_CODE)
		values_text(values, "reissued_at",
		    desk_moment(pages, request, answer->reissued_ms));
	values_flag(values, "code_before",
	    answer->has_code && deed->door->kind == DESK_PHONE);
	values_text(values, "lead",
	    template_sentence(
		&request->arena, catalogue, deed->door->lead, values));
	values_text(
	    values, "submit", catalogue_get(catalogue, deed->door->submit));
	values_text(values, "action",
	    desk_person_path(pages, request, deed->uuid,
		arena_printf(&request->arena, "/%s", deed->door->path)));
	values_text(values, "person_href",
	    desk_person_path(pages, request, deed->uuid, ""));
	add_fields(pages, request, values, deed);
	add_marks(request, values, deed, answer->seen);
	add_errors(pages, request, values, deed);
	page_show(pages, request, reply, status, "desk-deed", deed->door->title,
	    values);
}

void
desk_deed_show(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, const struct deed *deed)
{
	struct desk_look_answer answer;
	struct err err = {0};

	answer = desk_look_ask(
	    pages->asker, &deed->visit, deed->uuid, &request->arena, &err);
	if (answer.host.door == DESK_DOOR_CLOSED)
		log_event(LOG_LEVEL_ERROR, "desk.closed", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	if (!desk_is_open(pages, request, reply, &answer.host))
		return;
	if (!answer.is_there)
		desk_nobody(pages, request, reply);
	else if (answer.may[deed->door->kind] != DESK_DONE)
		desk_to_person(pages, request, reply, deed->uuid, "");
	else
		show_form(pages, request, reply, status, deed, &answer);
}

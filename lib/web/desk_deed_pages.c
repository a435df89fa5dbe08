/* What is done at the desk: its forms, and what they answer. */
#include "lib/flow/desk_deed.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/catalogue.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/people/people_conf.h"
#include "lib/web/desk.h"
#include "lib/web/desk_sheet.h"
#include "lib/web/pages.h"

const struct desk_deed_door desk_deed_doors[DESK_DEED_DOORS] = {
    {"numero", DESK_CODE, "desk.number.title", "desk.number.lead",
	"desk.number.submit", "desk.number.link", "desk.number.hint", NULL},
    {"lien", DESK_LINK, "desk.link.title", "desk.link.lead", "desk.link.submit",
	"desk.link.link", "desk.link.hint", "desk.link.done"},
    {"adresse", DESK_RESCUE, "desk.address.title", "desk.address.lead",
	"desk.address.submit", "desk.address.link", "desk.address.hint",
	"desk.address.done"},
    {"deblocage", DESK_UNLOCK, "desk.unlock.title", "desk.unlock.lead",
	"desk.unlock.submit", "desk.unlock.link", "desk.unlock.hint",
	"desk.unlock.done"},
    {"lettre", DESK_LETTER, "desk.letter.title", "desk.letter.lead",
	"desk.letter.submit", "desk.letter.link", "desk.letter.hint", NULL},
    {"telephone", DESK_PHONE, "desk.phone.title", "desk.phone.lead",
	"desk.phone.submit", "desk.phone.link", "desk.phone.hint", NULL},
};

/* A form that was sent. */
struct deed {
	const struct desk_deed_door *door;
	const char *uuid;
	struct desk_visit visit;
	struct desk_deed_request asked;
	bool is_numen; /* "numero": the one that the rectorat gave */
	/* Catalogue keys of what is wrong, by field; NULL = fine. */
	const char *choice_fault, *number_fault, *document_fault;
	const char *address_fault, *call_fault, *code_fault;
};

static const char *
person_path(const struct pages *pages, struct request *request,
    const char *uuid, const char *more)
{
	return page_link(pages, request,
	    arena_printf(&request->arena, DESK_PERSON "%s%s",
		page_own_path(arena_printf(&request->arena, "/%s", uuid)) + 1,
		more));
}

static void
to_person(const struct pages *pages, struct request *request,
    struct reply *reply, const char *uuid, const char *more)
{
	reply_redirect(reply, person_path(pages, request, uuid, more));
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
	values_text(values, "lead",
	    template_sentence(
		&request->arena, catalogue, deed->door->lead, values));
	values_text(
	    values, "submit", catalogue_get(catalogue, deed->door->submit));
	values_text(values, "action",
	    person_path(pages, request, deed->uuid,
		arena_printf(&request->arena, "/%s", deed->door->path)));
	values_text(
	    values, "person_href", person_path(pages, request, deed->uuid, ""));
	add_fields(pages, request, values, deed);
	add_marks(request, values, deed, answer->seen);
	add_errors(pages, request, values, deed);
	page_show(pages, request, reply, status, "desk-deed", deed->door->title,
	    values);
}

/* The person is looked at anew for every form: whoever may not be acted on (any
 * more) has none. */
static void
look_and_show(const struct pages *pages, struct request *request,
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
		to_person(pages, request, reply, deed->uuid, "");
	else
		show_form(pages, request, reply, status, deed, &answer);
}

void
desk_deed_get(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_deed_door *door, const char *uuid)
{
	struct deed deed = {.door = door, .uuid = uuid};

	if (desk_enter(pages, request, reply, &deed.visit))
		look_and_show(pages, request, reply, 200, &deed);
}

/* --- what was sent -------------------------------------------------------- */

static void
read_number(struct request *request, struct deed *deed)
{
	const char *choice = form_raw(&request->body, "choix");
	struct number number;

	deed->is_numen = strcmp(choice, "numen") == 0;
	if (!deed->is_numen) {
		if (strcmp(choice, "code") != 0)
			deed->choice_fault = "error.desk.choice";
		return;
	}
	deed->asked.kind = DESK_NUMEN;
	deed->asked.number =
	    form_text(&request->body, "numen", &request->arena);
	if (number_parse(deed->asked.number, &number) != NUMBER_FINE ||
	    number.kind != NUMBER_NUMEN)
		deed->number_fault = "error.desk.numen";
	sodium_memzero(&number, sizeof number);
}

static void
read_address(
    const struct pages *pages, struct request *request, struct deed *deed)
{
	const char *address;
	enum rescue_fault fault;

	deed->asked.address =
	    form_text(&request->body, "courriel", &request->arena);
	fault = rescue_judge(
	    &request->arena, pages->site, deed->asked.address, &address);
	if (fault != RESCUE_FINE)
		deed->address_fault = page_rescue_key(fault);
}

static void
read_form(const struct pages *pages, struct request *request, struct deed *deed)
{
	struct arena *arena = &request->arena;
	enum desk_kind kind = deed->door->kind;

	deed->asked = (struct desk_deed_request){.visit = deed->visit,
	    .uuid = deed->uuid,
	    .kind = kind,
	    .seen = form_text(&request->body, "vu", arena),
	    .number = "",
	    .address = "",
	    .code = form_text(&request->body, "code", arena),
	    .form = form_raw(&request->body, "formulaire")};
	if (kind == DESK_CODE)
		read_number(request, deed);
	if (kind == DESK_RESCUE)
		read_address(pages, request, deed);
	if (kind == DESK_PHONE && !form_has(&request->body, "rappel"))
		deed->call_fault = "error.desk.call";
	if (desk_act_wants_document(kind) &&
	    !desk_document_parse(
		form_raw(&request->body, "piece"), &deed->asked.document))
		deed->document_fault = "error.desk.document";
	/* Whether one is asked for is the worker's to know. */
	if (deed->asked.code[0] != '\0' && !totp_is_code(deed->asked.code))
		deed->code_fault = "error.desk.code.form";
	else if (form_has(&request->body, "code") &&
		 deed->asked.code[0] == '\0')
		deed->code_fault = "error.desk.code.empty";
}

static bool
is_fine(const struct deed *deed)
{
	return deed->choice_fault == NULL && deed->number_fault == NULL &&
	       deed->document_fault == NULL && deed->address_fault == NULL &&
	       deed->call_fault == NULL && deed->code_fault == NULL;
}

static bool
has_mark(struct request *request, const struct deed *deed)
{
	const char *form = form_raw(&request->body, "formulaire");
	const char *mark = desk_mark(
	    request, deed->visit.cookie, deed->uuid, deed->door->path, form);
	const char *sent = form_raw(&request->body, "jeton");

	return desk_form_is(form) && strlen(sent) == strlen(mark) &&
	       sodium_memcmp(sent, mark, strlen(mark)) == 0;
}

/* --- what it answers ------------------------------------------------------ */

static void
refuse(const struct pages *pages, struct request *request, struct reply *reply,
    const struct deed *deed, unsigned status, const char *key)
{
	page_message(pages, request, reply,
	    &(struct page_message){.status = status,
		.key = key,
		.href =
		    arena_printf(&request->arena, DESK_PERSON "%s", deed->uuid),
		.action = "desk.to-person"});
}

static const char *
code_key(enum factor_verdict verdict)
{
	switch (verdict) {
	case FACTOR_USED:
		return "error.desk.code.used";
	case FACTOR_BUSY:
		return "error.desk.code.busy";
	case FACTOR_PAUSED:
		return "error.desk.code.paused";
	case FACTOR_FAILED:
	case FACTOR_RIGHT:
	case FACTOR_WRONG:
		break;
	}
	return "error.desk.code.wrong";
}

static void
show_done(const struct pages *pages, struct request *request,
    struct reply *reply, const struct deed *deed,
    const struct desk_deed_answer *answer)
{
	if (deed->door->done == NULL)
		desk_sheet_show(pages, request, reply, &deed->asked, answer,
		    person_path(pages, request, deed->uuid, ""));
	else
		to_person(pages, request, reply, deed->uuid,
		    arena_printf(
			&request->arena, "?fait=%s", deed->door->path));
}

static void
show_act(const struct pages *pages, struct request *request,
    struct reply *reply, struct deed *deed,
    const struct desk_deed_answer *answer)
{
	switch (answer->act) {
	case DESK_DONE:
		show_done(pages, request, reply, deed, answer);
		return;
	case DESK_FAILED:
	case DESK_UNSURE:
		to_person(pages, request, reply, deed->uuid, "?apres=1");
		return;
	case DESK_DENIED:
		desk_shut(pages, request, reply);
		return;
	case DESK_UNKNOWN:
		desk_nobody(pages, request, reply);
		return;
	case DESK_STALE:
		refuse(pages, request, reply, deed, 409, "desk-stale");
		return;
	case DESK_QUOTA:
		refuse(pages, request, reply, deed, 429, "desk-quota");
		return;
	case DESK_UNSEEN:
		deed->document_fault = "error.desk.document";
		break;
	case DESK_BAD_NUMBER:
		deed->number_fault = "error.desk.numen";
		break;
	case DESK_TAKEN:
		deed->number_fault = "error.desk.taken";
		break;
	case DESK_BAD_ADDRESS:
		deed->address_fault = page_rescue_key(answer->rescue_fault);
		break;
	default: /* the person's page says what stands against it */
		to_person(pages, request, reply, deed->uuid, "");
		return;
	}
	look_and_show(pages, request, reply, 422, deed);
}

static void
show_answer(const struct pages *pages, struct request *request,
    struct reply *reply, struct deed *deed,
    const struct desk_deed_answer *answer)
{
	/* Something may have been done: what is, the person's page says. */
	if (answer->host.door == DESK_DOOR_CLOSED) {
		to_person(pages, request, reply, deed->uuid, "?apres=1");
		return;
	}
	if (!desk_is_open(pages, request, reply, &answer->host))
		return;
	switch (answer->end) {
	case DESK_DEED_JUDGED:
		show_act(pages, request, reply, deed, answer);
		break;
	case DESK_DEED_AGAIN:
		refuse(pages, request, reply, deed, 410, "desk-again");
		break;
	case DESK_DEED_CODE:
	case DESK_DEED_ENDS:
		deed->code_fault = code_key(answer->factor);
		look_and_show(pages, request, reply, 422, deed);
		break;
	}
}

void
desk_deed_post(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_deed_door *door, const char *uuid)
{
	struct deed deed = {.door = door, .uuid = uuid};
	struct desk_deed_answer answer;
	struct err err = {0};

	if (!desk_enter(pages, request, reply, &deed.visit))
		return;
	if (!has_mark(request, &deed)) {
		refuse(pages, request, reply, &deed, 409, "desk-foreign");
		return;
	}
	read_form(pages, request, &deed);
	if (!is_fine(&deed)) {
		look_and_show(pages, request, reply, 422, &deed);
		return;
	}
	answer =
	    desk_deed_ask(pages->asker, &deed.asked, &request->arena, &err);
	if (err.kind != ERR_NONE)
		log_event(LOG_LEVEL_ERROR, "desk.unsure", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	show_answer(pages, request, reply, &deed, &answer);
	sodium_memzero(&answer, sizeof answer);
}

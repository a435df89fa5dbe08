/* What was typed into the form of an act at the desk. */
#include "lib/web/desk_deed.h"

#include <string.h>

#include <sodium.h>

#include "lib/people/number.h"
#include "lib/people/totp.h"
#include "lib/web/pages.h"

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

bool
desk_deed_read(
    const struct pages *pages, struct request *request, struct deed *deed)
{
	read_form(pages, request, deed);
	return is_fine(deed);
}

bool
desk_deed_has_mark(struct request *request, const struct deed *deed)
{
	const char *form = form_raw(&request->body, "formulaire");
	const char *mark = desk_mark(
	    request, deed->visit.cookie, deed->uuid, deed->door->path, form);
	const char *sent = form_raw(&request->body, "jeton");

	return desk_form_is(form) && strlen(sent) == strlen(mark) &&
	       sodium_memcmp(sent, mark, strlen(mark)) == 0;
}

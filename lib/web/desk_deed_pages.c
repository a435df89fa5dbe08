/* What is done at the desk, and what its forms answer. */
#include "lib/web/desk_deed.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/mark.h"
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

void
desk_deed_get(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_deed_door *door, const char *uuid)
{
	struct deed deed = {.door = door, .uuid = uuid};
	int64_t begun_ms = clock_mono_ms();

	if (!desk_enter(pages, request, reply, &deed.visit))
		return;
	desk_deed_show(pages, request, reply, 200, &deed);
	mark_wait(begun_ms);
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
		    desk_person_path(pages, request, deed->uuid, ""));
	else
		desk_to_person(pages, request, reply, deed->uuid,
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
		desk_to_person(pages, request, reply, deed->uuid, "?apres=1");
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
		desk_to_person(pages, request, reply, deed->uuid, "");
		return;
	}
	desk_deed_show(pages, request, reply, 422, deed);
}

static void
show_answer(const struct pages *pages, struct request *request,
    struct reply *reply, struct deed *deed,
    const struct desk_deed_answer *answer)
{
	/* Something may have been done: what is, the person's page says. */
	if (answer->host.door == DESK_DOOR_CLOSED) {
		desk_to_person(pages, request, reply, deed->uuid, "?apres=1");
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
		desk_deed_show(pages, request, reply, 422, deed);
		break;
	}
}

/* The form is whole, and of this session: the worker is asked. */
static void
take(const struct pages *pages, struct request *request, struct reply *reply,
    struct deed *deed)
{
	struct desk_deed_answer answer;
	struct err err = {0};

	answer =
	    desk_deed_ask(pages->asker, &deed->asked, &request->arena, &err);
	if (err.kind != ERR_NONE)
		log_event(LOG_LEVEL_ERROR, "desk.unsure", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	show_answer(pages, request, reply, deed, &answer);
	sodium_memzero(&answer, sizeof answer);
}

void
desk_deed_post(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_deed_door *door, const char *uuid)
{
	struct deed deed = {.door = door, .uuid = uuid};
	int64_t begun_ms = clock_mono_ms();

	if (!desk_enter(pages, request, reply, &deed.visit))
		return;
	if (!desk_deed_has_mark(request, &deed)) {
		refuse(pages, request, reply, &deed, 409, "desk-foreign");
		return;
	}
	if (desk_deed_read(pages, request, &deed))
		take(pages, request, reply, &deed);
	else
		desk_deed_show(pages, request, reply, 422, &deed);
	mark_wait(begun_ms);
}

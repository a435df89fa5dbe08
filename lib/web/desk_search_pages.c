/* The desk's first page: who is it that stands here? */
#include "lib/flow/desk_search.h"

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/flow/mark.h"
#include "lib/web/desk.h"
#include "lib/web/pages.h"

void
page_desk_root(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	if (desk_exists(pages, request, reply))
		reply_redirect(reply, page_link(pages, request, DESK_HOME));
}

static void
add_rows(const struct pages *pages, struct request *request,
    struct values *values, const struct desk_search_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		const struct desk_search_row *row = &answer->list[i];
		struct values *item = values_item(values, "rows");

		values_text(item, "row_name",
		    row->display[0] != '\0' ? row->display : row->login);
		values_text(item, "row_login", row->login);
		values_text(
		    item, "row_kinds", desk_kinds(pages, request, row->kinds));
		values_text(item, "row_href",
		    page_link(pages, request,
			arena_printf(
			    &request->arena, DESK_PERSON "%s", row->uuid)));
	}
	values_flag(values, "found", answer->count > 0);
	values_flag(values, "found_none", answer->count == 0 && !answer->more);
	values_flag(values, "found_one", answer->count == 1 && !answer->more);
	values_flag(
	    values, "found_several", answer->count > 1 && !answer->more);
	values_flag(values, "found_more", answer->more);
}

static void
show(const struct pages *pages, struct request *request, struct reply *reply,
    const struct desk_search_answer *answer, const char *typed,
    const char *birth, bool asked)
{
	struct values *values = desk_values(pages, request, &answer->host);
	bool faulty = answer->too_short || answer->too_long ||
		      answer->birth_fault != BIRTH_FINE;

	values_text(values, "q", typed);
	values_text(values, "naissance", birth);
	values_flag(values, "no_place", answer->host.establishments[0] == NULL);
	values_flag(values, "to_find", !asked);
	values_flag(values, "was_asked", asked && !faulty);
	if (answer->too_short)
		page_error(pages, request, values, "q", "error.desk.q.short");
	if (answer->too_long)
		page_error(pages, request, values, "q", "error.desk.q.long");
	if (answer->birth_fault != BIRTH_FINE)
		page_birth_fault(pages, request, values, answer->birth_fault);
	if (asked && !faulty)
		add_rows(pages, request, values, answer);
	page_show(pages, request, reply, faulty ? 422 : 200, "desk",
	    "desk.title", values);
}

static void
answer(const struct pages *pages, struct request *request, struct reply *reply,
    const char *typed, const char *birth, bool asked)
{
	struct desk_search_answer found;
	struct desk_visit visit;
	struct err err = {0};
	int64_t begun_ms = clock_mono_ms();

	if (!desk_enter(pages, request, reply, &visit))
		return;
	found = desk_search_ask(
	    pages->asker, &visit, typed, birth, &request->arena, &err);
	if (found.host.door == DESK_DOOR_CLOSED)
		log_event(LOG_LEVEL_ERROR, "desk.closed", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	if (desk_is_open(pages, request, reply, &found.host))
		show(pages, request, reply, &found, typed, birth, asked);
	if (asked)
		mark_wait(begun_ms);
}

void
page_desk_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	answer(pages, request, reply, "", "", false);
}

void
page_desk_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct arena *arena = &request->arena;
	const char *typed = form_text(&request->body, "q", arena);

	answer(pages, request, reply, typed,
	    form_text(&request->body, "naissance", arena), typed[0] != '\0');
}

/* One person's page: how the account is, and what can be done now. */
#include "lib/flow/desk_look.h"

#include <string.h>

#include "lib/base/catalogue.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/base/text.h"
#include "lib/flow/mark.h"
#include "lib/web/desk.h"
#include "lib/web/pages.h"

/* As long as a page may be asked for after an answer that did not come. */
enum { JUST_NOW_MS = 120000 };

/* --- parts of the page ---------------------------------------------------- */

static void
add_moment(const struct pages *pages, struct request *request,
    struct values *values, const char *name, int64_t ms)
{
	values_text(values, name, desk_moment(pages, request, ms));
}

static void
add_account(const struct pages *pages, struct request *request,
    struct values *values, const struct desk_look_answer *answer)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);

	values_text(values, "display",
	    answer->display[0] != '\0' ? answer->display : answer->login);
	values_text(values, "login", answer->login);
	values_text(values, "kinds", desk_kinds(pages, request, answer->kinds));
	values_text(values, "place",
	    desk_place_of(pages, &answer->host, answer->establishments));
	values_text(values, "state",
	    catalogue_get(catalogue, desk_state_key(answer->state)));
	values_flag(values, "has_password", answer->has_password);
	values_flag(values, "locked", answer->may[DESK_UNLOCK] == DESK_DONE);
	values_flag(values, "has_numen", answer->has_numen);
	values_flag(values, "has_ine", answer->has_ine);
	values_flag(values, "has_code", answer->has_code);
	values_flag(values, "has_number",
	    answer->has_numen || answer->has_ine || answer->has_code);
	values_text(values, "rescue", answer->rescue);
	values_text(values, "pending", answer->pending);
	add_moment(pages, request, values, "pending_at", answer->pending_ms);
	add_moment(pages, request, values, "changed_at", answer->changed_ms);
	add_moment(
	    pages, request, values, "activated_at", answer->activated_ms);
	add_moment(pages, request, values, "invited_at", answer->invited_ms);
	add_moment(pages, request, values, "code_until", answer->code_end_ms);
	add_moment(
	    pages, request, values, "letter_until", answer->letter_end_ms);
	add_moment(pages, request, values, "reissued_at", answer->reissued_ms);
	add_moment(pages, request, values, "disowned_at", answer->disowned_ms);
}

static void
add_doors(const struct pages *pages, struct request *request,
    struct values *values, const struct desk_look_answer *answer)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);

	for (size_t i = 0; i < DESK_DEED_DOORS; i++) {
		const struct desk_deed_door *door = &desk_deed_doors[i];
		const char *why = desk_why_key(answer->may[door->kind]);
		struct values *item =
		    values_item(values, why == NULL ? "can" : "cannot");

		values_flag(values, why == NULL ? "any" : "none", true);
		values_text(
		    item, "door_name", catalogue_get(catalogue, door->link));
		values_text(item, "door_hint",
		    catalogue_get(catalogue, why == NULL ? door->hint : why));
		values_text(item, "door_href",
		    page_link(pages, request,
			arena_printf(&request->arena, DESK_PERSON "%s/%s",
			    answer->uuid, door->path)));
	}
}

static void
add_past(const struct pages *pages, struct request *request,
    struct values *values, const struct desk_look_answer *answer)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);

	for (size_t i = 0; i < answer->trace_count; i++) {
		const char *key = desk_past_key(answer->traces[i].what);
		struct values *item;

		if (key == NULL)
			continue;
		item = values_item(values, "past");
		values_flag(values, "has_past", true);
		add_moment(
		    pages, request, item, "past_at", answer->traces[i].at_ms);
		values_text(item, "past_what", catalogue_get(catalogue, key));
	}
}

/* What has just been done, or may have been: the address says so, and what the
 * page says is what the directory says. */
static void
add_news(const struct pages *pages, struct request *request,
    struct values *values, const struct desk_look_answer *answer)
{
	const char *done = form_raw(&request->query, "fait");

	if (form_has(&request->query, "apres"))
		values_flag(values,
		    answer->reissued_ms > clock_now_ms() - JUST_NOW_MS
			? "reissued_unseen"
			: "unsure",
		    true);
	for (size_t i = 0; i < DESK_DEED_DOORS; i++)
		if (strcmp(done, desk_deed_doors[i].path) == 0 &&
		    desk_deed_doors[i].done != NULL)
			values_text(values, "done",
			    catalogue_get(page_catalogue(pages, request),
				desk_deed_doors[i].done));
}

static void
show_person(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_look_answer *answer)
{
	struct values *values = desk_values(pages, request, &answer->host);

	add_account(pages, request, values, answer);
	add_doors(pages, request, values, answer);
	add_past(pages, request, values, answer);
	add_news(pages, request, values, answer);
	page_show(pages, request, reply, 200, "desk-person",
	    "desk.person.title", values);
}

/* --- the address ---------------------------------------------------------- */

/* "/secretariat/personne/<uuid>[/<act>]". *door NULL: the page itself. False:
 * no page of ours. */
static bool
read_path(struct request *request, const char **uuid,
    const struct desk_deed_door **door)
{
	const char *rest = request->path + strlen(DESK_PERSON);
	const char *slash = strchr(rest, '/');

	*door = NULL;
	*uuid = rest;
	if (slash == NULL)
		return rest[0] != '\0';
	*uuid = arena_dup_n(&request->arena, rest, (size_t)(slash - rest));
	for (size_t i = 0; i < DESK_DEED_DOORS; i++)
		if (strcmp(slash + 1, desk_deed_doors[i].path) == 0)
			*door = &desk_deed_doors[i];
	return *door != NULL;
}

static void
show(const struct pages *pages, struct request *request, struct reply *reply,
    const char *uuid)
{
	int64_t begun_ms = clock_mono_ms();
	struct desk_look_answer answer;
	struct desk_visit visit;
	struct err err = {0};

	if (!desk_enter(pages, request, reply, &visit))
		return;
	answer =
	    desk_look_ask(pages->asker, &visit, uuid, &request->arena, &err);
	if (answer.host.door == DESK_DOOR_CLOSED)
		log_event(LOG_LEVEL_ERROR, "desk.closed", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	if (desk_is_open(pages, request, reply, &answer.host)) {
		if (answer.is_there)
			show_person(pages, request, reply, &answer);
		else
			desk_nobody(pages, request, reply);
	}
	mark_wait(begun_ms);
}

void
page_desk_person_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const struct desk_deed_door *door;
	const char *uuid;

	if (!desk_exists(pages, request, reply))
		return;
	if (!read_path(request, &uuid, &door))
		page_missing(pages, request, reply);
	else if (door == NULL)
		show(pages, request, reply, uuid);
	else
		desk_deed_get(pages, request, reply, door, uuid);
}

void
page_desk_person_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const struct desk_deed_door *door;
	const char *uuid;

	if (!desk_exists(pages, request, reply))
		return;
	if (!read_path(request, &uuid, &door) || door == NULL)
		page_missing(pages, request, reply);
	else
		desk_deed_post(pages, request, reply, door, uuid);
}

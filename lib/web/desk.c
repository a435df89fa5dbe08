#include "lib/web/desk.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/catalogue.h"
#include "lib/base/clock.h"
#include "lib/base/template.h"
#include "lib/flow/establishments.h"
#include "lib/flow/flow_conf.h"
#include "lib/store/token.h"
#include "lib/web/cookie.h"
#include "lib/web/pages.h"

enum { MARK = 16 };

/* --- the door ------------------------------------------------------------- */

bool
desk_exists(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	if (pages->desk != NULL && pages->desk->group[0] != '\0')
		return true;
	page_missing(pages, request, reply);
	return false;
}

bool
desk_enter(const struct pages *pages, struct request *request,
    struct reply *reply, struct desk_visit *visit)
{
	const char *cookie;
	struct token token;
	bool is_token;

	if (!desk_exists(pages, request, reply))
		return false;
	cookie = cookie_get(pages, request, COOKIE_DESK);
	is_token = token_parse(cookie, &token);
	sodium_memzero(&token, sizeof token);
	if (!is_token) {
		reply_redirect(reply, page_link(pages, request, DESK_SIGNIN));
		return false;
	}
	*visit = desk_visit_of(cookie, &request->visitor);
	return true;
}

void
desk_shut(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	cookie_set_session(pages, request, reply, COOKIE_DESK, "");
	reply_redirect(reply, page_link(pages, request, DESK_SIGNIN "?fin=1"));
}

bool
desk_is_open(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_host *host)
{
	switch (host->door) {
	case DESK_DOOR_OPEN:
		return true;
	case DESK_DOOR_SHUT:
		desk_shut(pages, request, reply);
		break;
	case DESK_DOOR_CLOSED:
	case DESK_DOORS:
		page_closed(pages, request, reply);
		break;
	}
	return false;
}

void
desk_nobody(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_message(pages, request, reply,
	    &(struct page_message){.status = 404,
		.key = "desk-nobody",
		.href = DESK_HOME,
		.action = "desk.back"});
}

/* --- what pages show ------------------------------------------------------ */

const char *
desk_moment(const struct pages *pages, struct request *request, int64_t ms)
{
	struct values *values = values_new(&request->arena);
	struct arena *arena = &request->arena;
	struct clock_day day;
	int hour, minute;

	if (ms <= 0)
		return "";
	day = clock_local_day(ms, &hour, &minute);
	values_text(values, "day",
	    arena_printf(
		arena, "%02d/%02d/%04d", day.day, day.month, day.year));
	values_text(values, "iso",
	    arena_printf(
		arena, "%04d-%02d-%02d", day.year, day.month, day.day));
	values_text(values, "hour", arena_printf(arena, "%d", hour));
	values_text(values, "minute", arena_printf(arena, "%02d", minute));
	return template_sentence(
	    arena, page_catalogue(pages, request), "desk.moment", values);
}

const char *
desk_place(const struct pages *pages, const char *uai)
{
	const struct establishment *one =
	    establishments_one(pages->establishments, uai);

	return one != NULL ? one->name : uai;
}

const char *
desk_place_of(
    const struct pages *pages, const struct desk_host *host, char *const *list)
{
	for (size_t i = 0; host->establishments[i] != NULL; i++)
		for (size_t j = 0; list[j] != NULL; j++)
			if (strcasecmp(host->establishments[i], list[j]) == 0)
				return desk_place(pages, list[j]);
	return "";
}

const char *
desk_kinds(
    const struct pages *pages, struct request *request, char *const *kinds)
{
	static const char *const names[][2] = {
	    {"etudiant", "desk.kind.student"},
	    {"enseignant", "desk.kind.teacher"},
	    {"administratif", "desk.kind.office"},
	    {"technique", "desk.kind.technical"},
	    {"externe", "desk.kind.external"}};
	const struct catalogue *catalogue = page_catalogue(pages, request);
	const char *text = "";

	for (; *kinds != NULL; kinds++)
		for (size_t i = 0; i < COUNT_OF(names); i++)
			if (strcasecmp(*kinds, names[i][0]) == 0)
				text = arena_printf(&request->arena, "%s%s%s",
				    text, text[0] != '\0' ? ", " : "",
				    catalogue_get(catalogue, names[i][1]));
	return text;
}

struct values *
desk_values(const struct pages *pages, struct request *request,
    const struct desk_host *host)
{
	struct values *values = page_values(pages, request);

	values_flag(values, "is_desk", true);
	values_text(values, "host", host->login);
	values_text(values, "desk_href", page_link(pages, request, DESK_HOME));
	values_text(
	    values, "signout_href", page_link(pages, request, DESK_SIGNOUT));
	values_flag(values, "has_factor", host->has_factor);
	for (size_t i = 0; host->establishments[i] != NULL; i++) {
		struct values *item = values_item(values, "host_places");

		values_text(item, "host_place",
		    desk_place(pages, host->establishments[i]));
	}
	return values;
}

/* --- forms ---------------------------------------------------------------- */

const char *
desk_mark(struct request *request, const char *cookie, const char *uuid,
    const char *act, const char *form)
{
	static const unsigned char purpose[crypto_generichash_KEYBYTES] =
	    "rentree.desk.form";
	const char *text = arena_printf(
	    &request->arena, "%s|%s|%s|%s", cookie, uuid, act, form);
	char *mark = arena_alloc(&request->arena, 2 * MARK + 1);
	unsigned char hash[MARK];

	(void)crypto_generichash(hash, sizeof hash, (const unsigned char *)text,
	    strlen(text), purpose, sizeof purpose);
	return sodium_bin2hex(mark, 2 * MARK + 1, hash, sizeof hash);
}

#include "lib/web/desk_sheet.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/qr.h"
#include "lib/base/template.h"
#include "lib/flow/desk_deed.h"
#include "lib/people/number.h"
#include "lib/people/people_conf.h"
#include "lib/web/desk.h"

enum { QUIET_ZONE = 4 };

/* The NUMEN as it was understood: the worker does not send it back. */
static const char *
typed_number(struct request *request, const char *typed)
{
	struct number number;
	const char *text = "";

	if (number_parse(typed, &number) == NUMBER_FINE)
		text = arena_dup(&request->arena, number.text);
	sodium_memzero(&number, sizeof number);
	return text;
}

static void
add_code(const struct pages *pages, struct request *request,
    struct values *values, const struct desk_deed_request *asked,
    const struct desk_deed_answer *answer)
{
	bool is_letter = asked->kind == DESK_LETTER;

	values_flag(values, "is_numen", asked->kind == DESK_NUMEN);
	values_flag(values, "is_code", asked->kind == DESK_CODE);
	values_flag(values, "is_phone", asked->kind == DESK_PHONE);
	values_flag(values, "is_letter", is_letter);
	values_text(values, "code",
	    asked->kind == DESK_NUMEN ? typed_number(request, asked->number)
				      : answer->code);
	values_text(
	    values, "until", desk_moment(pages, request, answer->until_ms));
	/* Addresses as they are typed: the site's own. */
	values_text(values, "page",
	    arena_printf(&request->arena, "%s%s", pages->site->public_url,
		is_letter ? "/activation" : "/mot-de-passe-oublie"));
}

/* The letter's link: whoever has a telephone need not type. */
static void
add_qr(const struct pages *pages, struct request *request,
    struct values *values, const struct desk_deed_answer *answer)
{
	struct arena *arena = &request->arena;
	char *plain = arena_dup(arena, answer->code), *to = plain;
	struct qr qr;

	for (const char *from = answer->code; *from != '\0'; from++)
		if (*from != '-')
			*to++ = *from;
	*to = '\0';
	if (!qr_make(arena,
		arena_printf(arena, "%s/a/%s", pages->site->public_url, plain),
		&qr))
		return;
	values_text(values, "qr", qr_path(arena, &qr));
	values_text(values, "qr_box",
	    arena_printf(arena, "%d %d %d %d", -QUIET_ZONE, -QUIET_ZONE,
		qr.width + 2 * QUIET_ZONE, qr.width + 2 * QUIET_ZONE));
}

void
desk_sheet_show(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_deed_request *asked,
    const struct desk_deed_answer *answer, const char *back)
{
	struct values *values = desk_values(pages, request, &answer->host);

	values_text(values, "display",
	    answer->display[0] != '\0' ? answer->display : answer->login);
	values_text(values, "login", answer->login);
	values_text(values, "place",
	    desk_place_of(pages, &answer->host, answer->establishments));
	values_text(values, "at", desk_moment(pages, request, answer->at_ms));
	values_text(values, "person_href", back);
	add_code(pages, request, values, asked, answer);
	if (asked->kind == DESK_LETTER)
		add_qr(pages, request, values, answer);
	page_show(pages, request, reply, 200, "desk-sheet",
	    asked->kind == DESK_PHONE ? "desk.sheet.phone" : "desk.sheet.title",
	    values);
}

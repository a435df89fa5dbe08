/* "It was not me" and "this address is mine": one button each. */
#include "lib/flow/ticket.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/catalogue.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/store/store_conf.h"
#include "lib/web/cookie.h"
#include "lib/web/pages.h"
#include "lib/web/tab.h"

#define DISOWN_PATH "/pas-moi/"
#define VERIFY_PATH "/v/"
#define CONFIRM_PATH "/confirmer-adresse"

/* One kind of ticket; keys begin with key. */
struct door {
	enum request_kind kind;
	const char *key;
	const char *done; /* where a success leads */
	const char *again;
	const char *again_text;
};

static const struct door disown = {REQUEST_DISOWN, "disown",
    "/pas-moi-enregistre", "/mot-de-passe-oublie", "recover.title"};
static const struct door confirm = {REQUEST_CONFIRM, "confirm",
    "/adresse-confirmee", "/adresse-de-secours", "rescue.title"};

static void
show_button(const struct pages *pages, struct request *request,
    struct reply *reply, const struct door *door, const char *text,
    const char *action, const char *address)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);
	struct values *values = page_values(pages, request);
	struct arena *arena = &request->arena;
	static const char *const words[] = {"text", "button", "hint"};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		values_text(values, words[i],
		    template_sentence(arena, catalogue,
			arena_printf(arena, "%s.%s", door->key, words[i]),
			values));
	values_text(values, "lien", tab_mark(request, text));
	values_text(values, "address", address);
	values_text(values, "action", page_link(pages, request, action));
	page_show(pages, request, reply, 200, "ticket",
	    arena_printf(arena, "%s.title", door->key), values);
}

static void
show_end(const struct pages *pages, struct request *request,
    struct reply *reply, const struct door *door, const char *text,
    const char *action, const struct ticket_answer *answer)
{
	switch (answer->end) {
	case TICKET_OPEN:
		show_button(
		    pages, request, reply, door, text, action, answer->address);
		break;
	case TICKET_DONE:
		reply_redirect(
		    reply, page_link(pages, request,
			       arena_printf(&request->arena, "%s%s", door->done,
				   answer->waits ? "?attente=1" : "")));
		break;
	case TICKET_DEAD:
		page_message(pages, request, reply,
		    &(struct page_message){.status = 410,
			.key = "ticket-dead",
			.href = door->again,
			.action = door->again_text});
		break;
	case TICKET_BUSY:
		page_message(pages, request, reply,
		    &(struct page_message){
			.status = 409, .key = "changing", .retry_after_s = 15});
		break;
	case TICKET_LIMITED:
		page_limited(pages, request, reply, answer->retry_after_s);
		break;
	case TICKET_CLOSED:
		page_closed(pages, request, reply);
		break;
	}
}

static void
serve(const struct pages *pages, struct request *request, struct reply *reply,
    const struct door *door, const char *text, const char *action)
{
	struct ticket_answer answer;
	struct err err = {0};

	answer = ticket_ask(pages->asker, door->kind, text,
	    request->method == METHOD_POST, &request->visitor, &request->arena,
	    &err);
	if (answer.end == TICKET_CLOSED)
		log_event(LOG_LEVEL_ERROR, "ticket.closed", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	show_end(pages, request, reply, door, text, action, &answer);
}

/* --- "Ce n'est pas moi" --------------------------------------------------- */

void
page_disown(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	serve(pages, request, reply, &disown,
	    request->path + strlen(DISOWN_PATH), request->path);
}

void
page_disowned_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_message(pages, request, reply,
	    &(struct page_message){.status = 200,
		.key = "disowned",
		.href = "/mot-de-passe-oublie",
		.action = "recover.title"});
}

/* --- the rescue address --------------------------------------------------- */

void
page_verify_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const char *text = request->path + strlen(VERIFY_PATH);
	struct token token;

	cookie_set(pages, request, reply, COOKIE_ADDRESS,
	    token_parse(text, &token) ? text : "x");
	sodium_memzero(&token, sizeof token);
	reply_redirect(reply, page_link(pages, request, CONFIRM_PATH));
}

void
page_verify_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	serve(pages, request, reply, &confirm,
	    request->path + strlen(VERIFY_PATH), CONFIRM_PATH);
}

void
page_confirm(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const char *text = cookie_get(pages, request, COOKIE_ADDRESS);

	if (text[0] == '\0') {
		reply_redirect(
		    reply, page_link(pages, request, "/adresse-de-secours"));
		return;
	}
	if (tab_is_other(request, text)) {
		page_other_link(pages, request, reply, CONFIRM_PATH);
		return;
	}
	serve(pages, request, reply, &confirm, text, CONFIRM_PATH);
	if (request->method == METHOD_POST && reply->status == 303)
		cookie_set(pages, request, reply, COOKIE_ADDRESS, "");
}

void
page_rescue_asked_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_message(pages, request, reply,
	    &(struct page_message){.status = 200, .key = "rescue-asked"});
}

void
page_confirmed_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const struct limits_conf *limits = pages->asker->limits;
	bool waits = form_raw(&request->query, "attente")[0] == '1';

	page_message(pages, request, reply,
	    &(struct page_message){.status = 200,
		.key = waits ? "confirmed-waits" : "confirmed",
		.hours = (limits->recovery_mail_cooloff_s + 3599) / 3600});
}

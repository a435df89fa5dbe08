/* "Activer mon compte": by number, with a link in a mail, or by the code of a
 * printed letter, at once. */
#include <string.h>

#include <sodium.h>

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/flow/letter.h"
#include "lib/web/cookie.h"
#include "lib/web/number_door.h"
#include "lib/web/pages.h"

#define LETTER_PATH "/a/"

/* The code that the QR code of a letter brought, as it is printed; "" when
 * none did, or the person said that it is not theirs. */
static const char *
brought_code(const struct pages *pages, struct request *request)
{
	const char *text = cookie_get(pages, request, COOKIE_LETTER);
	char grouped[LETTER_CODE_GROUPED] = "";
	struct letter_code code;
	const char *brought;

	if (form_raw(&request->query, "lettre")[0] == '\0' &&
	    letter_code_parse(text, &code) == LETTER_CODE_FINE)
		letter_code_group(&code, grouped);
	brought = arena_dup(&request->arena, grouped);
	sodium_memzero(&code, sizeof code);
	sodium_memzero(grouped, sizeof grouped);
	return brought;
}

/* What was typed counts, in whichever field: people mix them up. */
static const char *
typed_code(const struct pages *pages, struct request *request)
{
	struct arena *arena = &request->arena;
	const char *code = form_text(&request->body, "code", arena);
	const char *number = form_text(&request->body, "numen", arena);
	struct letter_code read;
	bool is_code = letter_code_parse(number, &read) == LETTER_CODE_FINE;

	sodium_memzero(&read, sizeof read);
	if (code[0] != '\0')
		return code;
	if (is_code)
		return number;
	return number[0] == '\0' ? brought_code(pages, request) : "";
}

static void
add_letter(
    const struct pages *pages, struct request *request, struct values *values)
{
	bool by_number = form_raw(&request->body, "numen")[0] != '\0';

	values_flag(values, "letter",
	    !by_number && brought_code(pages, request)[0] != '\0');
	values_flag(values, "number_optional", true);
	values_text(values, "code", typed_code(pages, request));
	values_text(values, "no_letter_href",
	    page_link(pages, request, "/activation?lettre=non"));
}

static const struct number_door activate = {.template = "activate",
    .title = "activate.title",
    .purpose = CAPTCHA_ACTIVATE,
    .ask = recover_ask_activation,
    .no_number = "error.activate.empty",
    .add = add_letter};

/* It spends nothing and tells nothing, as the link of a mail. */
void
page_letter_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct letter_code code;
	bool reads = letter_code_parse(request->path + strlen(LETTER_PATH),
			 &code) == LETTER_CODE_FINE;

	cookie_set(
	    pages, request, reply, COOKIE_LETTER, reads ? code.text : "x");
	sodium_memzero(&code, sizeof code);
	reply_redirect(reply, page_link(pages, request, "/activation"));
}

void
page_activate_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	if (form_raw(&request->query, "lettre")[0] != '\0')
		cookie_set(pages, request, reply, COOKIE_LETTER, "");
	number_door_show_empty(pages, request, reply, &activate);
}

static const char *
code_key(enum letter_code_fault fault)
{
	return fault == LETTER_CODE_FINE ? NULL : "error.code.form";
}

static void
show_faults(const struct pages *pages, struct request *request,
    struct reply *reply, const struct letter_answer *answer)
{
	struct values *values = page_values(pages, request);
	const char *key = code_key(answer->code_fault);

	if (key != NULL)
		page_error(pages, request, values, "code", key);
	page_birth_fault(pages, request, values, answer->birth_fault);
	number_door_show(pages, request, reply, &activate, 422, values, true);
}

static void
show_refused(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct values *values = page_values(pages, request);

	page_error(pages, request, values, "code", "error.code.refused");
	number_door_show(pages, request, reply, &activate, 422, values, false);
}

static void
show_end(const struct pages *pages, struct request *request,
    struct reply *reply, const struct letter_answer *answer)
{
	switch (answer->end) {
	case LETTER_OPENED:
		cookie_set(pages, request, reply, COOKIE_LINK, answer->token);
		cookie_set(pages, request, reply, COOKIE_LETTER, "");
		reply_redirect(
		    reply, page_link(pages, request, "/nouveau-mot-de-passe"));
		break;
	case LETTER_REFUSED:
		show_refused(pages, request, reply);
		break;
	case LETTER_FAULTS:
		show_faults(pages, request, reply, answer);
		break;
	case LETTER_CAPTCHA:
		number_door_show_captcha(pages, request, reply, &activate);
		break;
	case LETTER_LIMITED:
		page_limited(pages, request, reply, answer->retry_after_s);
		break;
	case LETTER_CLOSED:
		page_closed(pages, request, reply);
		break;
	}
}

static void
take_letter(const struct pages *pages, struct request *request,
    struct reply *reply, const char *code)
{
	struct arena *arena = &request->arena;
	struct letter_form form = {.code = code,
	    .birth = form_text(&request->body, "naissance", arena),
	    .captcha = page_captcha_answer(request)};
	struct letter_answer answer;
	struct err err = {0};

	answer =
	    letter_ask(pages->asker, &form, &request->visitor, arena, &err);
	if (answer.end == LETTER_CLOSED)
		log_event(LOG_LEVEL_ERROR, "letter.closed", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	show_end(pages, request, reply, &answer);
	sodium_memzero(&answer, sizeof answer);
}

void
page_activate_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const char *code = typed_code(pages, request);

	if (form_raw(&request->body, "nouveau_code")[0] != '\0')
		number_door_show_empty(pages, request, reply, &activate);
	else if (code[0] != '\0')
		take_letter(pages, request, reply, code);
	else
		number_door_take(pages, request, reply, &activate);
}

/*
 * number_door - the doors with a number and a birth date: "Mot de passe
 * oublié", "Courriel non reçu" and, without a letter, "Activer mon compte".
 */
#ifndef LIB_WEB_NUMBER_DOOR_H
#define LIB_WEB_NUMBER_DOOR_H

#include <stdbool.h>

#include "lib/flow/recover.h"
#include "lib/web/page.h"

struct number_door {
	const char *template;
	const char *title;
	enum captcha_purpose purpose;
	struct recover_answer (*ask)(const struct asker *asker,
	    const struct recover_form *form, const struct visitor *visitor,
	    struct err *err);
	const char *no_number; /* key: nothing was typed; NULL = the usual */
	/* More values of its template; NULL = none. */
	void (*add)(const struct pages *pages, struct request *request,
	    struct values *values);
};

/* The form, with everything that was typed. */
void number_door_show(const struct pages *pages, struct request *request,
    struct reply *reply, const struct number_door *door, unsigned status,
    struct values *values, bool keep_captcha);

/* A GET, and a POST that asked for a new picture. */
void number_door_show_empty(const struct pages *pages, struct request *request,
    struct reply *reply, const struct number_door *door);

/* The form with the one error that a wrong captcha is. */
void number_door_show_captcha(const struct pages *pages,
    struct request *request, struct reply *reply,
    const struct number_door *door);

void number_door_take(const struct pages *pages, struct request *request,
    struct reply *reply, const struct number_door *door);

#endif

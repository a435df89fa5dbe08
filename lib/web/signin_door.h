/*
 * signin_door - the doors that ask for a login and the current password:
 * "Changer mon mot de passe" and "Mon adresse de secours".
 */
#ifndef LIB_WEB_SIGNIN_DOOR_H
#define LIB_WEB_SIGNIN_DOOR_H

#include <stdbool.h>

#include "captcha/captcha.h"
#include "lib/web/page.h"

struct signin_door {
	const char *template;
	const char *title;
	enum captcha_purpose purpose;
	/* More values of its template. */
	void (*add)(const struct pages *pages, struct request *request,
	    struct values *values);
};

/* The form, with the name that was typed; passwords are typed again. */
void signin_door_show(const struct pages *pages, struct request *request,
    struct reply *reply, const struct signin_door *door, unsigned status,
    struct values *values, bool keep_captcha);

/* A GET, and a POST that asked for a new picture. */
void signin_door_show_empty(const struct pages *pages, struct request *request,
    struct reply *reply, const struct signin_door *door);

/* What is missing of the two. */
void signin_door_add_missing(const struct pages *pages, struct request *request,
    struct values *values, bool no_name, bool no_current);

/* The one sentence for wrong, unknown, locked and never activated. */
void signin_door_show_refused(const struct pages *pages,
    struct request *request, struct reply *reply,
    const struct signin_door *door);

void signin_door_show_captcha(const struct pages *pages,
    struct request *request, struct reply *reply,
    const struct signin_door *door);

#endif

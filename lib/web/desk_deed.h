/*
 * desk_deed - one form of an act at the desk: shown (desk_deed_form.c), read
 * (desk_deed_read.c) and answered (desk_deed_pages.c). What these lend each
 * other, and nobody else.
 */
#ifndef LIB_WEB_DESK_DEED_H
#define LIB_WEB_DESK_DEED_H

#include <stdbool.h>

#include "lib/flow/desk_deed.h"
#include "lib/web/desk.h"

/* A form that was sent. */
struct deed {
	const struct desk_deed_door *door;
	const char *uuid;
	struct desk_visit visit;
	struct desk_deed_request asked;
	bool is_numen; /* "numero": the one that the rectorat gave */
	/* Catalogue keys of what is wrong, by field; NULL = fine. */
	const char *choice_fault, *number_fault, *document_fault;
	const char *address_fault, *call_fault, *code_fault;
};

/* The address of the person's page, and of what is behind it; more: "",
 * "/numero", "?fait=lien". */
const char *desk_person_path(const struct pages *pages, struct request *request,
    const char *uuid, const char *more);
/* … a redirect to it. */
void desk_to_person(const struct pages *pages, struct request *request,
    struct reply *reply, const char *uuid, const char *more);

/* The form, with what is wrong with it. The person is looked at anew for every
 * form: whoever may not be acted on (any more) has none. */
void desk_deed_show(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, const struct deed *deed);

/* Does the form belong to this session, person and act? */
bool desk_deed_has_mark(struct request *request, const struct deed *deed);
/* Fills asked and the faults. False: there are some. */
bool desk_deed_read(
    const struct pages *pages, struct request *request, struct deed *deed);

#endif

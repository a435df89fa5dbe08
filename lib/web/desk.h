/*
 * desk - what the pages below /secretariat/ have in common: the cookie, the
 * door, who is signed in, and the mark that a form belongs to this session and
 * this person.
 *
 * The mark is a hash of the cookie, the person, the act and the form's name:
 * another site cannot make one, for it does not know the cookie (which, being
 * Strict, does not come along with its requests either).
 */
#ifndef LIB_WEB_DESK_H
#define LIB_WEB_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/flow/desk_look.h"
#include "lib/flow/desk_visit.h"
#include "lib/web/page.h"

#define DESK_HOME "/secretariat/"
#define DESK_SIGNIN "/secretariat/connexion"
#define DESK_ENROL "/secretariat/inscription"
#define DESK_SIGNOUT "/secretariat/deconnexion"
#define DESK_PERSON "/secretariat/personne/"

/* Is there a desk, and does the browser have a session to show? If not, the
 * answer is written. *visit lives with the request. */
bool desk_enter(const struct pages *pages, struct request *request,
    struct reply *reply, struct desk_visit *visit);
/* Is there a desk at all? If not, the answer is written. */
bool desk_exists(
    const struct pages *pages, struct request *request, struct reply *reply);

/* The worker answered: is the door open? If not, the answer is written. */
bool desk_is_open(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_host *host);
/* … to the sign-in, and the cookie is gone. */
void desk_shut(
    const struct pages *pages, struct request *request, struct reply *reply);

/* Values of every page behind the door. */
struct values *desk_values(const struct pages *pages, struct request *request,
    const struct desk_host *host);

/* "24/11/2026 à 10 h 42", in the page's language; "" for 0. */
const char *desk_moment(
    const struct pages *pages, struct request *request, int64_t ms);

/* The name of an establishment, or its UAI. */
const char *desk_place(const struct pages *pages, const char *uai);
/* The first of list that is one of the host's; "" when none is. */
const char *desk_place_of(
    const struct pages *pages, const struct desk_host *host, char *const *list);

/* "enseignant, administratif" in words; in the request's arena. */
const char *desk_kinds(
    const struct pages *pages, struct request *request, char *const *kinds);

/* The mark of a form; in the request's arena. */
const char *desk_mark(struct request *request, const char *cookie,
    const char *uuid, const char *act, const char *form);

/* Nobody, or somebody of another establishment: the same page. */
void desk_nobody(
    const struct pages *pages, struct request *request, struct reply *reply);

/* --- acts (desk_deed_pages.c) --------------------------------------------- */

struct desk_deed_door {
	const char *path; /* behind the person's */
	enum desk_kind kind;
	const char *title, *lead, *submit; /* catalogue keys */
	const char *link, *hint;           /* … on the person's page */
	const char *done;                  /* … there, afterwards */
};

extern const struct desk_deed_door desk_deed_doors[];
enum { DESK_DEED_DOORS = 6 };

/* Catalogue keys (desk_words.c): what stands against it, NULL for DESK_DONE; a
 * state; what happened, NULL = not told. */
const char *desk_why_key(enum desk_end end);
const char *desk_state_key(enum state state);
const char *desk_past_key(enum desk_happening what);

void desk_deed_get(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_deed_door *door, const char *uuid);
void desk_deed_post(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_deed_door *door, const char *uuid);

#endif

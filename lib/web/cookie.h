/*
 * cookie - what a link brought, kept out of the address: the token of a mail,
 * the code of a letter. Short-lived, for our pages alone, out of reach of
 * scripts.
 *
 * name is without its prefix: over https "__Host-" stands in front, so that no
 * other host of the domain can set it; on loopback "rentree_" alone. Lax, not
 * Strict: the first request comes from a link in a webmail, and a Strict cookie
 * would not be sent on the redirect.
 */
#ifndef LIB_WEB_COOKIE_H
#define LIB_WEB_COOKIE_H

#include "lib/web/page.h"

#define COOKIE_LINK "lien"
#define COOKIE_ADDRESS "adresse"
#define COOKIE_LETTER "lettre"
#define COOKIE_DESK "secretariat" /* a session of the desk */

/* Long enough to choose a password, no longer. */
enum { COOKIE_S = 1800 };

/* value: characters that need no quotes. "" ends it. */
void cookie_set(const struct pages *pages, struct request *request,
    struct reply *reply, const char *name, const char *value);

/* The same until the browser is closed, and never sent along with what another
 * site began: Strict. */
void cookie_set_session(const struct pages *pages, struct request *request,
    struct reply *reply, const char *name, const char *value);

/* "" when there is none. */
const char *cookie_get(
    const struct pages *pages, struct request *request, const char *name);

#endif

/*
 * tab - which link a form belongs to, when several are open in one browser.
 *
 * The cookie of a link is one for all tabs: whoever opens the links of two
 * accounts side by side and fills in the first form would set the password of
 * the second account. So a form carries the mark of its link in a hidden field
 * `lien`, and one whose mark is not the cookie's is not taken. A form without
 * the field is (the field is no proof of anything, the cookie is).
 *
 * The mark is a short hash of the token: no way back to it.
 */
#ifndef LIB_WEB_TAB_H
#define LIB_WEB_TAB_H

#include <stdbool.h>

struct request;

/* In the request's arena. */
const char *tab_mark(struct request *request, const char *token);
/* Does the form that was sent belong to another link? */
bool tab_is_other(struct request *request, const char *token);
/* Was it sent by a page of ours that had a link? */
bool tab_had_link(const struct request *request);

#endif

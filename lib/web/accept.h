/*
 * accept - what a client would rather have: Accept and Accept-Language, with
 * their weights (RFC 9110 sections 12.4.2, 12.5.1 and 12.5.4).
 *
 * A header is a wish: an element that is not well formed is passed over, and
 * no header (NULL) means that everything is as good. Types are matched with
 * the more precise range first; their parameters other than q do not count.
 * Languages are matched by the first subtag, which is all our catalogues have:
 * "fr-CA" and "fr" both ask for "fr".
 */
#ifndef LIB_WEB_ACCEPT_H
#define LIB_WEB_ACCEPT_H

#include <stdbool.h>

#include "lib/base/base.h"

enum { ACCEPT_BEST = 1000 };

/* Thousandths; 0 = not wanted. language: a primary subtag, lower case. */
unsigned accept_language(const char *header, const char *language);

/*
 * Is type wanted more than other? Of two with the same weight, the one that a
 * more precise range asks for: a header that names JSON beside "any type" asks
 * for JSON, "any type" alone for neither.
 */
bool accept_prefers(const char *header, const char *type, const char *other);

#endif

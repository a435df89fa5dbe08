/*
 * charter - the version of the charter that a person accepts with the
 * activation: what charter.html says in data-version.
 *
 * The text is the operator's (a template of the same name in [site]
 * templates); a new text gets a new version there, and nothing else changes.
 */
#ifndef LIB_WEB_CHARTER_H
#define LIB_WEB_CHARTER_H

#include "lib/web/page.h"

enum { CHARTER_VERSION_MAX = 64 };

/* In the request's arena; "unnamed" when the template names none. */
const char *charter_version(const struct pages *pages, struct request *request);

#endif

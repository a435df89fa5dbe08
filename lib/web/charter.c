#include "lib/web/charter.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/template.h"

#define NAMED "data-version=\""

/* What may stand in the directory as it is: rentreeCharter is IA5. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789.-_/";

const char *
charter_version(const struct pages *pages, struct request *request)
{
	const char *version = "unnamed", *at;
	struct err err = {0};
	struct buf text;
	size_t len;

	buf_init(&text, REPLY_BODY_MAX);
	if (template_render(pages->templates, "charter",
		page_catalogue(pages, request), page_values(pages, request),
		&text, &err) == 0 &&
	    (at = strstr(buf_text(&text), NAMED)) != NULL) {
		at += strlen(NAMED);
		len = strspn(at, plain);
		if (len > 0 && len <= CHARTER_VERSION_MAX)
			version = arena_dup_n(&request->arena, at, len);
	}
	buf_free(&text);
	return version;
}

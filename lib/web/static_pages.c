#include <string.h>

#include "lib/base/embed.h"
#include "lib/base/text.h"
#include "lib/web/pages.h"
#include "lib/web/theme.h"

static const char *
type_of(const char *name)
{
	static const char *const types[][2] = {
	    {".css", "text/css; charset=utf-8"},
	    {".js", "text/javascript; charset=utf-8"},
	    {".svg", "image/svg+xml"},
	    {".png", "image/png"},
	};

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (text_has_suffix(name, types[i][0]))
			return types[i][1];
	return NULL;
}

/* What the configuration brings: not cached for good, it has no version. */
static bool
serve_theme(const struct theme *theme, const char *name, struct reply *reply)
{
	if (strcmp(name, "theme.css") == 0 && theme->style[0] != '\0') {
		reply->content_type = "text/css; charset=utf-8";
		reply->fixed = theme->style;
		reply->fixed_len = strlen(theme->style);
	} else if (strcmp(name, "logo") == 0 && theme->logo != NULL) {
		reply->content_type = theme->logo_type;
		reply->fixed = theme->logo;
		reply->fixed_len = theme->logo_len;
	} else {
		return false;
	}
	reply->status = 200;
	return true;
}

void
page_static_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const char *name = request->path + strlen("/static/");
	const struct embed_file *file = embed_find(pages->files,
	    arena_printf(&request->arena, "lib/web/static/%s", name));

	if (serve_theme(pages->theme, name, reply))
		return;
	if (file == NULL || type_of(name) == NULL) {
		page_missing(pages, request, reply);
		return;
	}
	reply->status = 200;
	reply->content_type = type_of(name);
	reply->fixed = file->bytes;
	reply->fixed_len = file->len;
	/* An address with another program's version gets these bytes, but must
	 * not keep them. */
	reply->cacheable =
	    strcmp(form_raw(&request->query, "v"), pages->version) == 0;
}

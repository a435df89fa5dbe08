#include <string.h>

#include "lib/base/embed.h"
#include "lib/base/text.h"
#include "lib/web/pages.h"

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

void
page_static_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const char *name = request->path + strlen("/static/");
	const struct embed_file *file = embed_find(pages->files,
	    arena_printf(&request->arena, "lib/web/static/%s", name));

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

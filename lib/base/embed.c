#include "lib/base/embed.h"

#include <stdlib.h>
#include <string.h>

static int
compare(const void *name, const void *file)
{
	return strcmp(name, ((const struct embed_file *)file)->name);
}

const struct embed_file *
embed_find(const struct embed_list *list, const char *name)
{
	if (list->count == 0)
		return NULL;
	return bsearch(
	    name, list->files, list->count, sizeof(*list->files), compare);
}

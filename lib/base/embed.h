/*
 * embed - files that travel inside the program: templates, styles, catalogues.
 *
 * The build turns a list of files into one array per program, sorted by name
 * (lib/tools/embed.c). A folder given in the configuration may override single
 * files; see template.h.
 */
#ifndef LIB_BASE_EMBED_H
#define LIB_BASE_EMBED_H

#include <stddef.h>

struct embed_file {
	const char *name; /* path from the repository root */
	const unsigned char *bytes;
	size_t len;
};

struct embed_list {
	const struct embed_file *files;
	size_t count;
};

/* NULL when the program does not carry it. */
const struct embed_file *embed_find(
    const struct embed_list *list, const char *name);

#endif

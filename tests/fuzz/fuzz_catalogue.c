/* The bytes of a MO file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/catalogue.h"
#include "lib/base/embed.h"
#include "lib/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct embed_file file = {"lib/locale/fr.mo", data, size};
	struct embed_list list = {&file, 1};
	struct catalogue *catalogue;
	struct err err = {ERR_NONE, ""};

	catalogue = catalogue_open(&list, "fr", &err);
	if ((catalogue == NULL) != (err.kind == ERR_INTERNAL))
		abort();
	if (catalogue == NULL)
		return 0;
	if (catalogue_has(catalogue, "") ||
	    strcmp(catalogue_get(catalogue, ""), "") != 0)
		abort();
	if (catalogue_has(catalogue, "key") &&
	    strlen(catalogue_get(catalogue, "key")) > size)
		abort();
	catalogue_free(catalogue);
	return 0;
}

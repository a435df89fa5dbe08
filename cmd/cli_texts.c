#include "cmd/cli_texts.h"

#include "cmd/common_embedded.h"
#include "lib/base/catalogue.h"
#include "lib/base/template.h"

int
cli_texts_open(struct cli *cli, struct cli_texts *texts, struct err *err)
{
	const struct site_conf *site = &cli->settings.site;

	*texts = (struct cli_texts){0};
	for (size_t i = 0; i < site->languages.count && i < HANDS_LANGUAGES_MAX;
	     i++) {
		texts->opened[i] = catalogue_open(
		    &embedded_files, site->languages.list[i], err);
		if (texts->opened[i] == NULL)
			return -1;
		texts->catalogues[i] = texts->opened[i];
	}
	texts->letters = template_load(&embedded_files, "mailer/templates/",
	    ".txt", TEMPLATE_TEXT, site->templates, texts->catalogues, err);
	return texts->letters == NULL ? -1 : 0;
}

void
cli_texts_close(struct cli_texts *texts)
{
	template_free(texts->letters);
	for (size_t i = 0; i < HANDS_LANGUAGES_MAX; i++)
		catalogue_free(texts->opened[i]);
}

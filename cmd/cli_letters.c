#include "cmd/cli_letters.h"

#include "cmd/cli_texts.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

const char *const *
cli_waves(struct cli *cli)
{
	const char *typed = cli->options[CLI_WAVE];
	const struct conf_words *waves = &cli->settings.provision.waves;

	if (typed != NULL)
		return (const char *const *)text_split(
		    &cli->arena, text_upper(&cli->arena, typed), ", ", NULL);
	return waves->count > 0 ? (const char *const *)waves->list : NULL;
}

int
cli_letters_check(struct cli *cli, struct err *err)
{
	const char *folder = cli->options[CLI_LETTERS];

	if (folder == NULL)
		return 0;
	if (cli_audit(cli, err) != 0)
		return -1;
	return handout_check_folder(folder, err);
}

int
cli_letters_write(struct cli_batch *batch, struct err *err)
{
	struct cli *cli = batch->cli;
	const struct settings *s = &cli->settings;
	struct handout handout = {.directory = cli->directory,
	    .people_base = s->directory.base,
	    .numbers = &cli->numbers,
	    .site = &s->site,
	    .audit = cli->audit,
	    .actor = cli_actor(cli),
	    .folder = cli->options[CLI_LETTERS],
	    .conf = &s->provision,
	    .waves = cli_waves(cli),
	    .life_ms = s->limits.code_lifetime_s * 1000LL,
	    .now_ms = batch->provision.now_ms,
	    .on_line = batch->provision.on_line,
	    .on_progress = batch->provision.on_progress,
	    .context = batch};
	struct cli_texts texts;
	int rc;

	if (handout.folder == NULL)
		return 0;
	rc = cli_texts_open(cli, &texts, err);
	if (rc == 0) {
		handout.letters = texts.letters;
		handout.catalogue = texts.catalogues[0];
		rc = handout_write(&handout, &batch->letters, err);
		batch->had_letters = true;
	}
	cli_texts_close(&texts);
	return rc;
}

/*
 * `provision relance` and `provision invitations`: how far the invitations
 * are, and another one for those who have not answered.
 */
#include <unistd.h>

#include "cmd/cli_batch.h"
#include "cmd/cli_letters.h"
#include "cmd/cli_lock.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/relance.h"
#include "lib/store/audit.h"

static void
on_progress(void *context, const char *what, size_t done, size_t total)
{
	cli_progress_show(context, what, done, total);
}

static void
print(struct cli *cli, const struct relance_counts *counts, bool sent)
{
	struct cli_card card = cli_card_new(cli);

	for (int i = 0; i < RELANCE_STATES; i++)
		cli_card_number(&card,
		    relance_state_name((enum relance_state)i),
		    (long long)counts->states[i]);
	if (sent)
		cli_card_number(
		    &card, "invited_again", (long long)counts->sent);
	cli_card_number(&card, "given_up", (long long)counts->given_up);
	cli_card_end(cli, &card);
}

static int
prepare(struct cli *cli, struct relance *relance, struct err *err)
{
	const struct settings *s = &cli->settings;

	if (cli_settings(cli, err) != 0 || cli_directory(cli, err) != 0)
		return -1;
	*relance = (struct relance){.directory = cli->directory,
	    .people_base = s->directory.base,
	    .conf = &s->provision,
	    .site = &s->site,
	    .waves = cli_waves(cli),
	    .activation_ms = s->limits.activation_lifetime_s * 1000LL,
	    .now_ms = clock_now_ms(),
	    .on_progress = on_progress};
	return 0;
}

int
cli_provision_invitations(struct cli *cli, struct err *err)
{
	struct relance_counts counts = {0};
	struct cli_progress progress;
	struct relance relance;
	int rc = prepare(cli, &relance, err);

	cli_progress_begin(&progress);
	relance.context = &progress;
	if (rc == 0)
		rc = relance_look(&relance, &counts, err);
	cli_progress_clear(&progress);
	if (rc == 0)
		print(cli, &counts, false);
	return rc;
}

static int
note(struct cli *cli, const struct relance_counts *counts, struct err *err)
{
	const struct audit_entry entry = {.event = "provision.relance",
	    .actor = cli_actor(cli),
	    .reason =
		arena_printf(&cli->arena, "%zu invited again", counts->sent)};

	return audit_write(cli->audit, &entry, err);
}

static int
send(struct cli *cli, struct relance *relance, struct relance_counts *counts,
    struct err *err)
{
	struct err sent_err = {0};
	int rc;

	if (cli_audit(cli, err) != 0 || cli_sealer(cli, err) != 0 ||
	    cli_kv(cli, err) != 0)
		return -1;
	relance->kv = cli->kv;
	relance->sealer = &cli->sealer;
	rc = relance_send(relance, counts, &sent_err);
	if (note(cli, counts, err) != 0 && rc == 0)
		return -1;
	if (rc != 0)
		*err = sent_err;
	return rc;
}

int
cli_provision_relance(struct cli *cli, struct err *err)
{
	struct relance_counts counts = {0};
	struct cli_progress progress;
	struct relance relance;
	int lock = -1, rc = prepare(cli, &relance, err);

	cli_progress_begin(&progress);
	progress.quiet = cli->options[CLI_QUIET] != NULL;
	relance.context = &progress;
	if (rc == 0) {
		lock = cli_lock(cli, err);
		rc = lock >= 0 ? send(cli, &relance, &counts, err) : -1;
	}
	cli_progress_clear(&progress);
	if (rc == 0 && !progress.quiet)
		print(cli, &counts, true);
	if (lock >= 0)
		close(lock);
	return rc;
}

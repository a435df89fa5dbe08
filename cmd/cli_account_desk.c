/*
 * `account invite | link | unlock | set-recovery-mail | phone-code`: what the
 * desk does, too.
 */
#include <stdio.h>

#include <sodium.h>

#include "cmd/cli_desk.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"

static int
do_act(struct cli *cli, struct desk_act *act, const char *done,
    const char *not_needed, struct err *err)
{
	struct desk_answer answer;
	int rc = cli_desk_act(cli, act, &answer, err);

	if (rc != 0)
		return -1;
	cli_desk_print(cli, &answer, desk_kind_name(act->kind),
	    answer.end == DESK_DONE ? done : not_needed);
	return err->kind == ERR_NONE ? 0 : -1;
}

int
cli_account_invite(struct cli *cli, struct err *err)
{
	struct desk_act act = {.kind = DESK_INVITE};

	return do_act(cli, &act, "the invitation is on its way", "", err);
}

int
cli_account_link(struct cli *cli, struct err *err)
{
	struct desk_act act = {.kind = DESK_LINK};

	return do_act(cli, &act, "the link is on its way", "", err);
}

int
cli_account_unlock(struct cli *cli, struct err *err)
{
	struct desk_act act = {.kind = DESK_UNLOCK};

	return do_act(
	    cli, &act, "is not locked any more", "was not locked", err);
}

/* --- the rescue address ----------------------------------------------------
 */

static const char *
from_when(struct cli *cli, const struct desk_answer *answer)
{
	char counts[CLOCK_ISO];

	if (answer->counts_ms == 0)
		return "the rescue address is set";
	clock_iso(answer->counts_ms, counts);
	return arena_printf(&cli->arena,
	    "the rescue address is set; until %s the one before it counts",
	    counts);
}

int
cli_account_set_recovery_mail(struct cli *cli, struct err *err)
{
	struct desk_act act = {
	    .kind = DESK_RESCUE, .no_document = true, .address = cli->words[1]};
	int code = cli_desk_document(cli, &act.document);
	struct desk_answer answer;

	if (code != 0)
		return code;
	if (cli_desk_act(cli, &act, &answer, err) != 0)
		return -1;
	cli_desk_print(
	    cli, &answer, desk_kind_name(act.kind), from_when(cli, &answer));
	return err->kind == ERR_NONE ? 0 : -1;
}

/* --- codes -----------------------------------------------------------------
 */

int
cli_account_phone_code(struct cli *cli, struct err *err)
{
	struct desk_act act = {.kind = DESK_PHONE};

	return cli_desk_give(cli, &act, err);
}

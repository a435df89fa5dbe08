/*
 * `desk enrol`, `desk reset`: the second factor of a desk operator.
 *
 * enrol makes a one-time code, shown once, with which the operator enrols a
 * telephone (lib/flow/desk_factor.h); reset takes the factor away.
 */
#include <sodium.h>

#include "cmd/cli_account.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/desk_factor.h"
#include "lib/flow/desk_member.h"
#include "lib/store/directory.h"

/* The keys that the command line holds: it invites, and opens no secret. */
static struct factor_keys
keys_of(const struct cli *cli)
{
	return (struct factor_keys){.operator_key = cli->operator_key.bytes};
}

static int
check(struct cli *cli, const struct person *person, struct err *err)
{
	const char *group = cli->settings.desk.group;

	if (group[0] == '\0')
		return err_set(err, ERR_CONFIG,
		    "[desk] group is empty: nobody works at the desk");
	if (state_judge(&person->facts, clock_now_ms()) != STATE_ACTIVE)
		return err_set(err, ERR_REFUSED,
		    "the account is not active (rentree account show)");
	switch (
	    desk_member(cli->directory, group, person->dn, &cli->arena, err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_ABSENT:
		return err_set(err, ERR_REFUSED,
		    "%s is not in %s ([desk] group): add them first",
		    person->login, group);
	case LOOKUP_FOUND:
		break;
	}
	return 0;
}

static void
print_invitation(struct cli *cli, const struct person *person,
    const struct letter_code *code, int64_t end_ms)
{
	char grouped[LETTER_CODE_GROUPED], until[CLOCK_ISO];
	struct cli_card card = cli_card_new(cli);

	letter_code_group(code, grouped);
	clock_iso(end_ms, until);
	cli_card_text(&card, "login", person->login);
	cli_card_text(&card, "code", grouped);
	cli_card_text(&card, "page",
	    arena_printf(&cli->arena, "%s/secretariat/inscription",
		cli->settings.site.public_url));
	cli_card_text(&card, "until", until);
	cli_card_end(cli, &card);
	sodium_memzero(grouped, sizeof grouped);
}

static int
invite(struct cli *cli, const struct person *person, struct err *err)
{
	const struct factor_keys keys = keys_of(cli);
	int64_t now_ms = clock_now_ms();
	struct letter_code code;
	struct factor before;
	int rc;

	if (factor_load(cli->directory, &keys, person->dn, person->uuid,
		&cli->arena, &before, err) != 0 ||
	    factor_invite(cli->directory, &keys, person->dn, &before, now_ms,
		&code, err) != 0)
		return -1;
	rc = cli_account_note(cli, "desk.enrol", person, NULL, err);
	if (rc == 0)
		print_invitation(
		    cli, person, &code, now_ms + FACTOR_INVITED_S * 1000LL);
	sodium_memzero(&code, sizeof code);
	return rc;
}

int
cli_desk_enrol(struct cli *cli, struct err *err)
{
	struct err ignored = {0};
	struct person person;
	int rc;

	if (cli_sealer(cli, err) != 0 ||
	    cli_account_open(cli, "desk.enrol", &person, err) != 0)
		return -1;
	rc = check(cli, &person, err);
	if (rc == 0)
		return invite(cli, &person, err);
	(void)!cli_account_note(cli, "desk.enrol", &person,
	    err->kind == ERR_REFUSED ? "refused" : "failed", &ignored);
	return rc;
}

int
cli_desk_reset(struct cli *cli, struct err *err)
{
	struct person person;
	struct cli_card card;
	enum lookup done;

	if (cli_account_open(cli, "desk.reset", &person, err) != 0)
		return -1;
	done = factor_remove(cli->directory, person.dn, err);
	if (done == LOOKUP_FAILED ||
	    cli_account_note(cli, "desk.reset", &person,
		done == LOOKUP_FOUND ? NULL : "not-enrolled", err) != 0)
		return -1;
	card = cli_card_new(cli);
	cli_card_text(&card, "login", person.login);
	cli_card_flag(&card, "reset", done == LOOKUP_FOUND);
	cli_card_end(cli, &card);
	return 0;
}

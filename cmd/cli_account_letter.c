/*
 * `account letter`: the code of a printed letter, shown once and kept by
 * nobody.
 */
#include <stdio.h>

#include <sodium.h>

#include "cmd/cli_account.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/letter.h"
#include "lib/store/directory.h"

static int
check(const struct person *person, struct err *err)
{
	if (state_judge(&person->facts, clock_now_ms()) != STATE_ACTIVE)
		return err_set(err, ERR_REFUSED,
		    "the account is not active (rentree account show): there "
		    "is no code for it");
	if (person->has_password)
		return err_set(err, ERR_REFUSED,
		    "the account was activated already: its owner gets a new "
		    "password by \"Mot de passe oublié\"");
	if (person->birth == NULL)
		return err_set(err, ERR_REFUSED,
		    "the account has no birth date, which is asked with the "
		    "code");
	return 0;
}

static void
print_letter(struct cli *cli, const struct person *person,
    const struct letter_code *code, int64_t end_ms)
{
	char grouped[LETTER_CODE_GROUPED], until[CLOCK_ISO];
	struct cli_card card = cli_card_new(cli);

	letter_code_group(code, grouped);
	clock_iso(end_ms, until);
	cli_card_text(&card, "login", person->login);
	cli_card_text(&card, "code", grouped);
	cli_card_text(
	    &card, "link", letter_link(&cli->arena, &cli->settings.site, code));
	cli_card_text(&card, "until", until);
	cli_card_end(cli, &card);
	sodium_memzero(grouped, sizeof grouped);
}

static int
make(struct cli *cli, const struct person *person, struct err *err)
{
	/* In whole seconds, as the directory has it. */
	int64_t end_ms = clock_now_ms() / 1000 * 1000 +
			 cli->settings.limits.code_lifetime_s * 1000LL;
	struct letter_code code;
	int rc;

	if (check(person, err) != 0 || cli_numbers(cli, err) != 0 ||
	    letter_make(cli->directory, &cli->numbers, person->dn, end_ms,
		&code, err) != 0)
		return -1;
	rc = cli_account_note(cli, "account.letter", person, NULL, err);
	if (rc == 0)
		print_letter(cli, person, &code, end_ms);
	sodium_memzero(&code, sizeof code);
	return rc;
}

static int
revoke(struct cli *cli, const struct person *person, struct err *err)
{
	struct cli_card card;

	if (letter_revoke(cli->directory, person->dn, err) != 0 ||
	    cli_account_note(cli, "account.letter", person, "revoked", err) !=
		0)
		return -1;
	card = cli_card_new(cli);
	cli_card_text(&card, "login", person->login);
	cli_card_text(&card, "code", NULL);
	cli_card_end(cli, &card);
	return 0;
}

int
cli_account_letter(struct cli *cli, struct err *err)
{
	struct err ignored = {0};
	struct person person;
	int rc;

	if (cli_account_open(cli, "account.letter", &person, err) != 0)
		return -1;
	rc = cli->options[CLI_REVOKE] != NULL ? revoke(cli, &person, err)
					      : make(cli, &person, err);
	if (rc != 0 &&
	    cli_account_note(cli, "account.letter", &person,
		err->kind == ERR_REFUSED ? "refused" : "failed", &ignored) != 0)
		fprintf(stderr, "%s\n", ignored.text);
	return rc;
}

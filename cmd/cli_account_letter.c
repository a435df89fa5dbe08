/*
 * `account letter`: the code of a printed letter, shown once and kept by
 * nobody.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "cmd/cli_account.h"
#include "cmd/cli_desk.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/letter.h"

static void
print_letter(struct cli *cli, const struct desk_answer *answer)
{
	struct cli_card card = cli_card_new(cli);
	struct letter_code code;
	char until[CLOCK_ISO];

	(void)!letter_code_parse(answer->code, &code);
	clock_iso(answer->until_ms, until);
	cli_card_text(&card, "login", answer->person.login);
	cli_card_text(&card, "code", answer->code);
	cli_card_text(&card, "link",
	    letter_link(&cli->arena, &cli->settings.site, &code));
	cli_card_text(&card, "until", until);
	cli_card_end(cli, &card);
	sodium_memzero(&code, sizeof code);
}

static int
make(struct cli *cli, struct err *err)
{
	struct desk_act act = {.kind = DESK_LETTER, .no_document = true};
	int rc = cli_desk_document(cli, &act.document);
	struct desk_answer answer;

	if (rc != 0)
		return rc;
	rc = cli_desk_act(cli, &act, &answer, err);
	if (rc == 0) {
		print_letter(cli, &answer);
		rc = err->kind == ERR_NONE ? 0 : -1;
	}
	sodium_memzero(&answer, sizeof answer);
	return rc;
}

static int
revoke(struct cli *cli, struct err *err)
{
	struct person person;
	struct cli_card card;

	if (cli_account_open(cli, "account.letter", &person, err) != 0)
		return -1;
	if (letter_revoke(cli->directory, person.dn, err) != 0) {
		struct err ignored = {0};

		if (cli_account_note(cli, "account.letter", &person, "failed",
			&ignored) != 0)
			fprintf(stderr, "%s\n", ignored.text);
		return -1;
	}
	if (cli_account_note(cli, "account.letter", &person, "revoked", err) !=
	    0)
		return -1;
	card = cli_card_new(cli);
	cli_card_text(&card, "login", person.login);
	cli_card_text(&card, "code", NULL);
	cli_card_end(cli, &card);
	return 0;
}

int
cli_account_letter(struct cli *cli, struct err *err)
{
	return cli->options[CLI_REVOKE] != NULL ? revoke(cli, err)
						: make(cli, err);
}

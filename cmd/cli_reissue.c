/*
 * `numen reissue`: a new number, shown once and kept by nobody. The number
 * alone goes to standard output, so that it can be printed or piped; what
 * belongs to it goes to standard error.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "cmd/cli_desk.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"

enum { LINE_MAX_BYTES = 256 };

static void
show_json(struct cli *cli, const struct desk_act *act,
    const struct desk_answer *answer)
{
	char at[CLOCK_ISO], until[CLOCK_ISO];
	struct cli_card card = cli_card_new(cli);
	bool code = answer->code[0] != '\0';

	clock_iso(answer->at_ms, at);
	clock_iso(answer->until_ms, until);
	cli_card_text(&card, "login", answer->person.login);
	cli_card_text(&card, "event", desk_kind_name(act->kind));
	cli_card_text(&card, "code", code ? answer->code : NULL);
	cli_card_text(&card, "until", code ? until : NULL);
	cli_card_text(&card, "at", at);
	cli_card_text(&card, "ref", act->ref);
	cli_card_end(cli, &card);
}

static void
show(struct cli *cli, const struct desk_act *act,
    const struct desk_answer *answer)
{
	char until[CLOCK_ISO];

	if (cli->json) {
		show_json(cli, act, answer);
		return;
	}
	if (answer->code[0] == '\0') {
		cli_desk_print(cli, answer, desk_kind_name(act->kind),
		    answer->end == DESK_DONE ? "the NUMEN is recorded"
					     : "has that NUMEN already");
		return;
	}
	clock_iso(answer->until_ms, until);
	if (act->kind == DESK_PHONE)
		fputs("call back at the number of the person's file; never "
		      "read a code to somebody who calls\n",
		    stderr);
	fprintf(stderr,
	    "%s: shown once, to be typed in the field NUMEN with the birth "
	    "date, until %s (reference %s)\n",
	    answer->person.login, until, act->ref);
	printf("%s\n", answer->code);
}

int
cli_desk_give(struct cli *cli, struct desk_act *act, struct err *err)
{
	struct desk_answer answer;
	int rc = cli_desk_act(cli, act, &answer, err);

	if (rc == 0) {
		show(cli, act, &answer);
		rc = err->kind == ERR_NONE ? 0 : -1;
	}
	sodium_memzero(&answer, sizeof answer);
	return rc;
}

/* One line of standard input. */
static int
read_number(char line[LINE_MAX_BYTES], struct err *err)
{
	if (isatty(STDIN_FILENO) == 1)
		fputs("NUMEN: ", stderr);
	if (fgets(line, LINE_MAX_BYTES, stdin) == NULL)
		return err_set(
		    err, ERR_INPUT, "no NUMEN came on standard input");
	line[strcspn(line, "\r\n")] = '\0';
	return 0;
}

int
cli_numen_reissue(struct cli *cli, struct err *err)
{
	const char *numen = cli->options[CLI_NUMEN];
	struct desk_act act = {.kind = numen != NULL ? DESK_NUMEN : DESK_CODE};
	char line[LINE_MAX_BYTES] = "";
	int rc = cli_desk_document(cli, &act.document);

	if (rc != 0)
		return rc;
	if (act.document == DESK_NO_DOCUMENT)
		return cli_usage(cli,
		    "--id-document is missing: which one was seen (cni, "
		    "passeport, titre-sejour or autre)?");
	if (numen != NULL && strcmp(numen, "-") != 0)
		return cli_usage(cli,
		    "a number does not belong on the command line, where "
		    "everybody sees it: write it on standard input");
	if (numen != NULL && read_number(line, err) != 0)
		return -1;
	act.number = line;
	rc = cli_desk_give(cli, &act, err);
	sodium_memzero(line, sizeof line);
	return rc;
}

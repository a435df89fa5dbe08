#include "cmd/cli_desk.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cli_account.h"
#include "lib/base/err.h"
#include "lib/store/audit.h"

/* --- what an act works with ------------------------------------------------
 */

/* What cannot be written down is not done: the audit first. */
static int
open_all(struct cli *cli, enum desk_kind kind, struct err *err)
{
	if (cli_audit(cli, err) != 0 || cli_directory(cli, err) != 0 ||
	    cli_numbers(cli, err) != 0)
		return -1;
	if (kind == DESK_UNLOCK)
		return 0;
	return cli_sealer(cli, err) != 0 || cli_kv(cli, err) != 0 ? -1 : 0;
}

static struct desk_tools
tools_of(struct cli *cli)
{
	const struct settings *s = &cli->settings;

	return (struct desk_tools){.site = &s->site,
	    .limits = &s->limits,
	    .desk = &s->desk,
	    .attributes = &s->attributes,
	    .numbers = &cli->numbers,
	    .audit = cli->audit,
	    .sealer = &cli->sealer,
	    .is_operator = true,
	    .directory = cli->directory,
	    .kv = cli->kv,
	    .arena = &cli->arena};
}

static struct desk_operator
operator_of(struct cli *cli)
{
	const char *actor = cli_actor(cli);

	return (struct desk_operator){
	    .actor = actor, .login = strchr(actor, ':') + 1};
}

/* --- how it ended ---------------------------------------------------------
 */

struct end_row {
	enum err_kind kind;
	const char *sentence;
};

static const struct end_row ends[DESK_ENDS] = {
    [DESK_UNKNOWN] = {ERR_INPUT,
	"no account has that login; rentree account find looks for names and "
	"addresses, too"},
    [DESK_SELF] = {ERR_DENIED,
	"that is your own account: somebody else does this for you"},
    [DESK_COLLEAGUE] = {ERR_DENIED,
	"the account is an operator of the desk ([desk] group): it is not for "
	"a desk to open"},
    [DESK_PROTECTED] = {ERR_DENIED,
	"the account is protected ([desk] protected_group): it is not for a "
	"desk to open"},
    [DESK_SUSPENDED] = {ERR_REFUSED,
	"the account is not active, it is suspended (rentree account show): "
	"nothing was done"},
    [DESK_CLOSED] = {ERR_REFUSED,
	"the account is not active, it has ended (rentree account show): "
	"nothing was done"},
    [DESK_QUOTA] = {ERR_TEMPORARY,
	"more than [desk] reissues_per_hour acts in an hour: the support was "
	"told; try again later"},
    [DESK_STALE] = {ERR_REFUSED,
	"the account changed meanwhile, somebody else gave out a number: "
	"nothing was done (rentree account show)"},
    [DESK_UNSEEN] = {ERR_INPUT, "--id-document is missing"},
    [DESK_BAD_NUMBER] = {ERR_INPUT,
	"that is not a NUMEN (rentree numen show-shape says why)"},
    [DESK_TAKEN] = {ERR_REFUSED, "another account has that NUMEN"},
    [DESK_NO_RESCUE] = {ERR_REFUSED,
	"there is no rescue address: rentree account set-recovery-mail sets "
	"one"},
    [DESK_ACTIVATED] = {ERR_REFUSED,
	"the account was activated already: its owner gets a new password by "
	"\"Mot de passe oublié\""},
    [DESK_NO_BIRTH] = {ERR_REFUSED,
	"the account has no birth date, which is asked with the code"},
    [DESK_ADMIN_LOCK] = {ERR_REFUSED,
	"the account is locked for good: rentree account resume ends a "
	"suspension"},
};

/* What a directory that did not answer leaves open. */
static int
unsure(struct err *err)
{
	return err_in(err,
	    "not known whether it was done (rentree account show tells what "
	    "is)");
}

static int
why(const struct desk_answer *answer, struct err *err)
{
	const struct end_row *row = &ends[answer->end];

	switch (answer->end) {
	case DESK_DONE:
	case DESK_NOT_NEEDED:
		return 0;
	case DESK_FAILED:
		return -1;
	case DESK_UNSURE:
		return unsure(err);
	case DESK_BAD_ADDRESS:
		return err_set(err, ERR_INPUT,
		    answer->rescue_fault == RESCUE_OWN
			? "a rescue address is never in a domain of our own: "
			  "without the password nobody could read it"
			: "that is not a mail address");
	default:
		return err_set(err, row->kind, "%s",
		    row->sentence != NULL ? row->sentence
					  : desk_end_name(answer->end));
	}
}

/* --- one act -------------------------------------------------------------- */

int
cli_desk_document(struct cli *cli, enum desk_document *document)
{
	const char *kind = cli->options[CLI_ID_DOCUMENT];

	*document = DESK_NO_DOCUMENT;
	if (kind == NULL || desk_document_parse(kind, document))
		return 0;
	return cli_usage(cli,
	    "--id-document is cni, passeport, titre-sejour or autre: the kind "
	    "alone, no number");
}

int
cli_desk_act(struct cli *cli, struct desk_act *act, struct desk_answer *answer,
    struct err *err)
{
	struct desk_tools tools;

	*answer = (struct desk_answer){.end = DESK_FAILED};
	if (open_all(cli, act->kind, err) != 0)
		return -1;
	act->who = operator_of(cli);
	act->login = cli->words[0];
	visitor_make_ref(act->ref);
	tools = tools_of(cli);
	*answer = desk_act(&tools, act, err);
	if (why(answer, err) == 0)
		return 0;
	return err_in(err, "%s", cli_clean(cli, act->login));
}

void
cli_desk_print(struct cli *cli, const struct desk_answer *answer,
    const char *event, const char *sentence)
{
	struct cli_card card;

	if (!cli->json) {
		printf("%s: %s\n", answer->person.login, sentence);
		return;
	}
	card = cli_card_new(cli);
	cli_card_text(&card, "login", answer->person.login);
	cli_card_text(&card, "event", event);
	cli_card_text(&card, "result", sentence);
	cli_card_end(cli, &card);
}

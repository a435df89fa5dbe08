/*
 * rentree - the operator's program: keys, checks, the yearly batch, accounts,
 * the queue, the audit.
 */
#include "cmd/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "cmd/cli_args.h"
#include "lib/base/err.h"
#include "lib/base/log.h"

#define PROVISION                                                              \
	(CLI_TAKES(CLI_YEAR) | CLI_TAKES(CLI_REPORT) |                         \
	    CLI_TAKES(CLI_PARTIAL) | CLI_TAKES(CLI_EXPECT) |                   \
	    CLI_TAKES(CLI_WAVE))
/* What suits cron. */
#define ALONE (CLI_TAKES(CLI_QUIET) | CLI_TAKES(CLI_TEXTFILE))

static const struct cli_command commands[] = {
    {"check", "[--mail ADDRESS] [--sample]",
	"asks every dependency once, one line each",
	CLI_TAKES(CLI_MAIL) | CLI_TAKES(CLI_SAMPLE), 0, 0, cli_check},
    {"keys init", "[--dir DIR]", "creates the key files that are missing",
	CLI_TAKES(CLI_DIR), 0, 0, cli_keys_init},
    {"provision plan",
	"--year YEAR FILE.csv...\n"
	"      [--out PLAN] [--partial] [--force N] [--expect N,...]\n"
	"      [--wave UAI,...] [--report FILE.json]",
	"reads, compares, writes a plan; changes nothing",
	PROVISION | CLI_TAKES(CLI_OUT) | CLI_TAKES(CLI_FORCE), 1, SIZE_MAX,
	cli_provision_plan},
    {"provision apply",
	"[--force N]\n"
	"      [--letters DIR [--wave UAI,...]]\n"
	"      [--report FILE.json] [--textfile FILE] [--quiet] PLAN",
	"applies exactly that plan",
	CLI_TAKES(CLI_FORCE) | CLI_TAKES(CLI_LETTERS) | CLI_TAKES(CLI_WAVE) |
	    CLI_TAKES(CLI_REPORT) | ALONE,
	1, 1, cli_provision_apply},
    {"provision run",
	"--year YEAR FILE.csv...\n"
	"      [--out PLAN] [--partial] [--force N] [--expect N,...]\n"
	"      [--wave UAI,...] [--letters DIR] [--report FILE.json]\n"
	"      [--textfile FILE] [--quiet]",
	"plan and apply in one, for cron",
	PROVISION | CLI_TAKES(CLI_OUT) | CLI_TAKES(CLI_FORCE) |
	    CLI_TAKES(CLI_LETTERS) | ALONE,
	1, SIZE_MAX, cli_provision_run},
    {"provision letters",
	"[--wave UAI,...] [--quiet]\n"
	"      [--textfile FILE] DIR",
	"PDF letters for those who cannot be written to",
	CLI_TAKES(CLI_WAVE) | ALONE, 1, 1, cli_provision_letters},
    {"provision relance", "[--wave UAI,...] [--quiet]",
	"invites again who has not answered",
	CLI_TAKES(CLI_WAVE) | CLI_TAKES(CLI_QUIET), 0, 0,
	cli_provision_relance},
    {"provision invitations", "", "how many are invited, active, waiting", 0, 0,
	0, cli_provision_invitations},
    {"provision show", "PLAN", "what a plan would do, person by person", 0, 1,
	1, cli_provision_show},
    {"provision ldif", "[--changes | --inverse] PLAN",
	"its accounts as LDIF; or all of it, or what undoes it",
	CLI_TAKES(CLI_CHANGES) | CLI_TAKES(CLI_INVERSE), 1, 1,
	cli_provision_ldif},
    {"provision moderate", "[--full] | ID same|different|later",
	"who may be whom: lists, asks, decides", CLI_TAKES(CLI_FULL), 0, 2,
	cli_provision_moderate},
    {"numen show-shape", "-", "what is wrong with numbers read from stdin", 0,
	1, 1, cli_numen_show_shape},
    {"numen reissue", "LOGIN --id-document KIND [--numen -]",
	"a new number: made here and shown once, or from stdin",
	CLI_TAKES(CLI_ID_DOCUMENT) | CLI_TAKES(CLI_NUMEN), 1, 1,
	cli_numen_reissue},
    {"account find", "TEXT", "accounts by login, address or name", 0, 1, 1,
	cli_account_find},
    {"account show", "[--full] LOGIN", "what is known of an account",
	CLI_TAKES(CLI_FULL), 1, 1, cli_account_show},
    {"account reported", "", "accounts whose mail was answered \"not me\"", 0,
	0, 0, cli_account_reported},
    {"account settle", "LOGIN", "ends such a report: it was looked into", 0, 1,
	1, cli_account_settle},
    {"account invite", "LOGIN", "sends the link to activate the account", 0, 1,
	1, cli_account_invite},
    {"account link", "LOGIN", "sends a link to choose a new password", 0, 1, 1,
	cli_account_link},
    {"account letter", "[--revoke] [--id-document KIND] LOGIN",
	"makes the code of a printed letter, shown once",
	CLI_TAKES(CLI_REVOKE) | CLI_TAKES(CLI_ID_DOCUMENT), 1, 1,
	cli_account_letter},
    {"account phone-code", "LOGIN",
	"a code for a day, to be read to whom you call back", 0, 1, 1,
	cli_account_phone_code},
    {"account unlock", "LOGIN",
	"ends a lock that wrong passwords brought about", 0, 1, 1,
	cli_account_unlock},
    {"account suspend", "LOGIN", "closes the account until resume", 0, 1, 1,
	cli_account_suspend},
    {"account resume", "LOGIN", "opens a suspended account again", 0, 1, 1,
	cli_account_resume},
    {"account set-recovery-mail",
	"\n"
	"      [--id-document KIND] LOGIN ADDRESS",
	"sets the address that links are sent to", CLI_TAKES(CLI_ID_DOCUMENT),
	2, 2, cli_account_set_recovery_mail},
    {"desk enrol", "LOGIN",
	"shows once a code to enrol an operator's telephone", 0, 1, 1,
	cli_desk_enrol},
    {"desk reset", "LOGIN", "ends the second factor of a desk operator", 0, 1,
	1, cli_desk_reset},
    {"queue list", "[--dead]", "requests that wait", CLI_TAKES(CLI_DEAD), 0, 0,
	cli_queue_list},
    {"queue retry", "--dead | ID...", "puts requests back to work",
	CLI_TAKES(CLI_DEAD), 0, SIZE_MAX, cli_queue_retry},
    {"queue drop", "--dead | ID...", "takes requests away for good",
	CLI_TAKES(CLI_DEAD), 0, SIZE_MAX, cli_queue_drop},
    {"limits show", "", "how many are counted, and how many are used up", 0, 0,
	0, cli_limits_show},
    {"limits clear", "all | GROUP...",
	"gives everybody of a group the whole budget back", 0, 1, SIZE_MAX,
	cli_limits_clear},
    {"audit show", "LOGIN", "what was done to an account, and by whom", 0, 1, 1,
	cli_audit_show},
    {"audit verify", "[FILE]", "checks that no line was changed or removed", 0,
	0, 1, cli_audit_verify},
    {"audit export", "LOGIN", "the same as audit show, as JSON lines", 0, 1, 1,
	cli_audit_export},
    {"mail test", "ADDRESS", "sends a short letter", 0, 1, 1, cli_mail_test},
    {NULL, NULL, NULL, 0, 0, 0, NULL},
};

static int
prepare(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	secret_harden_process();
	log_setup("rentree", LOG_LEVEL_WARN);
	if (sodium_init() < 0) {
		fputs("rentree: libsodium does not start\n", stderr);
		return err_exit_code(ERR_INTERNAL);
	}
	/* A closed pipe is an error of its write, not the end of us. */
	sigaction(SIGPIPE, &ignore, NULL);
	return 0;
}

/* A result that did not reach its file is not a success. */
static int
finish(int code)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (errno != EPIPE)
		fprintf(
		    stderr, "rentree: standard output: %s\n", strerror(errno));
	return code != 0 ? code : err_exit_code(ERR_UNAVAILABLE);
}

int
main(int argc, char **argv)
{
	struct cli cli = {.config = SETTINGS_PATH};
	struct err err = {0};
	int code = prepare();

	if (code != 0)
		return code;
	code = cli_args_read(&cli, commands, argc, argv);
	if (code < 0) {
		code = cli.command->run(&cli, &err);
		if (code < 0) {
			fflush(stdout);
			if (err.text[0] != '\0')
				fprintf(
				    stderr, "%s\n", cli_clean(&cli, err.text));
			code = err_exit_code(err.kind);
		}
	}
	cli_close(&cli);
	return finish(code);
}

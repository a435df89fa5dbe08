/*
 * cli - what the commands of `rentree` share.
 *
 * A command is a row of the table in cli.c and a function. The function
 * returns an exit code, or -1 with err, which main() prints and turns into the
 * code. Whatever a command needs (settings, keys, back ends) it opens by the
 * functions below, when it needs it; cli_close() closes all of it.
 *
 * Results go to standard output, everything else to standard error. With
 * --json a result is one line of JSON. Numbers and passwords never stand in
 * argv.
 *
 * Threads: one.
 */
#ifndef CMD_CLI_H
#define CMD_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/common_settings.h"
#include "lib/base/base.h"
#include "lib/base/secret.h"
#include "lib/people/digest.h"
#include "lib/store/envelope.h"

struct audit;
struct deadline;
struct directory;
struct err;
struct json;
struct kv;

enum { CLI_EXIT_USAGE = 64, CLI_KV_TIMEOUT_MS = 2000 };

enum cli_option {
	CLI_CHANGES,
	CLI_DEAD,
	CLI_DIR,
	CLI_EXPECT,
	CLI_FORCE,
	CLI_FULL,
	CLI_ID_DOCUMENT,
	CLI_INVERSE,
	CLI_LETTERS,
	CLI_MAIL,
	CLI_NUMEN,
	CLI_OUT,
	CLI_PARTIAL,
	CLI_QUIET,
	CLI_REPORT,
	CLI_REVOKE,
	CLI_SAMPLE,
	CLI_TEXTFILE,
	CLI_WAVE,
	CLI_YEAR,
	CLI_OPTIONS,
};

/* The bit of an option in cli_command.takes. */
#define CLI_TAKES(option) (1u << (option))

struct cli_command;

struct cli {
	const struct cli_command *command;
	const char *config;
	bool json, help, version;
	/* What was given: NULL = not, "" for an option without a value. */
	const char *options[CLI_OPTIONS];
	/* Operands behind the command's own words, NULL-terminated. */
	char **words;
	size_t count;
	/* Of the command: never reset before its end. */
	struct arena arena;
	/* Opened on demand. */
	bool has_settings;
	struct settings settings;
	struct secret audit_key, operator_key, password;
	struct digest_keys numbers;
	struct envelope_sealer sealer;
	struct audit *audit;
	struct deadline *deadline;
	struct directory *directory;
	struct kv *kv;
};

struct cli_command {
	const char *name;     /* "account suspend" */
	const char *operands; /* as the usage shows them */
	const char *help;     /* what it does, in a line */
	unsigned takes;       /* CLI_TAKES of options */
	size_t min, max;      /* operands */
	int (*run)(struct cli *cli, struct err *err);
};

/* A sentence and the command's usage on standard error. Returns 64. */
int cli_usage(const struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* --- opening (cli_open.c) -------------------------------------------------
 *
 * Each may be called again and does nothing then. Settings that are wrong have
 * been told line by line already: err has no text. */

int cli_settings(struct cli *cli, struct err *err) MUST_CHECK;
/* The audit file, and audit.key. */
int cli_audit(struct cli *cli, struct err *err) MUST_CHECK;
/* Bound as [provision] bind_dn. Does not connect yet. */
int cli_directory(struct cli *cli, struct err *err) MUST_CHECK;
int cli_kv(struct cli *cli, struct err *err) MUST_CHECK;
int cli_numbers(struct cli *cli, struct err *err) MUST_CHECK;
/* To ask what only the operator may ask. */
int cli_sealer(struct cli *cli, struct err *err) MUST_CHECK;
void cli_close(struct cli *cli);

/* Who is at the keyboard, for the audit: "operator:root". */
const char *cli_actor(struct cli *cli);

/* --- printing (cli_print.c) ---------------------------------------------- */

/* Text from outside as it may stand on a terminal; in cli->arena. */
const char *cli_clean(struct cli *cli, const char *text);

/* One result: "name   value" lines, or one JSON object. Names are the members'
 * ("recovery_mail" is read as "recovery mail"). */
struct cli_card {
	struct json *object; /* NULL: printed as lines, at once */
};

struct cli_card cli_card_new(const struct cli *cli);
void cli_card_text(struct cli_card *card, const char *name, const char *value);
void cli_card_number(struct cli_card *card, const char *name, long long value);
void cli_card_flag(struct cli_card *card, const char *name, bool value);
void cli_card_list(struct cli_card *card, const char *name, char *const *list);
/* Prints what is not printed yet. */
void cli_card_end(struct cli *cli, struct cli_card *card);

/* One line; takes root. */
void cli_print_json(struct cli *cli, struct json *root);

/* --- the commands -------------------------------------------------------- */

int cli_check(struct cli *cli, struct err *err) MUST_CHECK;
int cli_keys_init(struct cli *cli, struct err *err) MUST_CHECK;
int cli_provision_plan(struct cli *cli, struct err *err) MUST_CHECK;
int cli_provision_apply(struct cli *cli, struct err *err) MUST_CHECK;
int cli_provision_run(struct cli *cli, struct err *err) MUST_CHECK;
int cli_provision_letters(struct cli *cli, struct err *err) MUST_CHECK;
int cli_provision_relance(struct cli *cli, struct err *err) MUST_CHECK;
int cli_provision_invitations(struct cli *cli, struct err *err) MUST_CHECK;
int cli_provision_show(struct cli *cli, struct err *err) MUST_CHECK;
int cli_provision_moderate(struct cli *cli, struct err *err) MUST_CHECK;
int cli_provision_ldif(struct cli *cli, struct err *err) MUST_CHECK;
int cli_numen_show_shape(struct cli *cli, struct err *err) MUST_CHECK;
int cli_numen_reissue(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_find(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_show(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_invite(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_reported(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_link(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_phone_code(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_settle(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_letter(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_unlock(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_suspend(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_resume(struct cli *cli, struct err *err) MUST_CHECK;
int cli_account_set_recovery_mail(struct cli *cli, struct err *err) MUST_CHECK;
int cli_desk_enrol(struct cli *cli, struct err *err) MUST_CHECK;
int cli_desk_reset(struct cli *cli, struct err *err) MUST_CHECK;
int cli_queue_list(struct cli *cli, struct err *err) MUST_CHECK;
int cli_queue_retry(struct cli *cli, struct err *err) MUST_CHECK;
int cli_queue_drop(struct cli *cli, struct err *err) MUST_CHECK;
int cli_limits_show(struct cli *cli, struct err *err) MUST_CHECK;
int cli_limits_clear(struct cli *cli, struct err *err) MUST_CHECK;
int cli_audit_show(struct cli *cli, struct err *err) MUST_CHECK;
int cli_audit_verify(struct cli *cli, struct err *err) MUST_CHECK;
int cli_audit_export(struct cli *cli, struct err *err) MUST_CHECK;
int cli_mail_test(struct cli *cli, struct err *err) MUST_CHECK;

#endif

/*
 * cli_check - one line per thing asked, and the exit code they come to: 78
 * when the configuration or a key is wrong, else 69 when a back end is away.
 * Shared by the files of the command `check`.
 */
#ifndef CMD_CLI_CHECK_H
#define CMD_CLI_CHECK_H

#include "cmd/cli.h"

enum check_verdict { CHECK_OK, CHECK_WARN, CHECK_FAIL };

struct check_run {
	struct cli *cli;
	struct json *list; /* with --json */
	bool is_misconfigured, is_cut_off;
};

/* "ok redis: reached"; a failure counts as one of the configuration. */
void cli_check_say(struct check_run *run, enum check_verdict verdict,
    const char *name, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* A failure, counted by the kind of err. */
void cli_check_fail(
    struct check_run *run, const char *name, const struct err *err);

/* What is on this machine (cli_check_local.c). */
void cli_check_keys(struct check_run *run);
void cli_check_zone(struct check_run *run);
void cli_check_texts(struct check_run *run);
void cli_check_audit(struct check_run *run);

/* Program and caches (cli_check_hooks.c). */
void cli_check_hooks(struct check_run *run);

/* Whom the directory keeps from the worker (cli_check_desk.c). */
struct directory;
void cli_check_desk(struct check_run *run, struct directory *worker);

/* What is behind a wire (cli_check_remote.c). */
void cli_check_directory(struct check_run *run);
/* address: where a letter goes to, NULL = nowhere. */
void cli_check_mail(struct check_run *run, const char *address);

/* cli_check_redis.c */
void cli_check_redis(struct check_run *run);
/* Who else could read or change what we use (cli_check_modes.c). */
void cli_check_modes(struct check_run *run);

#endif

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli_check.h"
#include "cmd/cli_texts.h"
#include "cmd/common_embedded.h"
#include "cmd/common_keys.h"
#include "lib/base/err.h"
#include "lib/base/template.h"

#define ZONES "/usr/share/zoneinfo"

void
cli_check_zone(struct check_run *run)
{
	const char *zone = run->cli->settings.site.time_zone;
	const char *path = arena_printf(&run->cli->arena, ZONES "/%s", zone);
	struct stat st;

	if (zone[0] != '\0' && zone[0] != '/' && strstr(zone, "..") == NULL &&
	    stat(path, &st) == 0 && S_ISREG(st.st_mode))
		cli_check_say(run, CHECK_OK, "time_zone", "%s", zone);
	else
		cli_check_say(run, CHECK_FAIL, "time_zone",
		    "[site] time_zone: " ZONES " has no such zone");
}

/* --- keys ----------------------------------------------------------------- */

/* A key of another program: looked at from outside, never read. */
static void
check_foreign_key(
    struct check_run *run, enum keys_owner owner, const char *name)
{
	const char *path = keys_path(
	    &run->cli->arena, run->cli->settings.keys.dir, owner, name);
	struct stat st;

	if (stat(path, &st) != 0 && errno == EACCES)
		cli_check_say(run, CHECK_WARN, "keys",
		    "%s: this user may not look at it", path);
	else if (stat(path, &st) != 0)
		cli_check_say(run, CHECK_FAIL, "keys",
		    "%s: %s; rentree keys init creates what is missing", path,
		    strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_size != SECRET_KEY)
		cli_check_say(
		    run, CHECK_FAIL, "keys", "%s: is not a key of ours", path);
	else if ((st.st_mode & (S_IRWXO | S_IWGRP)) != 0)
		cli_check_say(run, CHECK_FAIL, "keys",
		    "%s: others can read or change it: chmod 0400", path);
	else
		cli_check_say(run, CHECK_OK, "keys", "%s", path);
}

static void
check_own_key(struct check_run *run, const char *name)
{
	const char *dir = run->cli->settings.keys.dir;
	struct secret key = {0};
	struct err err = {0};

	if (keys_read(dir, KEYS_WORKER, name, &key, &err) == 0)
		cli_check_say(run, CHECK_OK, "keys", "%s/worker/%s", dir, name);
	else
		cli_check_fail(run, "keys", &err);
	secret_free(&key);
}

void
cli_check_keys(struct check_run *run)
{
	const char *dir = run->cli->settings.keys.dir;
	struct envelope_sealer sealer;
	struct err err = {0};

	check_foreign_key(run, KEYS_WEB, "captcha.key");
	check_foreign_key(run, KEYS_WEB, "limiter.key");
	check_foreign_key(run, KEYS_WORKER, "worker.key");
	check_foreign_key(run, KEYS_WORKER, "record.key");
	check_own_key(run, "audit.key");
	check_own_key(run, "operator.key");
	if (cli_numbers(run->cli, &err) == 0)
		cli_check_say(run, CHECK_OK, "keys",
		    "%s/worker/numen-<kid>.key: %zu, newest is %s", dir,
		    run->cli->numbers.count, run->cli->numbers.list[0].kid);
	else
		cli_check_fail(run, "keys", &err);
	if (keys_read_sealer(dir, &sealer, &err) == 0)
		cli_check_say(run, CHECK_OK, "keys", "%s/public/worker.pub: %s",
		    dir, sealer.kid);
	else
		cli_check_fail(run, "keys", &err);
}

/* --- texts and audit ------------------------------------------------------ */

void
cli_check_texts(struct check_run *run)
{
	const char *folder = run->cli->settings.site.templates;
	struct template_set *pages = NULL;
	struct cli_texts texts;
	struct err err = {0};
	int rc = cli_texts_open(run->cli, &texts, &err);

	if (rc == 0)
		pages = template_load(&embedded_files, "lib/web/templates/",
		    ".html", TEMPLATE_HTML, folder, texts.catalogues, &err);
	if (pages != NULL)
		cli_check_say(run, CHECK_OK, "templates", "%s",
		    folder[0] != '\0' ? folder : "built in");
	else
		cli_check_fail(run, "templates", &err);
	template_free(pages);
	cli_texts_close(&texts);
}

/* Asked, not tried: a check leaves no line and no file behind. */
void
cli_check_audit(struct check_run *run)
{
	const char *path = run->cli->settings.audit.file;
	char *folder = arena_dup(&run->cli->arena, path);
	char *slash = strrchr(folder, '/');

	if (slash != NULL)
		*slash = '\0';
	if (access(path, W_OK) == 0)
		cli_check_say(run, CHECK_OK, "audit", "%s", path);
	else if (errno == ENOENT && slash != NULL &&
		 access(folder[0] != '\0' ? folder : "/", W_OK) == 0)
		cli_check_say(
		    run, CHECK_OK, "audit", "%s: not there yet", path);
	else
		cli_check_say(
		    run, CHECK_FAIL, "audit", "%s: %s", path, strerror(errno));
}

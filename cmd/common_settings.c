#include "cmd/common_settings.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/web/server_listen.h"

enum { REPORT_MAX = 64 * 1024 };

void
settings_sections(
    struct settings *s, struct conf_section sections[SETTINGS_SECTIONS])
{
	const struct conf_section all[] = {
	    {"site", site_conf_defs, &s->site},
	    {"web", web_conf_defs, &s->web},
	    {"redis", redis_conf_defs, &s->redis},
	    {"redis.worker", redis_login_defs, &s->redis.worker},
	    {"redis.cli", redis_login_defs, &s->redis.cli},
	    {"directory", directory_conf_defs, &s->directory},
	    {"directory.attributes", attributes_conf_defs, &s->attributes},
	    {"mail", mail_conf_defs, &s->mail},
	    {"captcha", captcha_conf_defs, &s->captcha},
	    {"limits", limits_conf_defs, &s->limits},
	    {"password", password_conf_defs, &s->password},
	    {"keys", keys_conf_defs, &s->keys},
	    {"provision", provision_conf_defs, &s->provision},
	    {"provision.columns", columns_conf_defs, &s->provision.words},
	    {"provision.types", types_conf_defs, &s->provision.words},
	    {"worker", worker_conf_defs, &s->worker},
	    {"audit", audit_conf_defs, &s->audit},
	    {"desk", desk_conf_defs, &s->desk},
	    {"hooks", hooks_conf_defs, &s->hooks},
	    {NULL, NULL, NULL},
	};

	memcpy(sections, all, sizeof all);
}

static void
check_across(struct settings *s, const char *path, struct buf *report)
{
	site_conf_check(&s->site, path, &s->arena, report);
	web_conf_check(&s->web, path, &s->arena, report);
	redis_conf_check(&s->redis, path, report);
	directory_conf_check(&s->directory, path, report);
	mail_conf_check(&s->mail, path, report);
	limits_conf_check(&s->limits, path, &s->arena, report);
	provision_conf_check(&s->provision, path, report);
	hooks_conf_check(&s->hooks, path, report);
	if (s->worker.metrics_listen[0] != '\0' &&
	    !server_listen_is_valid(s->worker.metrics_listen))
		conf_complain(report, path, "worker", "metrics_listen",
		    "is not address:port or unix:/path");
	if (s->captcha.mode == CAPTCHA_OFF && !site_conf_is_loopback(&s->site))
		conf_complain(report, path, "captcha", "mode",
		    "off is accepted only when the host of public_url is "
		    "loopback");
}

int
settings_load(struct settings *settings, const char *path)
{
	struct conf_section sections[SETTINGS_SECTIONS];
	struct err err = {0};
	struct buf report;
	int rc;

	memset(settings, 0, sizeof *settings);
	settings_sections(settings, sections);
	buf_init(&report, REPORT_MAX);
	rc = conf_read(path, sections, &settings->arena, &report, &err);
	/* Lines that are wrong do not hide what else is: the rest is looked at
	 * as well, with the default of what could not be read. */
	if (rc == 0 || report.len > 0)
		check_across(settings, path, &report);
	if (report.len > 0)
		fputs(buf_text(&report), stderr);
	else if (rc != 0)
		fprintf(stderr, "%s\n", err.text);
	rc = rc != 0 || report.len > 0 ? err_exit_code(ERR_CONFIG) : 0;
	buf_free(&report);
	if (rc == 0)
		clock_zone(settings->site.time_zone);
	else
		settings_free(settings);
	return rc;
}

void
settings_free(struct settings *settings)
{
	arena_reset(&settings->arena);
}

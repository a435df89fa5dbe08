/*
 * common_settings - the one configuration file, all sections of it.
 *
 * All three programs read the same file and check every section; each opens
 * only its own secret files (common_keys.h).
 */
#ifndef CMD_COMMON_SETTINGS_H
#define CMD_COMMON_SETTINGS_H

#include "captcha/captcha.h"
#include "lib/base/arena.h"
#include "lib/flow/flow_conf.h"
#include "lib/people/people_conf.h"
#include "lib/store/store_conf.h"
#include "lib/web/web_conf.h"
#include "mailer/mail_conf.h"

#define SETTINGS_PATH "/etc/rentree/rentree.conf"

enum { SETTINGS_SECTIONS = 24 };

struct settings {
	struct arena arena;
	struct site_conf site;
	struct web_conf web;
	struct redis_conf redis;
	struct directory_conf directory;
	struct attributes_conf attributes;
	struct mail_conf mail;
	struct captcha_conf captcha;
	struct limits_conf limits;
	struct password_conf password;
	struct keys_conf keys;
	struct provision_conf provision;
	struct worker_conf worker;
	struct audit_conf audit;
	struct desk_conf desk;
	struct hooks_conf hooks;
};

/* The sections of the file, in the order of the sample; NULL name ends. */
void settings_sections(
    struct settings *settings, struct conf_section sections[SETTINGS_SECTIONS]);

/*
 * Reads and checks path. Every error is printed on standard error as
 * "file:line: sentence"; then the exit code is 78 and nothing is kept. 0 when
 * all is well.
 */
int settings_load(struct settings *settings, const char *path);
void settings_free(struct settings *settings);

#endif

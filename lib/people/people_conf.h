/*
 * people_conf - the sections of the configuration that are rules about people
 * and the site: [site], [password], [provision] and what is below it, [keys].
 *
 * Filled by conf_read(); strings live as long as the settings.
 */
#ifndef LIB_PEOPLE_PEOPLE_CONF_H
#define LIB_PEOPLE_PEOPLE_CONF_H

#include "lib/base/conf.h"
#include "lib/people/feed.h"

struct site_conf {
	const char *name;
	const char *public_url; /* after site_conf_check(): scheme://host[:port]
				 * exactly as a browser writes its Origin */
	const char *support_mail;
	const char *support_phone;
	const char *dpo_mail;
	const char *webmail_url;
	struct conf_words languages;
	const char *templates;
	struct conf_words own_domains;
	const char *time_zone;
	const char *establishments;
	const char *banner;
	const char *logo;
	const char *colour;
};

struct password_conf {
	long min_length;
	long min_bits;
	long min_guess_bits;
	const char *blocklist;
};

struct provision_conf {
	const char *bind_dn;
	const char *bind_password_file;
	const char *login;
	struct conf_words match;
	const char *registry_base;
	long login_max;
	const char *mail;
	const char *alias;      /* attribute of further addresses */
	double max_disable;     /* percent */
	double max_rename;      /* percent */
	const char *state;      /* folder: lock, moderation.jsonl */
	const char *moderation; /* file; "" = in state */
	long grace_student_s;
	long grace_staff_s;
	long grace_external_s;
	const char *trailer;
	struct conf_words waves;
	long relance_after_s, relance_max;
	struct feed_words words;
};

struct keys_conf {
	const char *dir;
};

extern const struct conf_def site_conf_defs[];
extern const struct conf_def password_conf_defs[];
extern const struct conf_def provision_conf_defs[];
extern const struct conf_def columns_conf_defs[];
extern const struct conf_def types_conf_defs[];
extern const struct conf_def keys_conf_defs[];

struct arena;
struct buf;

/* Rules that no table can tell: https unless loopback and no path, languages
 * known, own domains well-formed, …; complaints as conf_complain() writes
 * them. Brings public_url into its normal form, in arena. */
void site_conf_check(struct site_conf *conf, const char *file,
    struct arena *arena, struct buf *report);
void provision_conf_check(
    const struct provision_conf *conf, const char *file, struct buf *report);
/* True when the host of public_url is loopback (plain http, cookies without
 * Secure, captcha off allowed). */
bool site_conf_is_loopback(const struct site_conf *conf);

#endif

/*
 * store_conf - the sections about back ends: [redis], [redis.worker],
 * [redis.cli], [directory], [directory.attributes], [limits], [audit].
 */
#ifndef LIB_STORE_STORE_CONF_H
#define LIB_STORE_STORE_CONF_H

#include "lib/base/conf.h"
#include "lib/base/net.h"

struct redis_login {
	const char *user;
	const char *password_file;
};

struct redis_conf {
	const char *uri;
	const char *user;
	const char *password_file;
	const char *prefix;
	struct redis_login worker; /* [redis.worker]: empty = as above */
	struct redis_login cli;    /* [redis.cli] */
};

struct directory_conf {
	struct conf_words uri;
	bool starttls;
	const char *ca_file;
	const char *base;
	const char *bind_dn;
	const char *bind_password_file;
	const char *filter;
	long timeout_ms;
	int password_method; /* 0 exop, 1 modify_assert */
};

struct attributes_conf {
	struct conf_words login, proof, birth_date, family_name, birth_name,
	    given_name, given_names, recovery_mail, kind, state, establishment;
};

struct limits_conf {
	struct conf_rates per_address, per_school_address, per_identity,
	    per_number, per_mailbox;
	const char *school_networks_text;
	struct net_prefixes school_networks; /* by limits_conf_check() */
	long token_lifetime_s, activation_lifetime_s, code_lifetime_s,
	    recovery_mail_cooloff_s;
};

struct audit_conf {
	const char *file;
	long retention_s;
};

extern const struct conf_def redis_conf_defs[];
extern const struct conf_def redis_login_defs[]; /* struct redis_login */
extern const struct conf_def directory_conf_defs[];
extern const struct conf_def attributes_conf_defs[];
extern const struct conf_def limits_conf_defs[];
extern const struct conf_def audit_conf_defs[];

struct arena;
struct buf;

/* Each: cross-field rules, complaints as conf_complain() writes them. */
void redis_conf_check(
    const struct redis_conf *conf, const char *file, struct buf *report);
void directory_conf_check(
    const struct directory_conf *conf, const char *file, struct buf *report);
void limits_conf_check(struct limits_conf *conf, const char *file,
    struct arena *arena, struct buf *report);

#endif

/*
 * web_conf - the [web] section.
 */
#ifndef LIB_WEB_WEB_CONF_H
#define LIB_WEB_WEB_CONF_H

#include "lib/base/conf.h"
#include "lib/base/net.h"

struct web_conf {
	const char *listen;         /* address:port or unix:/path */
	const char *metrics_listen; /* "" = off */
	const char *trusted_proxies_text;
	struct net_prefixes trusted_proxies; /* by web_conf_check() */
	long connections;
};

extern const struct conf_def web_conf_defs[];

struct arena;
struct buf;
void web_conf_check(struct web_conf *conf, const char *file,
    struct arena *arena, struct buf *report);

#endif

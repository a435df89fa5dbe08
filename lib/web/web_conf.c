#include "lib/web/web_conf.h"

#include <stddef.h>

#include "lib/base/err.h"
#include "lib/web/server_listen.h"

const struct conf_def web_conf_defs[] = {
    {"listen", CONF_TEXT, offsetof(struct web_conf, listen), "127.0.0.1:8080",
	0, 0, NULL, "address:port, or unix:/run/rentree/web.sock"},
    {"metrics_listen", CONF_TEXT, offsetof(struct web_conf, metrics_listen),
	"127.0.0.1:9180", 0, 0, NULL,
	"health and numbers for the monitoring; empty = off"},
    {"trusted_proxies", CONF_TEXT,
	offsetof(struct web_conf, trusted_proxies_text), "127.0.0.1/32 ::1/128",
	0, 0, NULL, "whose X-Forwarded-For is believed"},
    {"connections", CONF_COUNT, offsetof(struct web_conf, connections), "256",
	8, 4096, NULL, "connections at a time; the proxy must cap first"},
    {NULL, CONF_TEXT, 0, NULL, 0, 0, NULL, NULL},
};

void
web_conf_check(struct web_conf *conf, const char *file, struct arena *arena,
    struct buf *report)
{
	struct err err = {0};

	if (!server_listen_is_valid(conf->listen))
		conf_complain(report, file, "web", "listen",
		    "is not address:port or unix:/path");
	if (conf->metrics_listen[0] != '\0' &&
	    !server_listen_is_valid(conf->metrics_listen))
		conf_complain(report, file, "web", "metrics_listen",
		    "is not address:port or unix:/path");
	if (net_parse_prefixes(arena, conf->trusted_proxies_text,
		&conf->trusted_proxies, &err) != 0)
		conf_complain(report, file, "web", "trusted_proxies", err.text);
}

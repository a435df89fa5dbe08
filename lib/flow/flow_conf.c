#include "lib/flow/flow_conf.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const struct conf_def worker_conf_defs[] = {
    {"threads", CONF_COUNT, offsetof(struct worker_conf, threads), "4", 1, 64,
	NULL, "threads per lane (interactive, mail, bulk)"},
    {"metrics_listen", CONF_TEXT, offsetof(struct worker_conf, metrics_listen),
	"127.0.0.1:9181", 0, 0, NULL,
	"health and numbers of the worker; empty = off"},
    {NULL, CONF_TEXT, 0, NULL, 0, 0, NULL, NULL},
};

const struct conf_def desk_conf_defs[] = {
    {"group", CONF_TEXT, offsetof(struct desk_conf, group), "", 0, 0, NULL,
	"DN of the group whose members may work at the desk"},
    {"protected_group", CONF_TEXT, offsetof(struct desk_conf, protected_group),
	"", 0, 0, NULL,
	"DN of a group the desk may not touch, nor whoever is in its groups"},
    {"second_factor", CONF_CHOICE, offsetof(struct desk_conf, second_factor),
	"required", 0, 0, "required|optional", "a second factor at sign-in"},
    {"session_idle", CONF_DURATION, offsetof(struct desk_conf, session_idle_s),
	"15m", 60, 28800, NULL,
	"a desk session ends after so long without an act"},
    {"reissues_per_hour", CONF_COUNT,
	offsetof(struct desk_conf, reissues_per_hour), "20", 1, 10000, NULL,
	"acts that could open an account, per operator in any hour"},
    {NULL, CONF_TEXT, 0, NULL, 0, 0, NULL, NULL},
};

const struct conf_def hooks_conf_defs[] = {
    {"after_password_change", CONF_TEXT,
	offsetof(struct hooks_conf, after_password_change), "", 0, 0, NULL,
	"program run after a change; JSON on its standard input"},
    {"sogo_memcached", CONF_WORDS, offsetof(struct hooks_conf, sogo_memcached),
	"", 0, 0, NULL,
	"host:port of each memcached of SOGo, where its keys are deleted; 8 "
	"at most"},
    {NULL, CONF_TEXT, 0, NULL, 0, 0, NULL, NULL},
};

bool
hooks_conf_any(const struct hooks_conf *conf)
{
	return conf->after_password_change[0] != '\0' ||
	       conf->sogo_memcached.count > 0;
}

static bool
is_server(const char *text)
{
	const char *colon = strrchr(text, ':');
	char *end;
	long port;

	if (colon == NULL || colon == text || colon[1] < '0' || colon[1] > '9')
		return false;
	port = strtol(colon + 1, &end, 10);
	return *end == '\0' && port > 0 && port < 65536;
}

void
hooks_conf_check(
    const struct hooks_conf *conf, const char *file, struct buf *report)
{
	const char *program = conf->after_password_change;

	if (program[0] != '\0' && program[0] != '/')
		conf_complain(report, file, "hooks", "after_password_change",
		    "is not an absolute path");
	for (size_t i = 0; i < conf->sogo_memcached.count; i++)
		if (!is_server(conf->sogo_memcached.list[i]))
			conf_complain(report, file, "hooks", "sogo_memcached",
			    "is not host:port, such as 127.0.0.1:11211");
	if (conf->sogo_memcached.count > HOOKS_SERVERS_MAX)
		conf_complain(report, file, "hooks", "sogo_memcached",
		    "names more than 8 servers");
}

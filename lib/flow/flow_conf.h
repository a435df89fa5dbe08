/*
 * flow_conf - the sections about the worker and what follows a change:
 * [worker], [desk], [hooks].
 */
#ifndef LIB_FLOW_FLOW_CONF_H
#define LIB_FLOW_FLOW_CONF_H

#include <stdbool.h>

#include "lib/base/conf.h"

struct worker_conf {
	long threads; /* per lane */
	const char *metrics_listen;
};

struct desk_conf {
	const char *group;
	const char *protected_group;
	int second_factor; /* 0 required, 1 optional */
	long session_idle_s;
	long reissues_per_hour;
};

struct hooks_conf {
	const char *after_password_change;
	struct conf_words sogo_memcached;
};

struct buf;

/* The keys are deleted while the account is locked (LOCK_MS), and each server
 * that hangs takes HOOKS_MEMCACHED_MS of that. */
enum { HOOKS_SERVERS_MAX = 8 };

/* The program's path is absolute; every server is host:port, and they are no
 * more than HOOKS_SERVERS_MAX. */
void hooks_conf_check(
    const struct hooks_conf *conf, const char *file, struct buf *report);

/* Is anything told to anybody? */
bool hooks_conf_any(const struct hooks_conf *conf);

extern const struct conf_def worker_conf_defs[];
extern const struct conf_def desk_conf_defs[];
extern const struct conf_def hooks_conf_defs[];

#endif

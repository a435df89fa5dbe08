/* What `check` says of Redis: its clock, our functions, and whether what it
 * was given survives. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cli_check.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/net.h"
#include "lib/base/text.h"
#include "lib/store/kv.h"
#include "lib/store/kv_uri.h"

/* Above the first, requests are dropped as too old or from the future; above
 * the second, somebody should look why. */
enum { SKEW_MAX_MS = 30000, SKEW_NOTED_MS = 2000, FULL_PERCENT = 80 };

static void
check_clocks(struct check_run *run, int64_t redis_ms)
{
	int64_t apart_ms = llabs(clock_now_ms() - redis_ms);

	if (apart_ms > SKEW_MAX_MS)
		cli_check_say(run, CHECK_FAIL, "redis",
		    "its clock and ours are %lld s apart: requests would be "
		    "dropped; run NTP on both machines",
		    (long long)(apart_ms / 1000));
	else if (apart_ms > SKEW_NOTED_MS)
		cli_check_say(run, CHECK_WARN, "redis",
		    "reached; its clock and ours are %lld s apart, from 30 s "
		    "on requests are dropped: run NTP on both machines",
		    (long long)(apart_ms / 1000));
	else
		cli_check_say(
		    run, CHECK_OK, "redis", "reached; its clock agrees");
}

/* --- what it says of itself ----------------------------------------------- */

/* The value of "name:value" in what INFO says, in arena; NULL when there is no
 * such line. */
static const char *
field(const char *info, const char *name, struct arena *arena)
{
	size_t len = strlen(name);

	for (const char *line = info; line != NULL && *line != '\0';
	     line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) == 0 && line[len] == ':')
			return arena_dup_n(arena, line + len + 1,
			    strcspn(line + len + 1, "\r\n"));
	}
	return NULL;
}

static const char *
ask_info(struct kv *kv, struct arena *arena, struct err *err)
{
	struct kv_reply reply;

	if (kv_words(kv, arena, &reply, err, "INFO", NULL) != 0 ||
	    reply.type != KV_BYTES)
		return NULL;
	return reply.bytes;
}

static const struct {
	const char *name, *wanted, *what;
} fields_wanted[] = {
    {"aof_enabled", "1",
	"appendonly is not yes: requests are lost with the process; set it in "
	"redis.conf"},
    {"aof_last_write_status", "ok",
	"the append-only file cannot be written: look at its disk"},
    {"maxmemory_policy", "noeviction",
	"maxmemory-policy is not noeviction: requests may be evicted; set it "
	"in redis.conf"},
    {"role", "master",
	"it is a replica and takes no request: [redis] uri names the wrong "
	"one"},
    {"loading", "0", "it is still loading its files: ask again"},
};

static void
check_fields(struct check_run *run, const char *info)
{
	struct arena *arena = &run->cli->arena;

	for (size_t i = 0; i < COUNT_OF(fields_wanted); i++) {
		const char *name = fields_wanted[i].name;
		const char *value = field(info, name, arena);

		if (value == NULL)
			continue;
		if (strcmp(value, fields_wanted[i].wanted) != 0)
			cli_check_say(run, CHECK_WARN, "redis", "%s",
			    fields_wanted[i].what);
		else
			cli_check_say(
			    run, CHECK_OK, "redis", "%s is %s", name, value);
	}
}

static void
check_memory(struct check_run *run, const char *info)
{
	struct arena *arena = &run->cli->arena;
	const char *ceiling = field(info, "maxmemory", arena);
	const char *used = field(info, "used_memory", arena);
	long most = 0, now = 0;

	if (ceiling == NULL || used == NULL ||
	    !text_to_long(ceiling, 0, INT64_MAX, &most) ||
	    !text_to_long(used, 0, INT64_MAX, &now))
		return;
	if (most == 0)
		cli_check_say(run, CHECK_WARN, "redis",
		    "maxmemory is not set: a full machine ends it; set it in "
		    "redis.conf");
	else if (now / (most / 100 + 1) >= FULL_PERCENT)
		cli_check_say(run, CHECK_WARN, "redis",
		    "%ld of %ld MB are in use: when it is full, forms are "
		    "closed; give it more maxmemory",
		    now >> 20, most >> 20);
	else
		cli_check_say(run, CHECK_OK, "redis", "%ld of %ld MB in use",
		    now >> 20, most >> 20);
}

/* Only CONFIG GET knows, and it also tells the password of a replica's master:
 * our logins have no right to it unless the operator gives it. */
static void
check_fsync(struct check_run *run, struct kv *kv)
{
	struct kv_reply reply;
	struct err err = {0};

	if (kv_words(kv, &run->cli->arena, &reply, &err, "CONFIG", "GET",
		"appendfsync", NULL) != 0 ||
	    reply.type != KV_LIST || reply.count != 2 ||
	    reply.items[1].type != KV_BYTES)
		cli_check_say(run, CHECK_WARN, "redis",
		    "CONFIG GET is not permitted: see for yourself that "
		    "appendfsync is always (rentree(1))");
	else if (strcmp(reply.items[1].bytes, "always") != 0)
		cli_check_say(run, CHECK_WARN, "redis",
		    "appendfsync is %s, not always: the last second of "
		    "requests can be lost; set it in redis.conf",
		    reply.items[1].bytes);
	else
		cli_check_say(run, CHECK_OK, "redis", "appendfsync is always");
}

static void
check_settings(struct check_run *run, struct kv *kv)
{
	struct err err = {0};
	const char *info = ask_info(kv, &run->cli->arena, &err);

	if (info != NULL) {
		check_fields(run, info);
		check_memory(run, info);
	} else {
		cli_check_say(run, CHECK_WARN, "redis",
		    "INFO is not permitted: give [redis.cli] +info "
		    "(deploy/redis/users.acl)");
	}
	check_fsync(run, kv);
}

/* hiredis has no TLS on Debian 12, so that what leaves this machine is as safe
 * as the network that it goes through. */
static void
check_way(struct check_run *run)
{
	struct kv_uri uri;
	struct err err = {0};

	if (kv_uri_parse(run->cli->settings.redis.uri, &uri, &err) != 0)
		return;
	for (size_t i = 0; i < uri.count; i++)
		if (!net_host_is_loopback(uri.hosts[i].name)) {
			cli_check_say(run, CHECK_WARN, "redis",
			    "%s is reached in clear: its password can be read "
			    "on the way; use a TLS tunnel on loopback, or a "
			    "network that is yours alone",
			    uri.hosts[i].name);
			return;
		}
}

void
cli_check_redis(struct check_run *run)
{
	struct cli *cli = run->cli;
	struct err err = {0};
	int64_t redis_ms;

	check_way(run);
	if (cli_kv(cli, &err) != 0 || kv_time(cli->kv, &redis_ms, &err) != 0) {
		cli_check_fail(run, "redis", &err);
		return;
	}
	check_clocks(run, redis_ms);
	if (kv_check_functions(cli->kv, &err) == 0)
		cli_check_say(
		    run, CHECK_OK, "redis", "our functions are there");
	else
		cli_check_fail(run, "redis", &err);
	check_settings(run, cli->kv);
}

/*
 * kv_uri - where Redis is, as [redis] uri says it.
 *
 *     redis://host:port/db          [v6]:port too; port 6379, db 0
 *     unix:///path.sock?db=1
 *     sentinel://h1:26379,h2:26379/master-name?db=1
 *     rediss://…                    refused: this hiredis has no TLS
 *
 * No user and no password in it: they come from the login's file.
 */
#ifndef LIB_STORE_KV_URI_H
#define LIB_STORE_KV_URI_H

#include <stddef.h>

#include "lib/base/base.h"

struct err;

enum {
	KV_HOST = 256,
	KV_HOSTS_MAX = 8,
	KV_PATH = 108, /* sun_path */
	KV_MASTER = 64,
	KV_DB_MAX = 1023,
};

enum kv_place { KV_TCP, KV_UNIX, KV_SENTINEL };

struct kv_host {
	char name[KV_HOST];
	int port;
};

struct kv_uri {
	enum kv_place place;
	struct kv_host hosts[KV_HOSTS_MAX]; /* one, or the sentinels */
	size_t count;
	char path[KV_PATH];
	char master[KV_MASTER];
	int db;
};

/* ERR_CONFIG with a sentence that follows "[redis] uri: ". */
int kv_uri_parse(
    const char *text, struct kv_uri *uri, struct err *err) MUST_CHECK;

#endif

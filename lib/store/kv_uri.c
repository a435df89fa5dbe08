#include "lib/store/kv_uri.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/text.h"

enum { REDIS_PORT = 6379, SENTINEL_PORT = 26379, PORT_MAX = 65535 };

static bool
copy(char *out, size_t room, const char *from, size_t len)
{
	if (len == 0 || len >= room)
		return false;
	memcpy(out, from, len);
	out[len] = '\0';
	return true;
}

static bool
to_int(const char *text, long max, int *value)
{
	long number;

	if (!text_to_long(text, 0, max, &number))
		return false;
	*value = (int)number; /* in [0, max] */
	return true;
}

/* "host", "host:port", "[v6]" or "[v6]:port", in the len bytes at text. */
static bool
parse_host(const char *text, size_t len, int port, struct kv_host *host)
{
	char piece[KV_HOST + 8];
	char *name = piece, *end;

	if (!copy(piece, sizeof(piece), text, len))
		return false;
	if (*piece == '[') {
		name = piece + 1;
		end = strchr(name, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		*end++ = '\0';
	} else {
		end = strchr(piece, ':');
	}
	host->port = port;
	if (end != NULL && *end == ':') {
		*end = '\0';
		if (!to_int(end + 1, PORT_MAX, &host->port))
			return false;
	}
	return copy(host->name, sizeof(host->name), name, strlen(name)) &&
	       host->port > 0;
}

/* Cuts "?db=1" off the len bytes at text. */
static bool
parse_query(const char *text, size_t *len, int *db)
{
	const char *query = strchr(text, '?');

	if (query == NULL)
		return true;
	*len = (size_t)(query - text);
	return text_has_prefix(query, "?db=") &&
	       to_int(query + 4, KV_DB_MAX, db);
}

static bool
parse_tcp(const char *rest, struct kv_uri *uri)
{
	size_t len = strcspn(rest, "/");

	if (rest[len] == '/' && rest[len + 1] != '\0' &&
	    !to_int(rest + len + 1, KV_DB_MAX, &uri->db))
		return false;
	uri->count = 1;
	return parse_host(rest, len, REDIS_PORT, &uri->hosts[0]);
}

static bool
parse_unix(const char *rest, struct kv_uri *uri)
{
	size_t len = strlen(rest);

	return *rest == '/' && parse_query(rest, &len, &uri->db) &&
	       copy(uri->path, sizeof(uri->path), rest, len);
}

static bool
parse_sentinel(const char *rest, struct kv_uri *uri)
{
	const char *slash = strchr(rest, '/');
	size_t len;

	if (slash == NULL)
		return false;
	for (;; rest += len + 1) {
		len = strcspn(rest, ",/");
		if (uri->count == KV_HOSTS_MAX ||
		    !parse_host(
			rest, len, SENTINEL_PORT, &uri->hosts[uri->count++]))
			return false;
		if (rest + len == slash)
			break;
	}
	rest = slash + 1;
	len = strlen(rest);
	return parse_query(rest, &len, &uri->db) &&
	       copy(uri->master, sizeof(uri->master), rest, len);
}

int
kv_uri_parse(const char *text, struct kv_uri *uri, struct err *err)
{
	static const struct {
		const char *scheme;
		enum kv_place place;
		bool (*parse)(const char *rest, struct kv_uri *uri);
	} schemes[] = {
	    {"redis://", KV_TCP, parse_tcp},
	    {"unix://", KV_UNIX, parse_unix},
	    {"sentinel://", KV_SENTINEL, parse_sentinel},
	};

	*uri = (struct kv_uri){0};
	if (text_has_prefix(text, "rediss://"))
		return err_set(err, ERR_CONFIG,
		    "rediss:// needs a hiredis with TLS, which this build does "
		    "not have: use unix:// or a TLS tunnel on loopback");
	/* The sentence must not repeat what may be a password. */
	if (strchr(text, '@') != NULL)
		return err_set(err, ERR_CONFIG,
		    "holds an '@': user and password_file are keys of their "
		    "own");
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		const char *scheme = schemes[i].scheme;

		if (!text_has_prefix(text, scheme))
			continue;
		uri->place = schemes[i].place;
		if (schemes[i].parse(text + strlen(scheme), uri))
			return 0;
	}
	return err_set(err, ERR_CONFIG,
	    "must be redis://host:port/db, unix:///path.sock or "
	    "sentinel://host:port,host:port/master-name");
}

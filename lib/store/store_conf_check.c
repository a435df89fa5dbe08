#include "lib/store/store_conf.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/store/kv_uri.h"
#include "lib/store/limiter.h"

enum { PREFIX_MAX = 32 };

/* --- [redis] ------------------------------------------------------------- */

/* Colons part the words of a key, and ACL patterns know * ? [ ]. */
static bool
is_prefix(const char *prefix)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	size_t len = strlen(prefix);

	return len > 0 && len <= PREFIX_MAX && strspn(prefix, letters) == len;
}

static void
check_login(const char *section, const char *user, const char *password_file,
    const char *file, struct buf *report)
{
	if (*user != '\0' && *password_file == '\0')
		conf_complain(report, file, section, "password_file",
		    "must be set, since user is");
}

static const char *
or_else(const char *text, const char *fallback)
{
	return *text != '\0' ? text : fallback;
}

void
redis_conf_check(
    const struct redis_conf *conf, const char *file, struct buf *report)
{
	struct kv_uri uri;
	struct err err;

	if (kv_uri_parse(conf->uri, &uri, &err) < 0)
		conf_complain(report, file, "redis", "uri", err.text);
	if (!is_prefix(conf->prefix))
		conf_complain(report, file, "redis", "prefix",
		    "must be 1 to 32 letters, digits or _ . -");
	check_login("redis", conf->user, conf->password_file, file, report);
	check_login("redis.worker", conf->worker.user,
	    or_else(conf->worker.password_file, conf->password_file), file,
	    report);
	check_login("redis.cli", conf->cli.user,
	    or_else(conf->cli.password_file, conf->password_file), file,
	    report);
}

/* --- [directory] --------------------------------------------------------- */

/* True when what is between "://" and the port is this machine. */
static bool
is_loopback(const char *uri)
{
	const char *host = strstr(uri, "://") + 3;
	char name[256];
	size_t len = strcspn(host, "/?");
	size_t colon =
	    *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?");

	if (colon < len)
		len = colon;
	return len < sizeof(name) &&
	       text_format(name, sizeof(name), "%.*s", (int)len, host) &&
	       net_host_is_loopback(name);
}

static bool
is_sealed(const char *uri)
{
	return text_has_prefix(uri, "ldaps://") ||
	       text_has_prefix(uri, "ldapi://");
}

static const char *
what_is_wrong(const struct directory_conf *conf)
{
	for (size_t i = 0; i < conf->uri.count; i++) {
		const char *uri = conf->uri.list[i];

		if (!is_sealed(uri) && !text_has_prefix(uri, "ldap://"))
			return "must begin with ldap:// ldaps:// or ldapi://";
		if (!conf->starttls && !is_sealed(uri) && !is_loopback(uri))
			return "starttls = no is for ldapi://, ldaps:// and "
			       "loopback: passwords would travel in clear";
	}
	return conf->uri.count == 0 ? "must not be empty" : NULL;
}

static bool
is_filter(const char *filter)
{
	int depth = 0;

	if (*filter != '(')
		return false;
	for (const char *at = filter; *at != '\0'; at++) {
		depth += (*at == '(') - (*at == ')');
		if (depth < 0 || (depth == 0 && at[1] != '\0'))
			return false;
	}
	return depth == 0;
}

void
directory_conf_check(
    const struct directory_conf *conf, const char *file, struct buf *report)
{
	static const char section[] = "directory";
	const struct {
		const char *key, *value;
	} needed[] = {{"base", conf->base}, {"bind_dn", conf->bind_dn},
	    {"bind_password_file", conf->bind_password_file}};
	const char *wrong = what_is_wrong(conf);

	if (wrong != NULL)
		conf_complain(report, file, section, "uri", wrong);
	for (size_t i = 0; i < COUNT_OF(needed); i++)
		if (*needed[i].value == '\0')
			conf_complain(report, file, section, needed[i].key,
			    "must not be empty");
	if (!is_filter(conf->filter))
		conf_complain(report, file, section, "filter",
		    "must be one filter in parentheses");
}

/* --- [limits] ------------------------------------------------------------ */

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* The longest list a request can make: an IPv6 address counts twice, and a
 * mail sent again has a pause. */
static bool
fits(const struct limits_conf *conf)
{
	size_t web = 2 * larger(conf->per_address.count,
			     conf->per_school_address.count) +
		     conf->per_identity.count + conf->per_number.count + 1;

	return web <= LIMITER_CHECKS_MAX;
}

void
limits_conf_check(struct limits_conf *conf, const char *file,
    struct arena *arena, struct buf *report)
{
	static const char section[] = "limits";
	const struct {
		const char *key;
		const struct conf_rates *rates;
	} needed[] = {{"per_address", &conf->per_address},
	    {"per_school_address", &conf->per_school_address},
	    {"per_identity", &conf->per_identity},
	    {"per_number", &conf->per_number},
	    {"per_mailbox", &conf->per_mailbox}};
	struct err err;

	for (size_t i = 0; i < COUNT_OF(needed); i++)
		if (needed[i].rates->count == 0)
			conf_complain(report, file, section, needed[i].key,
			    "must not be empty: a limit is never off");
	if (!fits(conf))
		conf_complain(report, file, section, "per_address",
		    "too many rates: twice those of an address, those of an "
		    "identity and those of a number are at most 12");
	if (net_parse_prefixes(arena, conf->school_networks_text,
		&conf->school_networks, &err) < 0) {
		conf_complain(
		    report, file, section, "school_networks", err.text);
		conf->school_networks = (struct net_prefixes){0};
	}
}

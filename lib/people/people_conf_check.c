#include <stdbool.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/err.h"
#include "lib/base/net.h"
#include "lib/base/text.h"
#include "lib/people/address.h"
#include "lib/people/login.h"
#include "lib/people/people_conf.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const char site[] = "site";

/* What a host, with its port, may be written with in an address of ours. */
static const char authority[] = LOWER DIGITS "-.:[]";

struct origin {
	bool secure;
	char *host;       /* with its brackets when it is IPv6 */
	const char *port; /* "" when none is written */
};

static bool
is_host(const char *host)
{
	struct net_address address;

	return net_parse(host, &address) || address_is_domain(host, 1);
}

static bool
split_port(struct origin *origin, char *rest)
{
	char *colon = strrchr(rest, ':');
	long port;

	origin->host = rest;
	origin->port = "";
	if (colon == NULL || colon[strcspn(colon, "]")] != '\0')
		return true;
	*colon = '\0';
	origin->port = colon + 1;
	return text_to_long(origin->port, 1, 65535, &port);
}

/* False when url is not scheme://host[:port], with nothing behind it. */
static bool
read_origin(struct arena *arena, const char *url, struct origin *origin)
{
	static const char tls[] = "https://", plain[] = "http://";
	char *rest = text_lower(arena, url);

	*origin = (struct origin){0};
	origin->secure = text_has_prefix(rest, tls);
	if (!origin->secure && !text_has_prefix(rest, plain))
		return false;
	rest += origin->secure ? strlen(tls) : strlen(plain);
	return rest[strspn(rest, authority)] == '\0' &&
	       split_port(origin, rest) && is_host(origin->host);
}

/* As browsers write an Origin (RFC 6454 section 6.1): lower case, without the
 * scheme's own port. */
static const char *
write_origin(struct arena *arena, const struct origin *origin)
{
	const char *scheme = origin->secure ? "https" : "http";
	const char *usual = origin->secure ? "443" : "80";

	if (*origin->port == '\0' || strcmp(origin->port, usual) == 0)
		return arena_printf(arena, "%s://%s", scheme, origin->host);
	return arena_printf(
	    arena, "%s://%s:%s", scheme, origin->host, origin->port);
}

static void
check_public_url(struct site_conf *conf, const char *file, struct arena *arena,
    struct buf *report)
{
	char *url = arena_dup(arena, conf->public_url);
	size_t len = strlen(url);
	struct origin origin;

	while (len > 0 && url[len - 1] == '/')
		url[--len] = '\0';
	if (!read_origin(arena, url, &origin)) {
		conf_complain(report, file, site, "public_url",
		    "must be https://host or https://host:port, without a "
		    "path");
		return;
	}
	conf->public_url = write_origin(arena, &origin);
	if (!origin.secure && !net_host_is_loopback(origin.host))
		conf_complain(report, file, site, "public_url",
		    "must be https (http is for loopback only)");
}

static bool
is_known_language(const char *language)
{
	return strcmp(language, "fr") == 0 || strcmp(language, "en") == 0;
}

static void
check_languages(
    const struct conf_words *languages, const char *file, struct buf *report)
{
	size_t i;

	if (languages->count == 0)
		conf_complain(report, file, site, "languages",
		    "must name at least one of fr, en");
	for (i = 0; i < languages->count; i++) {
		if (!is_known_language(languages->list[i]))
			conf_complain(report, file, site, "languages",
			    "knows fr and en only");
		if (i > 0 &&
		    strcmp(languages->list[i], languages->list[0]) == 0)
			conf_complain(report, file, site, "languages",
			    "names a language twice");
	}
}

static void
check_own_domains(
    const struct conf_words *domains, const char *file, struct buf *report)
{
	size_t i;

	for (i = 0; i < domains->count; i++) {
		if (!address_is_domain(domains->list[i], 1))
			conf_complain(report, file, site, "own_domains",
			    "must be domains, written like ac-lille.fr");
	}
}

static bool
is_web_address(const char *url)
{
	return text_has_prefix(url, "https://") ||
	       text_has_prefix(url, "http://");
}

/* "" or #rrggbb: it goes into a style sheet. */
static bool
is_colour(const char *colour)
{
	return *colour == '\0' ||
	       (*colour == '#' && strlen(colour) == 7 &&
		   strspn(colour + 1, DIGITS "abcdefABCDEF") == 6);
}

/* A name below the zoneinfo folder, and never a path out of it. */
static bool
is_zone(const char *zone)
{
	return *zone != '\0' && *zone != '/' && strstr(zone, "..") == NULL &&
	       zone[strspn(zone, LOWER UPPER DIGITS "/_+-")] == '\0';
}

void
site_conf_check(struct site_conf *conf, const char *file, struct arena *arena,
    struct buf *report)
{
	check_public_url(conf, file, arena, report);
	check_languages(&conf->languages, file, report);
	check_own_domains(&conf->own_domains, file, report);
	if (*conf->name == '\0')
		conf_complain(report, file, site, "name", "must not be empty");
	if (*conf->support_mail != '\0' &&
	    address_parse(arena, conf->support_mail) == NULL)
		conf_complain(
		    report, file, site, "support_mail", "is no mail address");
	if (*conf->dpo_mail != '\0' &&
	    address_parse(arena, conf->dpo_mail) == NULL)
		conf_complain(
		    report, file, site, "dpo_mail", "is no mail address");
	if (*conf->webmail_url != '\0' && !is_web_address(conf->webmail_url))
		conf_complain(report, file, site, "webmail_url",
		    "must begin with https:// or http://");
	if (!is_zone(conf->time_zone))
		conf_complain(report, file, site, "time_zone",
		    "must be a zone name like Europe/Paris");
	if (!is_colour(conf->colour))
		conf_complain(
		    report, file, site, "colour", "must be written #rrggbb");
}

bool
site_conf_is_loopback(const struct site_conf *conf)
{
	struct arena arena = {0};
	struct origin origin;
	bool loopback = read_origin(&arena, conf->public_url, &origin) &&
			net_host_is_loopback(origin.host);

	arena_reset(&arena);
	return loopback;
}

void
provision_conf_check(
    const struct provision_conf *conf, const char *file, struct buf *report)
{
	static const char section[] = "provision";
	struct err err;

	if (login_check_rule(conf->login, &err) < 0)
		conf_complain(report, file, section, "login", err.text);
	if (login_check_mail_rule(conf->mail, &err) < 0)
		conf_complain(report, file, section, "mail", err.text);
	if (*conf->bind_dn == '\0')
		conf_complain(
		    report, file, section, "bind_dn", "must not be empty");
	if (*conf->registry_base == '\0')
		conf_complain(report, file, section, "registry_base",
		    "must not be empty");
}

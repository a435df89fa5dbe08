#include "lib/people/login.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/text.h"
#include "lib/people/login_internal.h"
#include "lib/people/names.h"

bool
login_is_valid(const char *login)
{
	size_t len = strlen(login);

	return len >= LOGIN_MIN && len <= LOGIN_MAX && login[0] >= 'a' &&
	       login[0] <= 'z' && login[strspn(login, LOGIN_ALPHABET)] == '\0';
}

/* In the order of strcasecmp() in the C locale, for bsearch(). RFC 2142, the
 * accounts of a Debian mail server, and names people would trust. */
static const char *const reserved[] = {
    "abuse",
    "admin",
    "administrateur",
    "administrator",
    "all",
    "apache",
    "assistance",
    "autoconfig",
    "autodiscover",
    "backup",
    "bin",
    "cnil",
    "contact",
    "cyrus",
    "daemon",
    "dbus",
    "direction",
    "dmarc",
    "dnsmasq",
    "dovecot",
    "dovenull",
    "dpo",
    "dsi",
    "everyone",
    "exim",
    "ftp",
    "games",
    "gnats",
    "guest",
    "ham",
    "help",
    "helpdesk",
    "hostmaster",
    "httpd",
    "imap",
    "info",
    "invite",
    "irc",
    "ldap",
    "list",
    "localhost",
    "lp",
    "mail",
    "mailer-daemon",
    "man",
    "marketing",
    "memcache",
    "messagebus",
    "mysql",
    "ne-pas-repondre",
    "nepasrepondre",
    "news",
    "nginx",
    "no-reply",
    "nobody",
    "noc",
    "nogroup",
    "noreply",
    "opendkim",
    "openldap",
    "operator",
    "password",
    "pop",
    "pop3",
    "postfix",
    "postgres",
    "postmaster",
    "proxy",
    "recteur",
    "rectorat",
    "redis",
    "rentree",
    "rentree-web",
    "rentree-worker",
    "root",
    "rssi",
    "sales",
    "secretariat",
    "security",
    "shutdown",
    "smtp",
    "sogo",
    "spam",
    "sshd",
    "ssladmin",
    "ssladministrator",
    "sslwebmaster",
    "support",
    "sync",
    "sys",
    "sysadmin",
    "systemd-coredump",
    "systemd-network",
    "systemd-resolve",
    "systemd-timesync",
    "test",
    "tls-rpt",
    "tous",
    "usenet",
    "user",
    "uucp",
    "vmail",
    "webmail",
    "webmaster",
    "wpad",
    "www",
    "www-data",
};

static int
by_name(const void *key, const void *entry)
{
	return strcasecmp(key, *(const char *const *)entry);
}

bool
login_is_reserved(const char *login)
{
	return bsearch(login, reserved, COUNT_OF(reserved), sizeof reserved[0],
		   by_name) != NULL;
}

/* Cut to len, and no separator at the cut. */
static char *
cut(struct arena *arena, const char *text, size_t len)
{
	len = strnlen(text, len);
	while (len > 1 && (text[len - 1] == '-' || text[len - 1] == '.'))
		len--;
	return arena_dup_n(arena, text, len);
}

char *
login_candidate(struct arena *arena, const char *base, unsigned n, size_t max)
{
	const char *number = n > 0 ? arena_printf(arena, "%u", n) : "";
	size_t room = max > strlen(number) ? max - strlen(number) : 1;

	return arena_printf(arena, "%s%s", cut(arena, base, room), number);
}

enum login_fault
login_base(const char *rule, const char *given_names, const char *family,
    size_t max, struct arena *arena, char **base)
{
	struct login_parts parts;

	login_parts(arena, given_names, family, &parts);
	if (max > LOGIN_MAX)
		max = LOGIN_MAX;
	*base = cut(
	    arena, login_expand(arena, rule, &parts, LOGIN_LOOK_LOGIN), max);
	if (parts.foreign)
		return LOGIN_FOREIGN;
	return login_is_valid(*base) ? LOGIN_FINE : LOGIN_SHORT;
}

/* RFC 5322 section 3.2.3: a dot-atom has text around each dot. */
static bool
is_local_part(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && text[0] != '.' && text[len - 1] != '.' &&
	       strstr(text, "..") == NULL && text[strspn(text, "-.")] != '\0';
}

char *
login_mail(struct arena *arena, const char *rule, const char *given_names,
    const char *family, unsigned n)
{
	/* RFC 5321 section 4.5.3.1.1 */
	enum { LOCAL_MAX = 64 };
	const char *at = strchr(rule, '@');
	struct login_parts parts;
	const char *local;

	login_parts(arena, given_names, family, &parts);
	if (at == NULL || parts.foreign || *parts.given == '\0' ||
	    *parts.family == '\0')
		return NULL;
	local =
	    login_expand(arena, arena_dup_n(arena, rule, (size_t)(at - rule)),
		&parts, LOGIN_LOOK_MAIL);
	local = login_candidate(arena, local, n, LOCAL_MAX);
	if (!is_local_part(local))
		return NULL;
	return arena_printf(arena, "%s%s", local, at);
}

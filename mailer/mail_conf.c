#include "mailer/mail_conf.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/net.h"
#include "lib/base/text.h"
#include "lib/people/address.h"
#include "mailer/message.h"
#include "mailer/smtp.h"

const struct conf_def mail_conf_defs[] = {
    {"smtp", CONF_WORDS, offsetof(struct mail_conf, smtp),
	"smtp://127.0.0.1:25", 0, 0, NULL,
	"relays in the order they are tried: smtp://host:port or "
	"smtps://host:port"},
    {"starttls", CONF_FLAG, offsetof(struct mail_conf, starttls), "yes", 0, 0,
	NULL, "yes = required; no only for loopback"},
    {"ca_file", CONF_TEXT, offsetof(struct mail_conf, ca_file), "", 0, 0, NULL,
	"certificates to trust instead of the system's"},
    {"user", CONF_TEXT, offsetof(struct mail_conf, user), "", 0, 0, NULL,
	"login at the relay, if it wants one"},
    {"password_file", CONF_TEXT, offsetof(struct mail_conf, password_file), "",
	0, 0, NULL, "file with the relay's password"},
    {"from", CONF_TEXT, offsetof(struct mail_conf, from),
	"Assistance comptes <ne-pas-repondre@ac-lille.fr>", 0, 0, NULL,
	"sender people see: Name <address>"},
    {"envelope_from", CONF_TEXT, offsetof(struct mail_conf, envelope_from), "",
	0, 0, NULL, "where bounces go; empty = the address of from"},
    {"per_minute", CONF_COUNT, offsetof(struct mail_conf, per_minute), "600", 1,
	100000, NULL, "pace of the courier"},
    {"budget_per_hour", CONF_COUNT, offsetof(struct mail_conf, budget_per_hour),
	"20000", 1, 10000000, NULL,
	"circuit breaker: mails an hour, all kinds"},
    {NULL, CONF_TEXT, 0, NULL, 0, 0, NULL, NULL},
};

/* The host of scheme://host:port. */
static const char *
host_of(struct arena *arena, const char *url)
{
	const char *start = strstr(url, "://");
	size_t len;

	start = start != NULL ? start + 3 : url;
	if (*start == '[')
		len = strcspn(start, "]") + 1;
	else
		len = strcspn(start, ":/");
	return arena_dup_n(arena, start, len);
}

static void
check_relay(const struct mail_conf *conf, const char *url, const char *file,
    struct buf *report)
{
	bool smtps = text_has_prefix(url, "smtps://");
	struct arena arena = {0};

	if (!smtps && !text_has_prefix(url, "smtp://"))
		conf_complain(report, file, "mail", "smtp",
		    "must begin with smtp:// or smtps://");
	else if (strchr(url, '@') != NULL)
		conf_complain(report, file, "mail", "smtp",
		    "is host and port only: the login is [mail] user");
	else if (!smtps && !conf->starttls &&
		 !net_host_is_loopback(host_of(&arena, url)))
		conf_complain(report, file, "mail", "starttls",
		    "no is accepted only when the relay is on loopback");
	arena_reset(&arena);
}

static void
check_relays(const struct mail_conf *conf, const char *file, struct buf *report)
{
	if (conf->smtp.count == 0 || conf->smtp.count > SMTP_RELAYS_MAX)
		conf_complain(report, file, "mail", "smtp",
		    "names no relay, or more than 8");
	for (size_t i = 0; i < conf->smtp.count; i++)
		check_relay(conf, conf->smtp.list[i], file, report);
}

void
mail_conf_check(
    const struct mail_conf *conf, const char *file, struct buf *report)
{
	struct arena arena = {0};

	check_relays(conf, file, report);
	if (message_address(&arena, conf->from) == NULL)
		conf_complain(report, file, "mail", "from",
		    "is not \"Name <address>\" or an address");
	if (conf->envelope_from[0] != '\0' &&
	    address_parse(&arena, conf->envelope_from) == NULL)
		conf_complain(
		    report, file, "mail", "envelope_from", "is not an address");
	if ((conf->user[0] != '\0') != (conf->password_file[0] != '\0'))
		conf_complain(report, file, "mail", "password_file",
		    "user and password_file go together");
	arena_reset(&arena);
}

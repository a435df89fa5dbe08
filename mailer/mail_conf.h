/*
 * mail_conf - the [mail] section.
 */
#ifndef MAILER_MAIL_CONF_H
#define MAILER_MAIL_CONF_H

#include <stdbool.h>

#include "lib/base/conf.h"

struct mail_conf {
	struct conf_words smtp; /* relays, the first one first */
	bool starttls;
	const char *ca_file;
	const char *user;
	const char *password_file;
	const char *from;          /* "Name <address>" or an address */
	const char *envelope_from; /* "" = the address of from */
	long per_minute;
	long budget_per_hour;
};

extern const struct conf_def mail_conf_defs[];

struct buf;
void mail_conf_check(
    const struct mail_conf *conf, const char *file, struct buf *report);

#endif

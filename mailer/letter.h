/*
 * letter - a mail by name: template, catalogue, values → message bytes.
 *
 * The texts are mailer/templates/<name>.txt with sentences from the catalogue;
 * the subject is the sentence "mail.<name>.subject". A link stands alone on its
 * line. Neither the text nor a token in it is ever stored: rendered when it is
 * sent, wiped after.
 */
#ifndef MAILER_LETTER_H
#define MAILER_LETTER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

struct arena;
struct buf;
struct catalogue;
struct embed_list;
struct err;
struct mail_conf;
struct template_set;
struct values;

struct letter {
	const char *name; /* "recover", "invite", "changed", "remind" */
	const char *to;
	const char *to_name;
	const char *request_id;
	const char *recipient_tag;
	int64_t date_ms;
	const struct values *values;
};

int letter_write(const struct letter *letter, const struct mail_conf *conf,
    const struct template_set *templates, const struct catalogue *catalogue,
    struct arena *arena, struct buf *out, struct err *err) MUST_CHECK;

#endif

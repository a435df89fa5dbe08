/*
 * smtp_session - the dialogue with one relay, through libcurl (smtp*.c are its
 * only door).
 *
 * Kept open between mails. Only smtp.c uses it.
 */
#ifndef MAILER_SMTP_SESSION_H
#define MAILER_SMTP_SESSION_H

#include "mailer/smtp.h"

struct secret;
struct smtp_session;

struct smtp_mail {
	const char *from, *to;
	const char *bytes;
	size_t len;
};

/* All must outlive it. */
struct smtp_session *smtp_session_new(const struct mail_conf *conf,
    const char *url, const struct secret *password, struct err *err) MUST_CHECK;
void smtp_session_free(struct smtp_session *session);

enum smtp_end smtp_session_send(struct smtp_session *session,
    const struct smtp_mail *mail, long timeout_ms, struct err *err) MUST_CHECK;
int smtp_session_check(
    struct smtp_session *session, long timeout_ms, struct err *err) MUST_CHECK;

/* Of the last transfer: it ended before the relay heard of a recipient; what
 * it last said was no refusal. */
bool smtp_session_is_cut_off(const struct smtp_session *session);
bool smtp_session_is_silent(const struct smtp_session *session);

#endif

/*
 * smtp - hands one message to the relay, through libcurl (its only door).
 *
 * One smtp belongs to one thread and keeps its connection between messages.
 * TLS is required as configured, certificates are verified. Every transfer
 * ends within SMTP_TIMEOUT_MS, a peer that trickles included; one that then
 * ignores our QUIT costs as much again, and a name that is slow SMTP_CONNECT_MS
 * before it (smtp_relay.h). smtp_free() says QUIT and does not wait for the
 * reply.
 *
 * Three ends matter: SENT (2xx after the data), NEVER (5xx for this message or
 * this recipient), LATER (all else: network, TLS, 4xx). After LATER the
 * message may still have been accepted (answer lost): the same Message-ID goes
 * out again.
 */
#ifndef MAILER_SMTP_H
#define MAILER_SMTP_H

#include <stddef.h>

#include "lib/base/base.h"

struct err;
struct mail_conf;

enum { SMTP_CONNECT_MS = 5000, SMTP_TIMEOUT_MS = 20000 };

enum smtp_end { SMTP_SENT, SMTP_LATER, SMTP_NEVER };

struct smtp;

/* curl_global_init, before any thread starts. */
int smtp_library_init(struct err *err) MUST_CHECK;

/* Reads the password file; conf must outlive the smtp. */
struct smtp *smtp_new(const struct mail_conf *conf, struct err *err) MUST_CHECK;
void smtp_free(struct smtp *smtp);
/* Another end for every transfer than SMTP_TIMEOUT_MS. */
void smtp_set_timeout(struct smtp *smtp, long timeout_ms);

/* err is set for LATER and NEVER: the reply code and stage, no address. */
enum smtp_end smtp_send(struct smtp *smtp, const char *envelope_from,
    const char *to, const char *bytes, size_t len, struct err *err) MUST_CHECK;

/* Connects, EHLO, TLS, AUTH, NOOP: for `rentree check`. */
int smtp_check(struct smtp *smtp, struct err *err) MUST_CHECK;

#endif

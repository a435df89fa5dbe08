/*
 * smtp - hands one message to a relay.
 *
 * One smtp belongs to one thread and keeps its connections between messages.
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
 *
 * Several relays are tried in the order of [mail] smtp, each with its share of
 * SMTP_TIMEOUT_MS. The next one has its turn when a relay cannot be
 * spoken to, or refuses us before it knows the recipient; not when it judged
 * the mail, and not when it fell silent over one: it may have taken it. A
 * relay that failed us either way is passed over for SMTP_SKIP_MS, unless all
 * are; then the first has its turn again.
 */
#ifndef MAILER_SMTP_H
#define MAILER_SMTP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct err;
struct mail_conf;

enum {
	SMTP_CONNECT_MS = 5000,
	SMTP_TIMEOUT_MS = 20000,
	SMTP_SKIP_MS = 30000,
	SMTP_RELAYS_MAX = 8,
};

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

/* Could no relay be spoken to, the last time? */
bool smtp_is_cut_off(const struct smtp *smtp);
/* As [mail] smtp has it, of the relay that answered last. */
const char *smtp_last_relay(const struct smtp *smtp);

/* Connects to one of them, EHLO, TLS, AUTH, NOOP: for `rentree check`. */
int smtp_check(struct smtp *smtp, size_t relay, struct err *err) MUST_CHECK;

#endif

/*
 * smtp_relay - the relay's addresses, looked up before libcurl would.
 *
 * libcurl looks names up in a thread, and at its own time-out waits for that
 * thread to end (7.88: 20 s with a time-out of 0.4 s). So the name is looked up
 * here, within a time (resolve.h), and handed over as CURLOPT_RESOLVE; the
 * certificate is checked for the name as before.
 */
#ifndef MAILER_SMTP_RELAY_H
#define MAILER_SMTP_RELAY_H

#include "lib/base/base.h"

struct curl_slist;
struct err;

enum { SMTP_RELAY_FRESH_MS = 60000 }; /* as libcurl keeps addresses */

struct smtp_relay;

/* url: [mail] smtp. */
struct smtp_relay *smtp_relay_new(const char *url, struct err *err) MUST_CHECK;
void smtp_relay_free(struct smtp_relay *relay);

/* For CURLOPT_RESOLVE, NULL when the URL has an address; the relay's until the
 * next call. */
int smtp_relay_find(struct smtp_relay *relay, long timeout_ms,
    struct curl_slist **list, struct err *err) MUST_CHECK;

#endif

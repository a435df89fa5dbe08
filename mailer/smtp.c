#include "mailer/smtp.h"

#include <stdint.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "mailer/mail_conf.h"
#include "mailer/smtp_session.h"

struct relay {
	struct smtp_session *session;
	int64_t skipped_until_ms; /* of clock_mono_ms() */
};

struct smtp {
	const struct mail_conf *conf;
	struct secret password;
	long timeout_ms;
	struct relay relays[SMTP_RELAYS_MAX];
	size_t count;
	size_t last;
	bool is_cut_off;
};

int
smtp_library_init(struct err *err)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, ERR_INTERNAL, "smtp: libcurl");
	return 0;
}

static int
open_relays(struct smtp *smtp, struct err *err)
{
	const struct conf_words *urls = &smtp->conf->smtp;

	for (size_t i = 0; i < urls->count && i < SMTP_RELAYS_MAX; i++) {
		smtp->relays[i].session = smtp_session_new(
		    smtp->conf, urls->list[i], &smtp->password, err);
		if (smtp->relays[i].session == NULL)
			return -1;
		smtp->count++;
	}
	return smtp->count > 0
		   ? 0
		   : err_set(err, ERR_CONFIG, "[mail] smtp names no relay");
}

struct smtp *
smtp_new(const struct mail_conf *conf, struct err *err)
{
	struct smtp *smtp = calloc(1, sizeof *smtp);

	if (smtp == NULL)
		err_no_memory();
	smtp->conf = conf;
	smtp->timeout_ms = SMTP_TIMEOUT_MS;
	if ((conf->password_file[0] == '\0' ||
		secret_read_password(
		    conf->password_file, &smtp->password, err) == 0) &&
	    open_relays(smtp, err) == 0)
		return smtp;
	smtp_free(smtp);
	return NULL;
}

void
smtp_free(struct smtp *smtp)
{
	if (smtp == NULL)
		return;
	for (size_t i = 0; i < smtp->count; i++)
		smtp_session_free(smtp->relays[i].session);
	secret_free(&smtp->password);
	free(smtp);
}

void
smtp_set_timeout(struct smtp *smtp, long timeout_ms)
{
	smtp->timeout_ms = timeout_ms;
}

/* --- whose turn it is ------------------------------------------------------
 */

static bool
is_skipped(const struct relay *relay)
{
	return clock_mono_ms() < relay->skipped_until_ms;
}

/* Those that are not passed over, in order; all when that is nobody. */
static size_t
gather(struct smtp *smtp, size_t turns[SMTP_RELAYS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < smtp->count; i++)
		if (!is_skipped(&smtp->relays[i]))
			turns[n++] = i;
	for (size_t i = 0; n == 0 && i < smtp->count; i++)
		turns[i] = i;
	return n > 0 ? n : smtp->count;
}

/* What is left of the time, in equal parts; a relay that ignored our QUIT has
 * cost more than its own (smtp.h) and takes it from nobody. */
static long
share(const struct smtp *smtp, int64_t until_ms, size_t turns, size_t left)
{
	int64_t least_ms = smtp->timeout_ms / (int64_t)turns;
	int64_t ms = (until_ms - clock_mono_ms()) / (int64_t)left;

	return (long)(ms > least_ms ? ms : least_ms);
}

/* A relay that fell silent, or would not speak to us at all. */
static void
judge_relay(struct relay *relay, enum smtp_end end)
{
	bool failed =
	    end == SMTP_LATER && (smtp_session_is_cut_off(relay->session) ||
				     smtp_session_is_silent(relay->session));

	relay->skipped_until_ms = failed ? clock_mono_ms() + SMTP_SKIP_MS : 0;
}

static enum smtp_end
try_each(struct smtp *smtp, const struct smtp_mail *mail, struct err *err)
{
	int64_t until_ms = clock_mono_ms() + smtp->timeout_ms;
	size_t turns[SMTP_RELAYS_MAX];
	size_t count = gather(smtp, turns);
	enum smtp_end end = SMTP_LATER;

	for (size_t i = 0; i < count; i++) {
		struct relay *relay = &smtp->relays[turns[i]];

		end = smtp_session_send(relay->session, mail,
		    share(smtp, until_ms, count, count - i), err);
		judge_relay(relay, end);
		smtp->last = turns[i];
		smtp->is_cut_off = end == SMTP_LATER &&
				   smtp_session_is_cut_off(relay->session);
		if (!smtp->is_cut_off)
			break;
	}
	return end;
}

enum smtp_end
smtp_send(struct smtp *smtp, const char *envelope_from, const char *to,
    const char *bytes, size_t len, struct err *err)
{
	const struct smtp_mail mail = {envelope_from, to, bytes, len};

	return try_each(smtp, &mail, err);
}

bool
smtp_is_cut_off(const struct smtp *smtp)
{
	return smtp->is_cut_off;
}

const char *
smtp_last_relay(const struct smtp *smtp)
{
	return smtp->conf->smtp.list[smtp->last];
}

int
smtp_check(struct smtp *smtp, size_t relay, struct err *err)
{
	return smtp_session_check(
	    smtp->relays[relay].session, smtp->timeout_ms, err);
}

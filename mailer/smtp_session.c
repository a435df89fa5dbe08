#include "mailer/smtp_session.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "mailer/mail_conf.h"
#include "mailer/smtp_relay.h"

enum { REFUSAL_FIRST = 500, REFUSAL_LAST = 599 };

/* Where the dialogue stood when it ended: only a refusal of this recipient or
 * of this mail is for good; a relay that refuses us altogether may be mended
 * by the operator, and nothing is lost meanwhile. */
enum stage { STAGE_SESSION, STAGE_RECIPIENT, STAGE_DATA };

struct smtp_session {
	const struct mail_conf *conf;
	const struct secret *password;
	const char *url;
	CURL *curl;
	struct smtp_relay *relay;
	long timeout_ms;
	enum stage stage;
	long code;    /* of the last reply, 0 = none yet */
	bool is_over; /* QUIT was said */
	const char *bytes;
	size_t left;
};

static size_t
on_read(char *out, size_t size, size_t count, void *context)
{
	struct smtp_session *smtp = context;
	size_t room = size * count;
	size_t len = smtp->left < room ? smtp->left : room;

	memcpy(out, smtp->bytes, len);
	smtp->bytes += len;
	smtp->left -= len;
	return len;
}

/* The verb of a command and the code of a reply are looked at, nothing else;
 * nothing is kept or logged. After a refusal libcurl says QUIT, and the reply
 * to that is no answer to the mail. */
static int
on_dialogue(
    CURL *curl, curl_infotype type, char *data, size_t len, void *context)
{
	struct smtp_session *smtp = context;
	char code[4] = "";

	(void)curl;
	if (len < 4 || smtp->is_over)
		return 0;
	if (type == CURLINFO_HEADER_IN && data[3] == ' ') {
		memcpy(code, data, 3);
		if (!text_to_long(code, 100, REFUSAL_LAST, &smtp->code))
			smtp->code = 0;
	} else if (type == CURLINFO_HEADER_OUT) {
		if (strncmp(data, "RCPT", 4) == 0)
			smtp->stage = STAGE_RECIPIENT;
		else if (strncmp(data, "DATA", 4) == 0)
			smtp->stage = STAGE_DATA;
		else if (strncmp(data, "QUIT", 4) == 0)
			smtp->is_over = true;
		else
			smtp->stage = STAGE_SESSION;
	}
	return 0;
}

static void
set_options(struct smtp_session *smtp)
{
	const struct mail_conf *conf = smtp->conf;
	CURL *curl = smtp->curl;

	curl_easy_setopt(curl, CURLOPT_URL, smtp->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_USE_SSL,
	    conf->starttls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(
	    curl, CURLOPT_CONNECTTIMEOUT_MS, (long)SMTP_CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, smtp->timeout_ms);
	/* The reply to a QUIT is not under the timeout above. */
	curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT,
	    (smtp->timeout_ms + 999) / 1000);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(curl, CURLOPT_READDATA, smtp);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_dialogue);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, smtp);
	if (conf->ca_file[0] != '\0')
		curl_easy_setopt(curl, CURLOPT_CAINFO, conf->ca_file);
	if (conf->user[0] != '\0') {
		curl_easy_setopt(curl, CURLOPT_USERNAME, conf->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD,
		    (const char *)smtp->password->bytes);
	}
}

struct smtp_session *
smtp_session_new(const struct mail_conf *conf, const char *url,
    const struct secret *password, struct err *err)
{
	struct smtp_session *smtp = calloc(1, sizeof *smtp);

	if (smtp == NULL)
		err_no_memory();
	smtp->conf = conf;
	smtp->url = url;
	smtp->password = password;
	smtp->relay = smtp_relay_new(url, err);
	if (smtp->relay == NULL) {
		free(smtp);
		return NULL;
	}
	smtp->curl = curl_easy_init();
	if (smtp->curl == NULL)
		err_no_memory();
	return smtp;
}

/* libcurl says QUIT at the end, and would wait for the reply of a relay that
 * has fallen silent. With nothing more to read the QUIT still goes out. */
static void
hear_no_more(struct smtp_session *smtp)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(smtp->curl, CURLINFO_ACTIVESOCKET, &fd) ==
		CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		(void)shutdown(fd, SHUT_RD);
}

void
smtp_session_free(struct smtp_session *smtp)
{
	if (smtp == NULL)
		return;
	hear_no_more(smtp);
	curl_easy_cleanup(smtp->curl);
	smtp_relay_free(smtp->relay);
	free(smtp);
}

static const char *
stage_name(enum stage stage)
{
	switch (stage) {
	case STAGE_RECIPIENT:
		return "recipient";
	case STAGE_DATA:
		return "data";
	case STAGE_SESSION:
		break;
	}
	return "session";
}

static enum smtp_end
judge(struct smtp_session *smtp, CURLcode rc, struct err *err)
{
	if (rc == CURLE_OK)
		return SMTP_SENT;
	(void)err_set(err, ERR_UNAVAILABLE, "smtp: %s (%s, code %ld)",
	    curl_easy_strerror(rc), stage_name(smtp->stage), smtp->code);
	if (smtp->stage != STAGE_SESSION && smtp->code >= REFUSAL_FIRST &&
	    smtp->code <= REFUSAL_LAST && rc != CURLE_OPERATION_TIMEDOUT)
		return SMTP_NEVER;
	return SMTP_LATER;
}

/* Reset keeps the connection, and drops what the last mail set. */
static int
begin(struct smtp_session *smtp, long timeout, struct err *err)
{
	long timeout_ms = timeout < SMTP_CONNECT_MS ? timeout : SMTP_CONNECT_MS;
	struct curl_slist *addresses;

	smtp->timeout_ms = timeout;
	smtp->stage = STAGE_SESSION;
	smtp->code = 0;
	smtp->is_over = false;
	if (smtp_relay_find(smtp->relay, timeout_ms, &addresses, err) != 0)
		return -1;
	curl_easy_reset(smtp->curl);
	set_options(smtp);
	curl_easy_setopt(smtp->curl, CURLOPT_RESOLVE, addresses);
	return 0;
}

enum smtp_end
smtp_session_send(struct smtp_session *smtp, const struct smtp_mail *mail,
    long timeout_ms, struct err *err)
{
	struct curl_slist *recipients;
	CURLcode rc;

	if (begin(smtp, timeout_ms, err) != 0)
		return SMTP_LATER;
	recipients = curl_slist_append(NULL, mail->to);
	if (recipients == NULL)
		abort();
	smtp->bytes = mail->bytes;
	smtp->left = mail->len;
	curl_easy_setopt(smtp->curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(
	    smtp->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->len);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_FROM, mail->from);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, recipients);
	rc = curl_easy_perform(smtp->curl);
	curl_slist_free_all(recipients);
	return judge(smtp, rc, err);
}

int
smtp_session_check(struct smtp_session *smtp, long timeout_ms, struct err *err)
{
	if (begin(smtp, timeout_ms, err) != 0)
		return -1;
	curl_easy_setopt(smtp->curl, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(smtp->curl, CURLOPT_CUSTOMREQUEST, "NOOP");
	return judge(smtp, curl_easy_perform(smtp->curl), err) == SMTP_SENT
		   ? 0
		   : -1;
}

bool
smtp_session_is_cut_off(const struct smtp_session *smtp)
{
	return smtp->stage == STAGE_SESSION;
}

bool
smtp_session_is_silent(const struct smtp_session *smtp)
{
	return smtp->code < 400;
}

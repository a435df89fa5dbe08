#include "mailer/smtp.h"

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

struct smtp {
	const struct mail_conf *conf;
	CURL *curl;
	struct smtp_relay *relay;
	struct secret password;
	long timeout_ms;
	enum stage stage;
	long code;    /* of the last reply, 0 = none yet */
	bool is_over; /* QUIT was said */
	const char *bytes;
	size_t left;
};

int
smtp_library_init(struct err *err)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, ERR_INTERNAL, "smtp: libcurl");
	return 0;
}

static size_t
on_read(char *out, size_t size, size_t count, void *context)
{
	struct smtp *smtp = context;
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
	struct smtp *smtp = context;
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
set_options(struct smtp *smtp)
{
	const struct mail_conf *conf = smtp->conf;
	CURL *curl = smtp->curl;

	curl_easy_setopt(curl, CURLOPT_URL, conf->smtp);
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
		curl_easy_setopt(
		    curl, CURLOPT_PASSWORD, (const char *)smtp->password.bytes);
	}
}

struct smtp *
smtp_new(const struct mail_conf *conf, struct err *err)
{
	struct smtp *smtp = calloc(1, sizeof *smtp);

	if (smtp == NULL)
		abort();
	smtp->conf = conf;
	smtp->timeout_ms = SMTP_TIMEOUT_MS;
	if (conf->password_file[0] != '\0' &&
	    secret_read_password(conf->password_file, &smtp->password, err) !=
		0) {
		free(smtp);
		return NULL;
	}
	smtp->relay = smtp_relay_new(conf->smtp, err);
	if (smtp->relay == NULL) {
		secret_free(&smtp->password);
		free(smtp);
		return NULL;
	}
	smtp->curl = curl_easy_init();
	if (smtp->curl == NULL)
		abort();
	return smtp;
}

/* libcurl says QUIT at the end, and would wait for the reply of a relay that
 * has fallen silent. With nothing more to read the QUIT still goes out. */
static void
hear_no_more(struct smtp *smtp)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(smtp->curl, CURLINFO_ACTIVESOCKET, &fd) ==
		CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		(void)shutdown(fd, SHUT_RD);
}

void
smtp_free(struct smtp *smtp)
{
	if (smtp == NULL)
		return;
	hear_no_more(smtp);
	curl_easy_cleanup(smtp->curl);
	smtp_relay_free(smtp->relay);
	secret_free(&smtp->password);
	free(smtp);
}

void
smtp_set_timeout(struct smtp *smtp, long timeout_ms)
{
	smtp->timeout_ms = timeout_ms;
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
judge(struct smtp *smtp, CURLcode rc, struct err *err)
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
begin(struct smtp *smtp, struct err *err)
{
	long timeout_ms = smtp->timeout_ms < SMTP_CONNECT_MS ? smtp->timeout_ms
							     : SMTP_CONNECT_MS;
	struct curl_slist *addresses;

	if (smtp_relay_find(smtp->relay, timeout_ms, &addresses, err) != 0)
		return -1;
	curl_easy_reset(smtp->curl);
	set_options(smtp);
	curl_easy_setopt(smtp->curl, CURLOPT_RESOLVE, addresses);
	smtp->stage = STAGE_SESSION;
	smtp->code = 0;
	smtp->is_over = false;
	return 0;
}

enum smtp_end
smtp_send(struct smtp *smtp, const char *envelope_from, const char *to,
    const char *bytes, size_t len, struct err *err)
{
	struct curl_slist *recipients;
	CURLcode rc;

	if (begin(smtp, err) != 0)
		return SMTP_LATER;
	recipients = curl_slist_append(NULL, to);
	if (recipients == NULL)
		abort();
	smtp->bytes = bytes;
	smtp->left = len;
	curl_easy_setopt(smtp->curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(smtp->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)len);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_FROM, envelope_from);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, recipients);
	rc = curl_easy_perform(smtp->curl);
	curl_slist_free_all(recipients);
	return judge(smtp, rc, err);
}

int
smtp_check(struct smtp *smtp, struct err *err)
{
	if (begin(smtp, err) != 0)
		return -1;
	curl_easy_setopt(smtp->curl, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(smtp->curl, CURLOPT_CUSTOMREQUEST, "NOOP");
	return judge(smtp, curl_easy_perform(smtp->curl), err) == SMTP_SENT
		   ? 0
		   : -1;
}

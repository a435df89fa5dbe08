#include "mailer/smtp_relay.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/net.h"
#include "lib/base/resolve.h"

enum { ENTRY_MAX = 2048, ADDRESS_MAX = 64 };

struct smtp_relay {
	struct resolve *resolve;
	char *host, *port; /* libcurl's; NULL when the URL has an address */
	struct curl_slist *list;
	int64_t found_ms;
};

/* The host and port of an URL; none when it is an address. */
static bool
split(struct smtp_relay *relay, const char *url)
{
	struct net_address address;
	CURLU *parts = curl_url();
	bool is_url;

	if (parts == NULL)
		err_no_memory();
	is_url =
	    curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &relay->host, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_PORT, &relay->port,
		CURLU_DEFAULT_PORT) == CURLUE_OK;
	curl_url_cleanup(parts);
	if (is_url && net_parse(relay->host, &address)) {
		curl_free(relay->host);
		relay->host = NULL;
	}
	return is_url;
}

struct smtp_relay *
smtp_relay_new(const char *url, struct err *err)
{
	struct smtp_relay *relay = calloc(1, sizeof *relay);

	if (relay == NULL)
		err_no_memory();
	relay->resolve = resolve_new();
	if (split(relay, url))
		return relay;
	(void)err_set(err, ERR_CONFIG, "smtp: not an address of a relay");
	smtp_relay_free(relay);
	return NULL;
}

void
smtp_relay_free(struct smtp_relay *relay)
{
	if (relay == NULL)
		return;
	curl_slist_free_all(relay->list);
	curl_free(relay->host);
	curl_free(relay->port);
	resolve_free(relay->resolve);
	free(relay);
}

/* host:port:address,address */
static void
write_entry(const struct smtp_relay *relay, const struct addrinfo *found,
    struct buf *entry)
{
	const char *separator = ":";
	char text[ADDRESS_MAX];

	buf_addf(entry, "%s:%s", relay->host, relay->port);
	for (; found != NULL; found = found->ai_next) {
		if (getnameinfo(found->ai_addr, found->ai_addrlen, text,
			sizeof text, NULL, 0, NI_NUMERICHOST) != 0)
			continue;
		buf_addf(entry, strchr(text, ':') != NULL ? "%s[%s]" : "%s%s",
		    separator, text);
		separator = ",";
	}
}

static int
keep(struct smtp_relay *relay, const struct addrinfo *found, struct err *err)
{
	struct curl_slist *list;
	struct buf entry;
	int rc = 0;

	buf_init(&entry, ENTRY_MAX);
	write_entry(relay, found, &entry);
	if (buf_ok(&entry)) {
		list = curl_slist_append(NULL, buf_text(&entry));
		if (list == NULL)
			err_no_memory();
		curl_slist_free_all(relay->list);
		relay->list = list;
		relay->found_ms = clock_mono_ms();
	} else {
		rc = err_set(err, ERR_UNAVAILABLE, "too many addresses");
	}
	buf_free(&entry);
	return rc;
}

int
smtp_relay_find(struct smtp_relay *relay, long timeout_ms,
    struct curl_slist **list, struct err *err)
{
	struct addrinfo *found;
	int rc = 0;

	if (relay->host != NULL &&
	    (relay->list == NULL ||
		clock_mono_ms() - relay->found_ms > SMTP_RELAY_FRESH_MS)) {
		rc = resolve_name(relay->resolve, relay->host, relay->port,
		    timeout_ms, &found, err);
		if (rc == 0)
			rc = keep(relay, found, err);
		if (found != NULL)
			freeaddrinfo(found);
	}
	*list = relay->list;
	return rc == 0 ? 0 : err_in(err, "smtp");
}

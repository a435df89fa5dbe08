#include "lib/store/directory.h"

#include <errno.h>
#include <ldap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/resolve.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/store/deadline.h"
#include "lib/store/directory_internal.h"

/* --- options --------------------------------------------------------------
 *
 * ldap_set_option() takes a void pointer and believes the caller. These are
 * the only calls of it, each with the type the option wants. They fail for an
 * option this libldap does not know, or out of memory. */

static bool
set_int(LDAP *ld, int option, int value)
{
	return ldap_set_option(ld, option, &value) == LDAP_OPT_SUCCESS;
}

static bool
set_flag(LDAP *ld, int option, bool on)
{
	return ldap_set_option(ld, option, on ? LDAP_OPT_ON : LDAP_OPT_OFF) ==
	       LDAP_OPT_SUCCESS;
}

static bool
set_text(LDAP *ld, int option, const char *value)
{
	return ldap_set_option(ld, option, value) == LDAP_OPT_SUCCESS;
}

static struct timeval
interval(int64_t ms)
{
	struct timeval value = {
	    .tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000) * 1000,
	};

	return value;
}

static bool
set_interval(LDAP *ld, int option, const struct timeval *value)
{
	return ldap_set_option(ld, option, value) == LDAP_OPT_SUCCESS;
}

static bool
set_tls(LDAP *ld, const char *ca_file)
{
	/* No ca_file: what the system trusts (ldap.conf). */
	if (ca_file != NULL && ca_file[0] != '\0' &&
	    !set_text(ld, LDAP_OPT_X_TLS_CACERTFILE, ca_file))
		return false;
	/* The options of a handle count only in a context made after them. */
	return set_int(
		   ld, LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_DEMAND) &&
	       set_int(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN,
		   LDAP_OPT_X_TLS_PROTOCOL_TLS1_2) &&
	       set_int(ld, LDAP_OPT_X_TLS_NEWCTX, 0);
}

/* No LDAP_OPT_NETWORK_TIMEOUT: with one the handshake of libldap 2.5 with
 * GnuTLS spins. The socket is watched. */
static bool
set_options(struct directory *directory, int64_t share_ms)
{
	struct timeval share = interval(share_ms);
	LDAP *ld = directory->ld;

	return set_int(ld, LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3) &&
	       set_flag(ld, LDAP_OPT_REFERRALS, false) &&
	       set_flag(ld, LDAP_OPT_RESTART, true) &&
	       set_interval(ld, LDAP_OPT_TIMEOUT, &share);
}

/* --- the watch ----------------------------------------------------------- */

static int64_t
time_left(const struct directory *directory)
{
	int64_t left_ms = directory->until_ms - clock_mono_ms();

	return left_ms > 0 ? left_ms : 0;
}

static int
watch(struct directory *directory)
{
	directory->ticket = deadline_begin(directory->in.deadline,
	    directory->socket, (long)time_left(directory));
	return directory->ticket < 0 ? -1 : 0;
}

static void
begin_call(struct directory *directory)
{
	directory->until_ms = clock_mono_ms() + directory->in.conf->timeout_ms;
	directory->since_us = metrics_now_us();
}

static void
tell_call(struct directory *directory)
{
	if (directory->since_us != 0)
		meter_tell(&directory->in.meter, directory->since_us, false);
	directory->since_us = 0;
}

static void
end_watch(struct directory *directory)
{
	if (directory->ticket < 0)
		return;
	(void)deadline_end(directory->in.deadline, directory->ticket);
	directory->ticket = -1;
}

void
directory_end(struct directory *directory)
{
	end_watch(directory);
	tell_call(directory);
}

/* --- the connection ------------------------------------------------------ */

int
directory_library_init(struct err *err)
{
	LDAPAPIInfo info = {.ldapai_info_version = LDAP_API_INFO_VERSION};

	if (ldap_get_option(NULL, LDAP_OPT_API_INFO, &info) != LDAP_OPT_SUCCESS)
		return err_set(err, ERR_INTERNAL, "libldap does not start");
	ldap_memfree(info.ldapai_vendor_name);
	ldap_memvfree((void **)info.ldapai_extensions);
	return 0;
}

struct directory *
directory_new(const struct directory_input *input)
{
	struct directory *directory = calloc(1, sizeof *directory);

	if (directory == NULL)
		abort();
	directory->in = *input;
	directory->socket = -1;
	directory->ticket = -1;
	directory->resolve = resolve_new();
	return directory;
}

static void
close_connection(struct directory *directory)
{
	end_watch(directory);
	if (directory->ld != NULL)
		(void)ldap_unbind_ext(directory->ld, NULL, NULL);
	directory->ld = NULL;
	if (directory->socket >= 0)
		close(directory->socket);
	directory->socket = -1;
}

void
directory_drop(struct directory *directory)
{
	/* First, so that saying good-bye to a dead server cannot block. */
	if (directory->socket >= 0)
		(void)shutdown(directory->socket, SHUT_RDWR);
	close_connection(directory);
}

void
directory_free(struct directory *directory)
{
	if (directory == NULL)
		return;
	close_connection(directory);
	resolve_free(directory->resolve);
	free(directory);
}

int
directory_wait(struct directory *directory, int id, LDAPMessage **answer)
{
	struct timeval left = interval(time_left(directory));
	int got, result = LDAP_SERVER_DOWN;

	got = ldap_result(directory->ld, id, LDAP_MSG_ALL, &left, answer);
	if (got > 0)
		return LDAP_SUCCESS;
	*answer = NULL;
	if (got == 0 || time_left(directory) == 0)
		return LDAP_TIMEOUT;
	(void)ldap_get_option(directory->ld, LDAP_OPT_RESULT_CODE, &result);
	return result == LDAP_SUCCESS ? LDAP_SERVER_DOWN : result;
}

static int
bind_now(struct directory *directory)
{
	struct directory_verdict verdict;
	struct berval password = {
	    .bv_len = directory->in.password->len,
	    .bv_val = (char *)directory->in.password->bytes,
	};
	LDAPMessage *answer = NULL;
	int id, result;

	result = ldap_sasl_bind(directory->ld, directory->in.bind_dn,
	    LDAP_SASL_SIMPLE, &password, NULL, NULL, &id);
	if (result == LDAP_SUCCESS)
		result = directory_wait(directory, id, &answer);
	if (result != LDAP_SUCCESS)
		return result;
	directory_verdict(directory, answer, &verdict);
	return verdict.result;
}

/* ldaps:// has TLS from the start, and ldapi:// never leaves the machine. */
static int
secure(struct directory *directory, const char *uri)
{
	const struct directory_conf *conf = directory->in.conf;
	bool is_tls = text_has_prefix(uri, "ldaps://");

	if (!is_tls && !(conf->starttls && text_has_prefix(uri, "ldap://")))
		return LDAP_SUCCESS;
	if (!set_tls(directory->ld, conf->ca_file))
		return LDAP_LOCAL_ERROR;
	return is_tls ? ldap_install_tls(directory->ld)
		      : ldap_start_tls_s(directory->ld, NULL, NULL);
}

/* Connects to uri, starts TLS and binds, all before directory->until_ms. */
static int
open_uri(struct directory *directory, const char *uri)
{
	int result = directory_dial(directory, uri, (long)time_left(directory));

	if (result != LDAP_SUCCESS)
		return result;
	if (!set_options(directory, time_left(directory)) ||
	    watch(directory) != 0)
		return LDAP_LOCAL_ERROR;
	result = secure(directory, uri);
	return result == LDAP_SUCCESS ? bind_now(directory) : result;
}

/* One URI after the other, each with its share of the time that is left. */
static int
open_any(struct directory *directory)
{
	const struct conf_words *uris = &directory->in.conf->uri;
	size_t i, count = directory->in.only_first_uri ? 1 : uris->count;
	int64_t until_ms = directory->until_ms;
	int result = LDAP_SERVER_DOWN;

	for (i = 0; i < count; i++) {
		directory->until_ms = until_ms;
		directory->until_ms =
		    clock_mono_ms() +
		    time_left(directory) / (int64_t)(count - i);
		result = open_uri(directory, uris->list[i]);
		if (result != LDAP_SUCCESS && time_left(directory) == 0)
			result = LDAP_TIMEOUT;
		directory->return_ms =
		    i > 0 ? clock_mono_ms() + DIRECTORY_RETURN_MS : 0;
		/* A refused identity is refused everywhere. */
		if (result == LDAP_SUCCESS ||
		    result == LDAP_INVALID_CREDENTIALS)
			break;
		directory_drop(directory);
	}
	directory->until_ms = until_ms;
	end_watch(directory);
	return result;
}

/* Nothing may be waiting on a connection at rest: if something is, it is the
 * server's good-bye, and a write would be lost without our knowing. */
static bool
is_stale(const struct directory *directory)
{
	char byte;

	return recv(directory->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >=
		   0 ||
	       (errno != EAGAIN && errno != EWOULDBLOCK);
}

/* The others may lag, or be far away: back to the first as soon as it is. */
static bool
is_time_to_return(const struct directory *directory)
{
	return directory->return_ms != 0 &&
	       clock_mono_ms() >= directory->return_ms;
}

static int
watch_call(struct directory *directory, struct err *err)
{
	if (watch(directory) != 0)
		return err_set(err, ERR_UNAVAILABLE,
		    "directory: too many calls at a time");
	return 0;
}

int
directory_begin(struct directory *directory, struct err *err)
{
	int result;

	begin_call(directory);
	if (directory->ld != NULL && !directory->is_ahead &&
	    (is_stale(directory) || is_time_to_return(directory)))
		directory_drop(directory);
	if (directory->ld == NULL) {
		if (clock_mono_ms() < directory->broken_until_ms)
			return err_set(err, ERR_UNAVAILABLE,
			    "directory: could not be reached a moment ago");
		result = open_any(directory);
		if (result != LDAP_SUCCESS) {
			directory->connect_result = result;
			directory->broken_until_ms =
			    clock_mono_ms() + DIRECTORY_BREAK_MS;
			directory_fail(directory, result, "connect", NULL, err);
			directory_end(directory);
			directory_drop(directory);
			return -1;
		}
		directory->generation++;
	}
	return watch_call(directory, err);
}

int
directory_continue(struct directory *directory, struct err *err)
{
	if (directory->ld == NULL)
		return err_set(
		    err, ERR_UNAVAILABLE, "directory: the connection was lost");
	begin_call(directory);
	return watch_call(directory, err);
}

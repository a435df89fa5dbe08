/* How a connection to a directory comes about. It is made here, and libldap
 * gets it when it stands: its own way there looks the name up for as long as
 * resolv.conf says, with a lock that stops every other thread's. */
#include "lib/store/directory_internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <openldap.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/dial.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

/* Where Debian's slapd listens, and its libldap looks, for "ldapi:///". */
#define LDAPI_PATH "/var/run/slapd/ldapi"

enum { LDAP_PLAIN_PORT = 389, LDAP_TLS_PORT = 636 };

static bool
is_empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}

static int
dial(struct directory *directory, const LDAPURLDesc *url, long timeout_ms,
    struct err *err)
{
	int port = url->lud_port;
	char service[16];

	if (strcmp(url->lud_scheme, "ldapi") == 0)
		return dial_unix(
		    is_empty(url->lud_host) ? LDAPI_PATH : url->lud_host,
		    timeout_ms, err);
	if (port == 0)
		port = strcmp(url->lud_scheme, "ldaps") == 0 ? LDAP_TLS_PORT
							     : LDAP_PLAIN_PORT;
	(void)!text_format(service, sizeof service, "%d", port);
	return dial_tcp(directory->resolve,
	    is_empty(url->lud_host) ? "localhost" : url->lud_host, service,
	    timeout_ms, err);
}

/* A duplicate, because libldap closes its own whenever it likes, and the
 * keeper must never shut down somebody else's. */
static int
hold(struct directory *directory, int fd)
{
	ber_len_t ceiling = DIRECTORY_PDU_MAX;
	Sockbuf *sb = NULL;

	directory->socket = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (directory->socket < 0 ||
	    ldap_get_option(directory->ld, LDAP_OPT_SOCKBUF, &sb) !=
		LDAP_OPT_SUCCESS)
		return LDAP_LOCAL_ERROR;
	(void)ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &ceiling);
	return LDAP_SUCCESS;
}

int
directory_dial(struct directory *directory, const char *uri, long timeout_ms)
{
	LDAPURLDesc *url = NULL;
	struct err why;
	int fd, result;
	bool local;

	directory->no_socket[0] = '\0';
	if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS)
		return LDAP_PARAM_ERROR;
	local = strcmp(url->lud_scheme, "ldapi") == 0;
	fd = dial(directory, url, timeout_ms, &why);
	ldap_free_urldesc(url);
	if (fd < 0) {
		memcpy(directory->no_socket, why.text, sizeof why.text);
		return LDAP_SERVER_DOWN;
	}
	result = ldap_init_fd(
	    fd, local ? LDAP_PROTO_IPC : LDAP_PROTO_TCP, uri, &directory->ld);
	if (result != LDAP_SUCCESS) {
		directory->ld = NULL;
		(void)close(fd);
		return result;
	}
	return hold(directory, fd);
}

/*
 * slapd - a private OpenLDAP server for one test program.
 *
 * Real slapd with the schema, ACLs and password policy of ldap-schema/, on
 * loopback and a unix socket, in a folder of its own below /tmp. It dies with
 * the test, however the test ends. Whatever fails here ends the test program
 * with a sentence.
 */
#ifndef TESTS_SUPPORT_SLAPD_H
#define TESTS_SUPPORT_SLAPD_H

#include <stdbool.h>
#include <stddef.h>

#define SLAPD_SUFFIX "dc=test,dc=fr"
#define SLAPD_PEOPLE "ou=people," SLAPD_SUFFIX
#define SLAPD_LOGINS "ou=logins," SLAPD_SUFFIX
#define SLAPD_WORKER "cn=rentree,ou=services," SLAPD_SUFFIX
#define SLAPD_WORKER_PASSWORD "worker-secret"
#define SLAPD_PROVISION "cn=rentree-provision,ou=services," SLAPD_SUFFIX
#define SLAPD_PROVISION_PASSWORD "provision-secret"
#define SLAPD_ROOT "cn=admin," SLAPD_SUFFIX
#define SLAPD_ROOT_PASSWORD "root-secret"

struct slapd {
	char folder[64];
	char ldapi[192]; /* ldapi://%2Ftmp%2F… */
	char ldap[64];   /* ldap://127.0.0.1:port, StartTLS offered */
	char ldaps[64];  /* the same with TLS; not with is_config */
	char ca[96];     /* the certificate that signs it */
	int port, secure_port;
	int pid;
	bool is_config; /* cn=config in place of slapd.conf */
};

/*
 * Starts it. ldif (may be NULL) is loaded after the base entries; acl (may be
 * NULL) is slapd.conf text used in place of ldap-schema/acl.conf.
 */
void slapd_start(struct slapd *slapd, const char *ldif, const char *acl);
/*
 * The same with cn=config: the schema is rentree.ldif, loaded before the start
 * (slapadd) or after it (ldapadd), the rest acl.ldif and ppolicy.ldif.
 */
enum slapd_schema { SLAPD_SCHEMA_BEFORE, SLAPD_SCHEMA_AFTER };
void slapd_start_config(struct slapd *slapd, enum slapd_schema when);
void slapd_stop(struct slapd *slapd);

/* Stops the process and starts it again on the same data and port. */
void slapd_halt(struct slapd *slapd);
void slapd_again(struct slapd *slapd);

/* LDIF with changetypes (or entries to add), as the root identity. */
void slapd_change(const struct slapd *slapd, const char *ldif);
/* First value of an attribute as the root identity reads it, in base64 where
 * LDIF writes it so; "" when none. */
void slapd_value(const struct slapd *slapd, const char *dn,
    const char *attribute, char *out, size_t room);
/* All values that contain part, one a line; their number. */
int slapd_values(const struct slapd *slapd, const char *dn,
    const char *attribute, const char *part, char *out, size_t room);

#endif

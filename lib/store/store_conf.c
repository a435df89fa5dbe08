#include "lib/store/store_conf.h"

#include <stddef.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

#define REDIS(field) offsetof(struct redis_conf, field)
#define LOGIN(field) offsetof(struct redis_login, field)
#define DIRECTORY(field) offsetof(struct directory_conf, field)
#define ATTRIBUTE(field) offsetof(struct attributes_conf, field)
#define LIMITS(field) offsetof(struct limits_conf, field)
#define AUDIT(field) offsetof(struct audit_conf, field)

const struct conf_def redis_conf_defs[] = {
    {"uri", CONF_TEXT, REDIS(uri), "redis://127.0.0.1:6379/0", 0, 0, NULL,
	"redis://host:port/db, unix:///path.sock or "
	"sentinel://h1:26379,h2:26379/master-name."},
    {"user", CONF_TEXT, REDIS(user), "", 0, 0, NULL,
	"The web process's login; [redis.worker] and [redis.cli] override "
	"it."},
    {"password_file", CONF_TEXT, REDIS(password_file), "", 0, 0, NULL,
	"Its password, one line; nobody else may read the file."},
    {"prefix", CONF_TEXT, REDIS(prefix), "rentree", 0, 0, NULL,
	"The first word of every key and channel."},
    {.key = NULL},
};

const struct conf_def redis_login_defs[] = {
    {"user", CONF_TEXT, LOGIN(user), "", 0, 0, NULL,
	"Login of this program; empty = that of [redis]."},
    {"password_file", CONF_TEXT, LOGIN(password_file), "", 0, 0, NULL,
	"Its password, one line; empty = that of [redis]."},
    {.key = NULL},
};

const struct conf_def directory_conf_defs[] = {
    {"uri", CONF_WORDS, DIRECTORY(uri), "ldap://127.0.0.1:389", 0, 0, NULL,
	"Several, space separated: failover in order."},
    {"starttls", CONF_FLAG, DIRECTORY(starttls), "yes", 0, 0, NULL,
	"no is accepted for ldapi:// ldaps:// and loopback."},
    {"ca_file", CONF_TEXT, DIRECTORY(ca_file), "", 0, 0, NULL,
	"Certificates to trust; empty = those of the system."},
    {"base", CONF_TEXT, DIRECTORY(base), "ou=people,dc=ac-lille,dc=fr", 0, 0,
	NULL, "Where people are, at any depth."},
    {"bind_dn", CONF_TEXT, DIRECTORY(bind_dn),
	"cn=rentree,ou=services,dc=ac-lille,dc=fr", 0, 0, NULL,
	"The worker's identity: it may write passwords, not manage."},
    {"bind_password_file", CONF_TEXT, DIRECTORY(bind_password_file),
	"/etc/rentree/directory.password", 0, 0, NULL,
	"Its password, one line; nobody else may read the file."},
    {"filter", CONF_TEXT, DIRECTORY(filter), "(objectClass=inetOrgPerson)", 0,
	0, NULL, "What makes an entry a person."},
    {"timeout_ms", CONF_COUNT, DIRECTORY(timeout_ms), "3000", 100, 10000, NULL,
	"The end of one operation."},
    {"password_method", CONF_CHOICE, DIRECTORY(password_method), "exop", 0, 0,
	"exop|modify_assert",
	"exop is RFC 3062; modify_assert closes the race with a lock."},
    {.key = NULL},
};

const struct conf_def attributes_conf_defs[] = {
    {"login", CONF_WORDS, ATTRIBUTE(login), "uid", 0, 0, NULL,
	"Every name can be mapped; several = tried in order."},
    {"proof", CONF_WORDS, ATTRIBUTE(proof), "rentreeProof", 0, 0, NULL,
	"Keyed digests of NUMEN, INE and desk code."},
    {"birth_date", CONF_WORDS, ATTRIBUTE(birth_date), "rentreeBirth", 0, 0,
	NULL,
	"Keyed digest; or clear: supannOIDCDateDeNaissance, "
	"schacDateOfBirth."},
    {"family_name", CONF_WORDS, ATTRIBUTE(family_name), "sn", 0, 0, NULL,
	"The name in use."},
    {"birth_name", CONF_WORDS, ATTRIBUTE(birth_name), "rentreeBirthName", 0, 0,
	NULL, "Or supannNomDeNaissance."},
    {"given_name", CONF_WORDS, ATTRIBUTE(given_name), "givenName", 0, 0, NULL,
	"The given name in use."},
    {"given_names", CONF_WORDS, ATTRIBUTE(given_names), "rentreeGivenNames", 0,
	0, NULL, "Or supannPrenomsEtatCivil."},
    {"recovery_mail", CONF_WORDS, ATTRIBUTE(recovery_mail),
	"rentreeRecoveryMail", 0, 0, NULL,
	"For one rentreeRecoveryMail supannMailPrive supannMailPerso."},
    {"kind", CONF_WORDS, ATTRIBUTE(kind), "rentreeKind", 0, 0, NULL,
	"etudiant, enseignant, administratif, technique, externe."},
    {"state", CONF_WORDS, ATTRIBUTE(state), "rentreeState", 0, 0, NULL,
	"Or supannRessourceEtat."},
    {"establishment", CONF_WORDS, ATTRIBUTE(establishment),
	"rentreeEstablishment", 0, 0, NULL, "Or supannEtablissement."},
    {.key = NULL},
};

const struct conf_def limits_conf_defs[] = {
    {"per_address", CONF_RATES, LIMITS(per_address), "20/10m", 0, 0, NULL,
	"Requests of one client address: burst/period, refilled evenly."},
    {"per_school_address", CONF_RATES, LIMITS(per_school_address), "400/10m", 0,
	0, NULL, "The same for an address of school_networks."},
    {"school_networks", CONF_TEXT, LIMITS(school_networks_text), "", 0, 0, NULL,
	"CIDR list of networks many people share."},
    {"per_identity", CONF_RATES, LIMITS(per_identity), "5/1h", 0, 0, NULL,
	"Requests for one NUMEN with birth date (or name)."},
    {"per_number", CONF_RATES, LIMITS(per_number), "30/1h", 0, 0, NULL,
	"Requests for one NUMEN, whatever the birth date."},
    {"per_mailbox", CONF_RATES, LIMITS(per_mailbox), "3/1h 6/24h", 0, 0, NULL,
	"Mails to one recovery address, counted by the worker."},
    {"token_lifetime", CONF_DURATION, LIMITS(token_lifetime_s), "1h",
	5 * MINUTE_S, DAY_S, NULL, "How long a link to a new password lives."},
    {"activation_lifetime", CONF_DURATION, LIMITS(activation_lifetime_s), "14d",
	HOUR_S, 90 * DAY_S, NULL, "How long an invitation to activate lives."},
    {"code_lifetime", CONF_DURATION, LIMITS(code_lifetime_s), "90d", DAY_S,
	366 * DAY_S, NULL,
	"How long the code of a printed letter or of the desk lives."},
    {"recovery_mail_cooloff", CONF_DURATION, LIMITS(recovery_mail_cooloff_s),
	"48h", 0, 30 * DAY_S, NULL,
	"How long a new recovery address waits while another was usable."},
    {.key = NULL},
};

const struct conf_def audit_conf_defs[] = {
    {"file", CONF_TEXT, AUDIT(file), "/var/log/rentree/audit.jsonl", 0, 0, NULL,
	"The trail, one JSON line an event."},
    {"retention", CONF_DURATION, AUDIT(retention_s), "365d", DAY_S,
	3650 * DAY_S, NULL, "Older lines may go."},
    {.key = NULL},
};

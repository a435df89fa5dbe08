/*
 * house - a private slapd and the settings to reach it: what a test of the
 * directory needs around it.
 */
#ifndef TESTS_SUPPORT_HOUSE_H
#define TESTS_SUPPORT_HOUSE_H

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/store/deadline.h"
#include "lib/store/directory.h"
#include "tests/support/slapd.h"

struct house {
	struct slapd slapd;
	struct deadline *deadline;
	struct directory_conf conf; /* ldapi, the worker's identity, 3 s */
	struct attributes_conf attributes; /* as design.md has them */
	struct conf_words own_domains;     /* ac-test.fr */
	struct secret worker, provision;
	struct arena arena; /* until house_stop() */
	struct err err;
};

/* house is zeroed first. ldif and acl as slapd_start() has them. */
void house_start(struct house *house, const char *ldif, const char *acl);
void house_stop(struct house *house);

struct directory *house_open(
    struct house *house, const char *dn, const struct secret *password);
struct directory *house_worker(struct house *house);
struct directory *house_provision(struct house *house);

/* "a b c" as a list of the configuration. */
struct conf_words house_names(struct house *house, const char *list);
struct secret house_secret(const char *text);
/* What slapd has for uid, as slapd_value() tells it. */
const char *house_stored(
    struct house *house, const char *uid, const char *attribute);

#endif

#include "tests/support/house.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

struct conf_words
house_names(struct house *house, const char *list)
{
	struct conf_words out;

	out.list = text_split(&house->arena, list, " ", &out.count);
	return out;
}

struct secret
house_secret(const char *text)
{
	return (struct secret){(unsigned char *)text, strlen(text)};
}

static void
fill_attributes(struct house *house)
{
	struct attributes_conf *conf = &house->attributes;

	conf->login = house_names(house, "uid");
	conf->proof = house_names(house, "rentreeProof");
	conf->birth_date = house_names(house, "rentreeBirth");
	conf->family_name = house_names(house, "sn");
	conf->birth_name = house_names(house, "rentreeBirthName");
	conf->given_name = house_names(house, "givenName");
	conf->given_names = house_names(house, "rentreeGivenNames");
	conf->recovery_mail = house_names(house, "rentreeRecoveryMail");
	conf->kind = house_names(house, "rentreeKind");
	conf->state = house_names(house, "rentreeState");
	conf->establishment = house_names(house, "rentreeEstablishment");
}

void
house_start(struct house *house, const char *ldif, const char *acl)
{
	memset(house, 0, sizeof *house);
	(void)signal(SIGPIPE, SIG_IGN);
	if (directory_library_init(&house->err) != 0) {
		(void)fprintf(stderr, "%s\n", house->err.text);
		exit(99);
	}
	slapd_start(&house->slapd, ldif, acl);
	house->conf = (struct directory_conf){
	    .uri = house_names(house, house->slapd.ldapi),
	    .starttls = true,
	    .ca_file = house->slapd.ca,
	    .base = SLAPD_PEOPLE,
	    .bind_dn = SLAPD_WORKER,
	    .filter = "(objectClass=inetOrgPerson)",
	    .timeout_ms = 3000,
	};
	fill_attributes(house);
	house->own_domains = house_names(house, "ac-test.fr");
	house->worker = house_secret(SLAPD_WORKER_PASSWORD);
	house->provision = house_secret(SLAPD_PROVISION_PASSWORD);
	house->deadline = deadline_new();
}

void
house_stop(struct house *house)
{
	deadline_free(house->deadline);
	slapd_stop(&house->slapd);
	arena_reset(&house->arena);
}

struct directory *
house_open(struct house *house, const char *dn, const struct secret *password)
{
	const struct directory_input input = {
	    .conf = &house->conf,
	    .attributes = &house->attributes,
	    .own_domains = &house->own_domains,
	    .bind_dn = dn,
	    .password = password,
	    .deadline = house->deadline,
	};

	return directory_new(&input);
}

struct directory *
house_worker(struct house *house)
{
	return house_open(house, SLAPD_WORKER, &house->worker);
}

struct directory *
house_provision(struct house *house)
{
	return house_open(house, SLAPD_PROVISION, &house->provision);
}

const char *
house_stored(struct house *house, const char *uid, const char *attribute)
{
	char dn[128], value[1024];

	(void)snprintf(dn, sizeof dn, "uid=%s," SLAPD_PEOPLE, uid);
	slapd_value(&house->slapd, dn, attribute, value, sizeof value);
	return arena_dup(&house->arena, value);
}

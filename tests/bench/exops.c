/*
 * exops - password changes and nothing else: what ldappasswd does (RFC 3062),
 * from one process, each thread on a connection of its own.
 *
 *     exops URI BIND-DN PASSWORD-FILE THREADS PEOPLE
 *
 * PEOPLE has a distinguished name a line; each gets a new password. Prints
 * JSON as rush does.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ldap.h>

#include "lib/base/text.h"
#include "tests/bench/load.h"

enum { WORD = 160, THREADS_MAX = 64 };

struct exops {
	const char *uri, *bind_dn;
	char password[WORD];
	char (*people)[WORD];
	size_t count;
	atomic_size_t next;
};

struct hand {
	struct exops *exops;
	pthread_t thread;
	struct times times;
};

static void
stop(const char *what, int rc)
{
	fprintf(stderr, "exops: %s: %s\n", what, ldap_err2string(rc));
	exit(70);
}

static LDAP *
dial(const struct exops *exops)
{
	struct berval secret = {
	    strlen(exops->password), (char *)(uintptr_t)exops->password};
	const int version = LDAP_VERSION3;
	LDAP *ldap;
	int rc = ldap_initialize(&ldap, exops->uri);

	if (rc != LDAP_SUCCESS)
		stop("initialize", rc);
	(void)ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
	rc = ldap_sasl_bind_s(
	    ldap, exops->bind_dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
	if (rc != LDAP_SUCCESS)
		stop("bind", rc);
	return ldap;
}

static void
change(LDAP *ldap, const char *dn, size_t turn)
{
	struct berval user = {strlen(dn), (char *)(uintptr_t)dn};
	char text[WORD];
	struct berval fresh = {0, text}, made = {0};
	int rc;

	(void)!text_format(text, sizeof text, "Wagon-%06zu-Prune-Astre", turn);
	fresh.bv_len = strlen(text);
	rc = ldap_passwd_s(ldap, &user, NULL, &fresh, &made, NULL, NULL);
	if (rc != LDAP_SUCCESS)
		stop(dn, rc);
	ldap_memfree(made.bv_val);
}

static void *
work(void *context)
{
	struct hand *hand = context;
	struct exops *exops = hand->exops;
	LDAP *ldap = dial(exops);
	size_t turn;

	while ((turn = atomic_fetch_add(&exops->next, 1)) < exops->count) {
		int64_t begin = now_ns();

		change(ldap, exops->people[turn], turn);
		times_add(&hand->times, now_ns() - begin);
	}
	(void)ldap_unbind_ext_s(ldap, NULL, NULL);
	return NULL;
}

static void
read_lines(struct exops *exops, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[WORD];

	if (file == NULL)
		die(path);
	while (fgets(line, sizeof line, file) != NULL) {
		exops->people = realloc(
		    exops->people, (exops->count + 1) * sizeof(*exops->people));
		if (exops->people == NULL)
			die("realloc");
		line[strcspn(line, "\n")] = '\0';
		memcpy(exops->people[exops->count++], line, sizeof line);
	}
	fclose(file);
}

static void
read_password(struct exops *exops, const char *path)
{
	FILE *file = fopen(path, "re");

	if (file == NULL ||
	    fgets(exops->password, sizeof exops->password, file) == NULL)
		die(path);
	exops->password[strcspn(exops->password, "\n")] = '\0';
	fclose(file);
}

int
main(int argc, char **argv)
{
	static struct exops exops;
	struct hand hands[THREADS_MAX] = {0};
	struct times times = {0};
	int64_t begin;
	long threads;

	if (argc != 6 || !text_to_long(argv[4], 1, THREADS_MAX, &threads)) {
		fprintf(stderr, "usage: exops URI BIND-DN PASSWORD-FILE "
				"THREADS PEOPLE\n");
		return 64;
	}
	exops.uri = argv[1];
	exops.bind_dn = argv[2];
	read_password(&exops, argv[3]);
	read_lines(&exops, argv[5]);
	begin = now_ns();
	for (long i = 0; i < threads; i++) {
		hands[i].exops = &exops;
		if (pthread_create(&hands[i].thread, NULL, work, &hands[i]) !=
		    0)
			die("pthread_create");
	}
	for (long i = 0; i < threads; i++) {
		(void)pthread_join(hands[i].thread, NULL);
		times_join(&times, &hands[i].times);
	}
	printf("{\"seconds\": %.4f, \"done\": %zu, ",
	    (double)(now_ns() - begin) / 1e9, exops.count);
	times_print("change", &times);
	printf("}\n");
	return 0;
}

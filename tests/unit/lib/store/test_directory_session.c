/* directory: connections that do not come about, fall silent or end. */
#include "lib/store/directory.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "tests/support/house.h"
#include "tests/support/pause.h"

enum { TIMEOUT_MS = 700, SLACK_MS = 500, THREADS = 4, ROUNDS = 50 };

#define GOOD "Bateau-Cerise-47-Lune"

static const char people_ldif[] =
    "dn: uid=jdupont," SLAPD_PEOPLE "\n"
    "objectClass: inetOrgPerson\nobjectClass: rentreeAccount\n"
    "uid: jdupont\ncn: Jean Dupont\nsn: Dupont\n\n";

/* --- a peer that accepts and says little ---------------------------------- */

struct mute {
	int listener;
	bool welcomes; /* StartTLS */
	char ldap[64], ldaps[64];
	pthread_t thread;
};

/* An ExtendedResponse to message 1: success, go on with TLS. */
static const unsigned char tls_welcome[] = {0x30, 0x0c, 0x02, 0x01, 0x01, 0x78,
    0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00};

/* Answers the first request of every connection with the welcome, or not at
 * all, and no more. */
static void *
serve(void *context)
{
	struct mute *mute = context;
	char first;
	int fds[64], count = 0;

	while (count < 64 &&
	       (fds[count] = accept(mute->listener, NULL, NULL)) >= 0) {
		if (mute->welcomes &&
		    recv(fds[count], &first, 1, MSG_PEEK) == 1)
			(void)!write(
			    fds[count], tls_welcome, sizeof tls_welcome);
		count++;
	}
	while (count > 0)
		(void)close(fds[--count]);
	return NULL;
}

static void
mute_open(struct mute *mute, bool welcomes)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	mute->welcomes = welcomes;
	mute->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(mute->listener, (struct sockaddr *)&address, sizeof address),
	    0);
	assert_int_equal(listen(mute->listener, 16), 0);
	assert_int_equal(
	    getsockname(mute->listener, (struct sockaddr *)&address, &len), 0);
	(void)snprintf(mute->ldap, sizeof mute->ldap, "ldap://127.0.0.1:%d",
	    ntohs(address.sin_port));
	(void)snprintf(mute->ldaps, sizeof mute->ldaps, "ldaps://127.0.0.1:%d",
	    ntohs(address.sin_port));
	assert_int_equal(pthread_create(&mute->thread, NULL, serve, mute), 0);
}

static void
mute_close(struct mute *mute)
{
	(void)shutdown(mute->listener, SHUT_RDWR);
	(void)pthread_join(mute->thread, NULL);
	(void)close(mute->listener);
}

/* --- tests -----------------------------------------------------------------
 */

static enum lookup
find(struct house *house, struct directory *directory)
{
	struct person person;

	memset(&house->err, 0, sizeof house->err);
	return directory_find_login(
	    directory, "jdupont", &house->arena, &person, &house->err);
}

static void
use(struct house *house, const char *uris, bool starttls)
{
	house->conf.uri = house_names(house, uris);
	house->conf.starttls = starttls;
	house->conf.timeout_ms = TIMEOUT_MS;
	house->conf.ca_file = house->slapd.ca;
}

static void
test_silence_ends_in_time(void **state)
{
	struct house *house = *state;
	struct mute mute, polite;
	const struct {
		const char *uri;
		bool starttls;
	} table[] = {
	    {mute.ldap, false},  /* no answer to the bind */
	    {mute.ldap, true},   /* no answer to StartTLS */
	    {polite.ldap, true}, /* StartTLS granted, then nothing */
	    {mute.ldaps, false}, /* no answer to the handshake */
	};
	struct directory *directory;
	int64_t start_ms, took_ms;
	clock_t cpu;
	size_t i;

	mute_open(&mute, false);
	mute_open(&polite, true);
	for (i = 0; i < COUNT_OF(table); i++) {
		use(house, table[i].uri, table[i].starttls);
		directory = house_worker(house);
		start_ms = clock_mono_ms();
		cpu = clock();
		assert_int_equal(find(house, directory), LOOKUP_FAILED);
		took_ms = clock_mono_ms() - start_ms;
		cpu = clock() - cpu;
		if (took_ms < TIMEOUT_MS - 50 ||
		    took_ms > TIMEOUT_MS + SLACK_MS)
			fail_msg("row %zu: %d ms", i, (int)took_ms);
		if (cpu > CLOCKS_PER_SEC / 4)
			fail_msg("row %zu: spins", i);
		assert_non_null(strstr(house->err.text, "Timed out"));
		assert_int_equal(house->err.kind, ERR_UNAVAILABLE);
		directory_free(directory);
	}
	mute_close(&mute);
	mute_close(&polite);
}

static void
test_a_dead_server_is_not_asked_again_at_once(void **state)
{
	struct house *house = *state;
	struct directory *directory;
	int64_t start_ms;

	use(house, house->slapd.ldapi, false);
	slapd_halt(&house->slapd);
	directory = house_worker(house);
	assert_int_equal(find(house, directory), LOOKUP_FAILED);
	assert_int_equal(house->err.kind, ERR_UNAVAILABLE);
	slapd_again(&house->slapd);
	start_ms = clock_mono_ms();
	assert_int_equal(find(house, directory), LOOKUP_FAILED);
	assert_int_equal(house->err.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(house->err.text, "a moment ago"));
	assert_int_equal(directory_try_password(directory,
			     "uid=jdupont," SLAPD_PEOPLE, "x", &house->err),
	    LOOKUP_FAILED);
	assert_true(clock_mono_ms() - start_ms < 100);
	clock_sleep_ms(DIRECTORY_BREAK_MS + 50);
	assert_int_equal(find(house, directory), LOOKUP_FOUND);
	directory_free(directory);
}

/* What libldap would call "Can't contact LDAP server". */
static void
test_why_there_is_no_connection_is_told(void **state)
{
	static const struct {
		const char *uri, *says;
	} cases[] = {
	    {"ldap://directory.invalid", "no address for directory.invalid"},
	    {"ldap://127.0.0.1:1", "127.0.0.1: Connection refused"},
	    {"ldapi://%2Fnonexistent%2Fldapi", "No such file or directory"},
	    {"ldap://directory.invalid ldap://127.0.0.1:1",
		"Connection refused"},
	};
	struct house *house = *state;
	struct directory *directory;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		use(house, cases[i].uri, false);
		directory = house_worker(house);
		assert_int_equal(find(house, directory), LOOKUP_FAILED);
		assert_int_equal(house->err.kind, ERR_UNAVAILABLE);
		if (strstr(house->err.text, cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].uri, house->err.text);
		directory_free(directory);
	}
}

static void
test_the_next_uri_is_tried(void **state)
{
	struct house *house = *state;
	struct directory *directory;
	struct directory_input input;
	struct mute mute;
	char uris[320];

	mute_open(&mute, false);
	(void)snprintf(uris, sizeof uris, "%s ldap://127.0.0.1:1 %s", mute.ldap,
	    house->slapd.ldapi);
	use(house, uris, false);
	house->conf.timeout_ms = 1500;
	directory = house_worker(house);
	assert_int_equal(find(house, directory), LOOKUP_FOUND);
	directory_free(directory);

	/* Who writes does not: the next one may be a replica. */
	input = (struct directory_input){
	    .conf = &house->conf,
	    .attributes = &house->attributes,
	    .own_domains = &house->own_domains,
	    .bind_dn = SLAPD_WORKER,
	    .password = &house->worker,
	    .only_first_uri = true,
	    .deadline = house->deadline,
	};
	directory = directory_new(&input);
	assert_int_equal(find(house, directory), LOOKUP_FAILED);
	directory_free(directory);
	mute_close(&mute);
}

static void
test_start_tls_checks_the_certificate(void **state)
{
	struct house *house = *state;
	struct directory *directory;

	use(house, house->slapd.ldap, true);
	directory = house_worker(house);
	if (find(house, directory) != LOOKUP_FOUND)
		fail_msg("%s", house->err.text);
	assert_int_equal(directory_try_password(directory, SLAPD_PROVISION,
			     SLAPD_PROVISION_PASSWORD, &house->err),
	    LOOKUP_FOUND);
	directory_free(directory);

	/* Signed by nobody the system knows. */
	house->conf.ca_file = "";
	directory = house_worker(house);
	assert_int_equal(find(house, directory), LOOKUP_FAILED);
	assert_int_equal(house->err.kind, ERR_UNAVAILABLE);
	directory_free(directory);
}

typedef int look_up_fn(const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **list);

/* The C library's, but for directory.test: that is this machine. */
int
getaddrinfo(const char *restrict host, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
	bool ours = host != NULL && strcmp(host, "directory.test") == 0 &&
		    (hints->ai_flags & AI_NUMERICHOST) == 0;
	look_up_fn *real;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(ours ? "127.0.0.1" : host, service, hints, list);
}

/* The connection is made by us and not by libldap, which looks all the same
 * whether the certificate is that of the server it was to reach. */
static void
test_the_certificate_is_for_the_name(void **state)
{
	struct house *house = *state;
	const struct slapd *slapd = &house->slapd;
	const struct {
		const char *scheme, *host;
		int port;
		bool starttls;
		enum lookup found;
	} table[] = {
	    {"ldap", "127.0.0.1", slapd->port, true, LOOKUP_FOUND},
	    {"ldaps", "127.0.0.1", slapd->secure_port, true, LOOKUP_FOUND},
	    {"ldap", "directory.test", slapd->port, false, LOOKUP_FOUND},
	    {"ldap", "directory.test", slapd->port, true, LOOKUP_FAILED},
	    {"ldaps", "directory.test", slapd->secure_port, true,
		LOOKUP_FAILED},
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct directory *directory;
		char uri[64];

		(void)snprintf(uri, sizeof uri, "%s://%s:%d", table[i].scheme,
		    table[i].host, table[i].port);
		use(house, uri, table[i].starttls);
		directory = house_worker(house);
		if (find(house, directory) != table[i].found)
			fail_msg("row %zu: %s", i, house->err.text);
		directory_free(directory);
	}
}

static void
test_a_restart_is_not_noticed(void **state)
{
	static const char *const values[] = {"fr", NULL};
	const struct change change = {CHANGE_REPLACE, "rentreeCharter", values};
	struct house *house = *state;
	struct directory *directory;

	use(house, house->slapd.ldapi, false);
	directory = house_worker(house);
	assert_int_equal(find(house, directory), LOOKUP_FOUND);
	slapd_halt(&house->slapd);
	slapd_again(&house->slapd);
	assert_int_equal(find(house, directory), LOOKUP_FOUND);
	slapd_halt(&house->slapd);
	slapd_again(&house->slapd);
	assert_int_equal(
	    directory_change(directory, "uid=jdupont," SLAPD_PEOPLE, &change, 1,
		NULL, &house->err),
	    LOOKUP_FOUND);
	directory_free(directory);
}

static void
test_a_hung_server_leaves_us_unsure(void **state)
{
	struct house *house = *state;
	enum policy_error policy;
	struct directory *directory;
	struct person person;
	int64_t start_ms;

	use(house, house->slapd.ldapi, false);
	directory = house_worker(house);
	assert_int_equal(directory_find_login(directory, "jdupont",
			     &house->arena, &person, &house->err),
	    LOOKUP_FOUND);
	pause_child(house->slapd.pid);
	start_ms = clock_mono_ms();
	assert_int_equal(directory_set_password(
			     directory, &person, GOOD, &policy, &house->err),
	    PASSWORD_UNSURE);
	assert_int_equal(house->err.kind, ERR_UNAVAILABLE);
	assert_true(clock_mono_ms() - start_ms < TIMEOUT_MS + SLACK_MS);
	/* A connection that cannot be made is a sure thing. */
	assert_int_equal(directory_set_password(
			     directory, &person, GOOD, &policy, &house->err),
	    PASSWORD_FAILED);
	assert_int_equal(kill(house->slapd.pid, SIGCONT), 0);
	clock_sleep_ms(DIRECTORY_BREAK_MS + 50);
	/* It did happen. */
	assert_int_equal(
	    directory_try_password(directory, person.dn, GOOD, &house->err),
	    LOOKUP_FOUND);
	directory_free(directory);
}

/* --- many threads, one keeper ----------------------------------------------
 */

struct thread {
	struct house *house;
	pthread_t id;
	int found;
};

static void *
ask_often(void *context)
{
	struct thread *thread = context;
	struct directory *directory = house_worker(thread->house);
	struct person person;
	struct arena arena;
	struct err err;
	int i;

	arena_init(&arena);
	for (i = 0; i < ROUNDS; i++) {
		if (directory_find_login(directory, "jdupont", &arena, &person,
			&err) == LOOKUP_FOUND)
			thread->found++;
		arena_reset(&arena);
	}
	directory_free(directory);
	return NULL;
}

static void
test_threads_share_the_keeper(void **state)
{
	struct thread threads[THREADS];
	struct house *house = *state;
	size_t i;

	use(house, house->slapd.ldap, true);
	house->conf.timeout_ms = 10000;
	for (i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){.house = house};
		assert_int_equal(pthread_create(&threads[i].id, NULL, ask_often,
				     &threads[i]),
		    0);
	}
	for (i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i].id, NULL);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(threads[i].found, ROUNDS);
}

static int
set_up(void **state)
{
	struct house *house = calloc(1, sizeof *house);

	if (house == NULL)
		return -1;
	house_start(house, people_ldif, NULL);
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	house_stop(*state);
	free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_silence_ends_in_time),
	    cmocka_unit_test(test_a_dead_server_is_not_asked_again_at_once),
	    cmocka_unit_test(test_why_there_is_no_connection_is_told),
	    cmocka_unit_test(test_the_next_uri_is_tried),
	    cmocka_unit_test(test_start_tls_checks_the_certificate),
	    cmocka_unit_test(test_the_certificate_is_for_the_name),
	    cmocka_unit_test(test_a_restart_is_not_noticed),
	    cmocka_unit_test(test_a_hung_server_leaves_us_unsure),
	    cmocka_unit_test(test_threads_share_the_keeper),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

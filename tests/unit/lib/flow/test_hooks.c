/* Which of SOGo's keys are deleted, and how a hook is given up. What the hooks
 * do with real servers is in tests/integration/test_hooks.py. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/flow/errand.h"
#include "lib/flow/flow_conf.h"
#include "lib/flow/hands.h"
#include "lib/flow/hooks.h"
#include "lib/people/people_conf.h"
#include "lib/people/person.h"
#include "lib/store/audit.h"
#include "tests/unit/lib/flow/desk.h"

/* One connection: what it hears, with an answer for each line. */
struct listener {
	int fd;
	char where[32];
	char heard[4096];
	pthread_t thread;
};

static void *
serve(void *context)
{
	struct listener *listener = context;
	int fd = accept(listener->fd, NULL, NULL);
	size_t len = 0;
	ssize_t got;

	while ((got = recv(fd, listener->heard + len,
		    sizeof listener->heard - 1 - len, 0)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			if (listener->heard[len + (size_t)i] == '\n')
				(void)!send(fd, "DELETED\r\n", 9, MSG_NOSIGNAL);
		len += (size_t)got;
	}
	close(fd);
	return NULL;
}

static void
listen_here(struct listener *listener)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;

	memset(listener, 0, sizeof *listener);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener->fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(listener->fd, 1) != 0 ||
	    getsockname(listener->fd, (struct sockaddr *)&address, &len) != 0 ||
	    pthread_create(&listener->thread, NULL, serve, listener) != 0)
		abort();
	(void)snprintf(listener->where, sizeof listener->where, "127.0.0.1:%d",
	    ntohs(address.sin_port));
}

static struct conf_words
words(char **list)
{
	struct conf_words words = {.list = list};

	while (list[words.count] != NULL)
		words.count++;
	return words;
}

static void
every_name_is_forgotten(void **unused)
{
	static struct listener listener;
	char *servers[] = {(char *)"127.0.0.1:1", listener.where, NULL};
	char *own[] = {(char *)"ac-x.fr", NULL};
	char *mails[] = {(char *)"j.dupont@ac-x.fr", (char *)"j@univ-x.fr",
	    (char *)"jdupont@ac-x.fr", NULL};
	char *aliases[] = {(char *)"alias@ac-x.fr", NULL};
	const struct person person = {
	    .login = "jdupont", .mails = mails, .aliases = aliases};
	struct hooks_conf conf = {
	    .after_password_change = "", .sogo_memcached = words(servers)};
	struct site_conf site = {.own_domains = words(own)};
	struct workshop shop = {.hooks = &conf, .site = &site};
	struct hands hands = {.shop = &shop};
	const struct errand errand = {.what = ERRAND_RUN, .ref = "0123ABCD"};
	struct err err = {0};

	(void)unused;
	listen_here(&listener);
	/* A server that is away fails the whole, and keeps no other one. */
	assert_int_equal(hooks_forget(&hands, &person, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	pthread_join(listener.thread, NULL);
	close(listener.fd);
	assert_string_equal(listener.heard,
	    "delete jdupont+attributes\r\n"
	    "delete jdupont@ac-x.fr+attributes\r\n"
	    "delete j.dupont@ac-x.fr+attributes\r\n"
	    "delete j@univ-x.fr+attributes\r\n"
	    "delete jdupont@univ-x.fr+attributes\r\n"
	    "delete alias@ac-x.fr+attributes\r\n");
	conf.sogo_memcached.count = 0;
	assert_int_equal(hooks_forget(&hands, &person, &err), 0);
	assert_int_equal(hooks_run(&hands, &person, &errand, "id", &err), 0);
	arena_reset(&hands.arena);
}

/* A day of failures is the end, and the operator is told. */
static void
it_is_given_up_after_a_day(void **unused)
{
	static unsigned char bytes[SECRET_KEY] = {7};
	const struct secret key = {bytes, sizeof bytes};
	char path[] = "/tmp/rentree-hooks-XXXXXX";
	int file = mkstemp(path);
	struct err err = {0};
	struct workshop shop = {.audit = audit_open(path, &key, &err)};
	struct hands hands = {.shop = &shop, .attempt = 40};
	struct errand errand = {.what = ERRAND_RUN,
	    .uuid = "9d3f",
	    .address = "",
	    .language = "fr",
	    .ref = "0123ABCD"};
	struct envelope envelope = {
	    .kind = REQUEST_ERRAND, .asked_ms = clock_now_ms() - 90000000};
	struct buf payload;
	size_t len;
	char *text;

	(void)unused;
	close(file);
	buf_init(&payload, ENVELOPE_PADDED);
	errand_pack(&errand, &payload);
	envelope.payload = payload.bytes;
	envelope.len = payload.len;
	assert_int_equal(
	    errand_do(&hands, &envelope, &err).verdict, REQUEST_FINISHED);
	assert_int_equal(
	    file_read(&hands.arena, path, 65536, &text, &len, &err), 0);
	assert_non_null(strstr(text, "hook.given-up"));
	assert_non_null(strstr(text, "0123ABCD"));
	audit_close(shop.audit);
	buf_free(&payload);
	unlink(path);
	arena_reset(&hands.arena);
}

static void
settings_are_judged(void **unused)
{
	static const struct {
		const char *program;
		char *server;
		bool good;
	} cases[] = {
	    {"", NULL, true},
	    {"/usr/local/sbin/hook", (char *)"127.0.0.1:11211", true},
	    {"", (char *)"[::1]:11211", true},
	    {"", (char *)"cache.example:11211", true},
	    {"hook", NULL, false},
	    {"./hook", NULL, false},
	    {"", (char *)"127.0.0.1", false},
	    {"", (char *)":11211", false},
	    {"", (char *)"127.0.0.1:", false},
	    {"", (char *)"127.0.0.1:0", false},
	    {"", (char *)"127.0.0.1:70000", false},
	    {"", (char *)"127.0.0.1:11211x", false},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *servers[] = {cases[i].server, NULL};
		const struct hooks_conf conf = {
		    .after_password_change = cases[i].program,
		    .sogo_memcached = words(servers)};
		struct buf report;

		buf_init(&report, 4096);
		hooks_conf_check(&conf, "x.conf", &report);
		if ((report.len == 0) != cases[i].good)
			fail_msg("%zu: %s", i, buf_text(&report));
		buf_free(&report);
	}
}

static void
more_servers_than_the_lock_waits_for(void **unused)
{
	char *servers[HOOKS_SERVERS_MAX + 2];
	struct hooks_conf conf = {.after_password_change = ""};
	struct buf report;

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(servers); i++)
		servers[i] = (char *)"127.0.0.1:11211";
	servers[HOOKS_SERVERS_MAX + 1] = NULL;
	conf.sogo_memcached = words(servers);
	buf_init(&report, 4096);
	hooks_conf_check(&conf, "x.conf", &report);
	assert_non_null(strstr(buf_text(&report), "more than 8 servers"));
	buf_clear(&report);
	conf.sogo_memcached.count = HOOKS_SERVERS_MAX;
	hooks_conf_check(&conf, "x.conf", &report);
	assert_int_equal(report.len, 0);
	buf_free(&report);
}

/* What hangs, hangs where nobody waits for a mail; and the invitations of a
 * whole académie, which wait there too, do not delay it. */
static void
hooks_wait_beside_the_mails(void **unused)
{
	static const char invitation[] = "00000000000000000000000000000001";
	static struct desk desk;
	char *servers[] = {(char *)"127.0.0.1:1", NULL};
	char *none[] = {NULL};
	const struct hooks_conf conf = {.after_password_change = "/bin/true",
	    .sogo_memcached = words(servers)};
	const struct site_conf site = {.own_domains = words(none)};
	const struct person person = {
	    .login = "jdupont", .mails = none, .aliases = none};
	const struct errand about = {
	    .uuid = "u", .address = "", .language = "fr", .ref = "7K3QWBXX"};
	struct workshop shop = {.hooks = &conf, .site = &site};
	struct hands hands = {.shop = &shop};
	struct queue_item item;

	(void)unused;
	desk_start(&desk);
	shop.sealer = desk.sealer;
	shop.sealer.mac_key = desk.limiter_key;
	hands.kv = desk.kv;
	assert_int_equal(
	    queue_put(desk.kv, QUEUE_BULK, invitation, "x", 1, 0, &desk.err),
	    0);
	assert_int_equal(
	    hooks_after_change(&hands, &person, &about, "cause", &desk.err), 0);
	assert_int_equal(
	    queue_take(desk.kv, QUEUE_MAIL, 0, &desk.arena, &item, &desk.err),
	    LOOKUP_ABSENT);
	for (int i = 0; i < 3; i++) { /* the cache, the program, then that */
		assert_int_equal(queue_take(desk.kv, QUEUE_BULK, 0, &desk.arena,
				     &item, &desk.err),
		    LOOKUP_FOUND);
		assert_int_equal(strcmp(item.id, invitation) == 0, i == 2);
	}
	arena_reset(&hands.arena);
	desk_stop(&desk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_name_is_forgotten),
	    cmocka_unit_test(it_is_given_up_after_a_day),
	    cmocka_unit_test(settings_are_judged),
	    cmocka_unit_test(more_servers_than_the_lock_waits_for),
	    cmocka_unit_test(hooks_wait_beside_the_mails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* kv: how a connection ends and begins again, and what it never does: wait. */
#include "lib/store/kv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "tests/support/pause.h"
#include "tests/support/redis.h"

enum { TIMEOUT_MS = 300, SLACK_MS = 500 };

static struct redis redis;
static struct arena arena;
static struct err err;

static int
start(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN); /* as every main does */
	redis_start(&redis);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	arena_reset(&arena);
	redis_stop(&redis);
	return 0;
}

static int
ping(struct kv *kv)
{
	struct kv_reply reply;

	return kv_words(kv, &arena, &reply, &err, "PING", NULL);
}

static void
assert_unavailable(int rc)
{
	assert_int_equal(rc, -1);
	if (err.kind != ERR_UNAVAILABLE)
		fail_msg("kind %d: %s", (int)err.kind, err.text);
}

/* --- one connection ------------------------------------------------------- */

static void
test_a_frozen_redis(void **state)
{
	struct kv *kv = kv_new(&redis.conf, KV_WEB, TIMEOUT_MS);
	struct kv_reply reply;
	int64_t start_ms;

	(void)state;
	assert_int_equal(ping(kv), 0);
	pause_child(redis.pid);
	start_ms = clock_mono_ms();
	assert_unavailable(
	    kv_words(kv, &arena, &reply, &err, "ECHO", "1", NULL));
	assert_in_range(
	    clock_mono_ms() - start_ms, TIMEOUT_MS - 10, TIMEOUT_MS + SLACK_MS);
	(void)kill(redis.pid, SIGCONT);
	/* The answer that came too late is not the answer to this. */
	assert_int_equal(
	    kv_words(kv, &arena, &reply, &err, "ECHO", "2", NULL), 0);
	assert_string_equal(reply.bytes, "2");
	kv_free(kv);
}

/* An idle connection that ended is noticed before anything is sent on it. */
static void
test_a_restart_goes_unnoticed(void **state)
{
	struct kv *kv = kv_new(&redis.conf, KV_WEB, TIMEOUT_MS);

	(void)state;
	assert_int_equal(ping(kv), 0);
	redis_halt(&redis);
	redis_again(&redis);
	assert_int_equal(ping(kv), 0);
	kv_free(kv);
}

static void
test_breaker(void **state)
{
	struct kv *kv = kv_new(&redis.conf, KV_WEB, TIMEOUT_MS);
	int64_t start_ms;

	(void)state;
	redis_halt(&redis);
	assert_unavailable(ping(kv));
	redis_again(&redis);
	/* Redis is back, and for a moment nobody looks. */
	start_ms = clock_mono_ms();
	assert_unavailable(ping(kv));
	assert_in_range(clock_mono_ms() - start_ms, 0, 100);
	clock_sleep_ms(KV_BREAK_MS + 20);
	assert_int_equal(ping(kv), 0);
	kv_free(kv);
}

/* --- a peer that is no Redis ---------------------------------------------- */

struct peer {
	pthread_t thread;
	const char *says;
	long pause_ms; /* between two bytes */
	atomic_bool stop;
	int fd;
	char uri[160];
};

static void *
serve(void *argument)
{
	struct peer *peer = argument;
	int fd = accept(peer->fd, NULL, NULL);
	size_t len = strlen(peer->says);

	for (size_t i = 0; i < len && !atomic_load(&peer->stop); i++) {
		if (write(fd, peer->says + i, 1) != 1)
			break;
		clock_sleep_ms(peer->pause_ms);
	}
	while (!atomic_load(&peer->stop))
		clock_sleep_ms(10);
	(void)close(fd);
	return NULL;
}

static void
open_peer(struct peer *peer)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/peer",
	    redis.folder);
	(void)snprintf(
	    peer->uri, sizeof(peer->uri), "unix://%s", address.sun_path);
	(void)unlink(address.sun_path);
	peer->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(peer->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(peer->fd, 1), 0);
	assert_int_equal(pthread_create(&peer->thread, NULL, serve, peer), 0);
}

static void
test_strange_peers(void **state)
{
	static const struct {
		const char *says;
		long pause_ms, least_ms;
	} cases[] = {
	    {"", 0, TIMEOUT_MS - 10},
	    /* A byte now and then does not stretch the time. */
	    {"$100\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 50,
		TIMEOUT_MS - 10},
	    {"HTTP/1.1 200 OK\r\n\r\n", 0, 0},
	    {"*1000000000000\r\n", 0, 0},
	    {"$-5\r\n", 0, 0},
	    {"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"
	     "*1\r\n*1\r\n*1\r\n:1\r\n",
		0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct peer peer = {
		    .says = cases[i].says, .pause_ms = cases[i].pause_ms};
		struct redis_conf conf = redis.conf;
		int64_t start_ms = clock_mono_ms();
		struct kv *kv;

		open_peer(&peer);
		conf.uri = peer.uri;
		kv = kv_new(&conf, KV_WEB, TIMEOUT_MS);
		assert_unavailable(ping(kv));
		if (clock_mono_ms() - start_ms < cases[i].least_ms ||
		    clock_mono_ms() - start_ms > TIMEOUT_MS + SLACK_MS)
			fail_msg("%zu: %s", i, err.text);
		kv_free(kv);
		atomic_store(&peer.stop, true);
		(void)pthread_join(peer.thread, NULL);
		(void)close(peer.fd);
	}
}

/* Logging in takes its time from the command: either answer alone comes in
 * time, and both together do not. */
static void
test_one_time_for_all(void **state)
{
	struct peer peer = {.says = "+OK\r\n:1\r\n", .pause_ms = 50};
	struct redis_conf conf = redis.conf;
	char password_file[128];
	struct kv *kv;

	(void)state;
	redis_write_password(&redis, "hush", password_file);
	open_peer(&peer);
	conf.uri = peer.uri;
	conf.password_file = password_file;
	kv = kv_new(&conf, KV_WORKER, TIMEOUT_MS);
	assert_unavailable(ping(kv));
	kv_free(kv);
	atomic_store(&peer.stop, true);
	(void)pthread_join(peer.thread, NULL);
	(void)close(peer.fd);
}

/* A sentinel that says nothing leaves time for the next one. */
static void
test_a_silent_sentinel(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct redis_conf conf = redis.conf;
	socklen_t len = sizeof(address);
	struct redis sentinel;
	char uri[160];
	struct kv *kv;

	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(
	    bind(silent, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(silent, 1), 0);
	assert_int_equal(
	    getsockname(silent, (struct sockaddr *)&address, &len), 0);
	redis_start_sentinel(&sentinel, &redis, "the-master");
	(void)snprintf(uri, sizeof(uri),
	    "sentinel://127.0.0.1:%d,127.0.0.1:%d/the-master",
	    ntohs(address.sin_port), sentinel.port);
	conf.uri = uri;
	kv = kv_new(&conf, KV_WORKER, 3000);
	if (ping(kv) != 0)
		fail_msg("%s", err.text);
	kv_free(kv);
	redis_stop(&sentinel);
	(void)close(silent);
}

/* --- pool ----------------------------------------------------------------- */

static void
test_pool(void **state)
{
	struct kv_pool *pool = kv_pool_new(&redis.conf, KV_WEB, 2, TIMEOUT_MS);
	struct kv *one = kv_pool_take(pool, 0, &err);
	struct kv *two = kv_pool_take(pool, 0, &err);
	int64_t start_ms = clock_mono_ms();

	(void)state;
	assert_non_null(one);
	assert_non_null(two);
	assert_ptr_not_equal(one, two);
	assert_int_equal(ping(one), 0);
	assert_int_equal(ping(two), 0);
	assert_null(kv_pool_take(pool, 100, &err));
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_in_range(clock_mono_ms() - start_ms, 100, 100 + SLACK_MS);
	kv_pool_give(pool, one);
	assert_ptr_equal(kv_pool_take(pool, 0, &err), one);
	kv_pool_give(pool, one);
	kv_pool_give(pool, two);
	kv_pool_free(pool);
	kv_pool_free(NULL);
}

/* One connection that fails speaks for all. */
static void
test_pool_breaker(void **state)
{
	struct redis_conf conf = redis.conf;
	struct kv_pool *pool;
	struct kv *one, *two;

	(void)state;
	conf.uri = "unix:///nonexistent/redis.sock";
	pool = kv_pool_new(&conf, KV_WEB, 2, TIMEOUT_MS);
	one = kv_pool_take(pool, 0, &err);
	two = kv_pool_take(pool, 0, &err);
	assert_unavailable(ping(one));
	conf.uri = redis.uri;
	assert_unavailable(ping(two));
	clock_sleep_ms(KV_BREAK_MS + 20);
	assert_int_equal(ping(two), 0);
	kv_pool_give(pool, one);
	kv_pool_give(pool, two);
	kv_pool_free(pool);
}

enum { VISITORS = 8, ROUNDS = 50 };

static void *
visit(void *argument)
{
	struct kv_pool *pool = argument;
	struct arena own = {0};
	struct kv_reply reply;
	struct err ours;
	intptr_t done = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct kv *kv = kv_pool_take(pool, 5000, &ours);

		if (kv == NULL)
			continue;
		done += kv_words(kv, &own, &reply, &ours, "INCR", "visits",
			    NULL) == 0;
		kv_pool_give(pool, kv);
		arena_reset(&own);
	}
	return (void *)done;
}

static void
test_pool_is_shared(void **state)
{
	struct kv_pool *pool = kv_pool_new(&redis.conf, KV_WEB, 3, 5000);
	struct kv *kv = kv_pool_take(pool, 0, &err);
	pthread_t threads[VISITORS];
	struct kv_reply reply;
	intptr_t done = 0;

	(void)state;
	for (size_t i = 0; i < VISITORS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, visit, pool), 0);
	for (size_t i = 0; i < VISITORS; i++) {
		void *result;

		(void)pthread_join(threads[i], &result);
		done += (intptr_t)result;
	}
	assert_int_equal(done, VISITORS * ROUNDS);
	assert_int_equal(
	    kv_words(kv, &arena, &reply, &err, "INCR", "visits", NULL), 0);
	assert_int_equal(reply.integer, VISITORS * ROUNDS + 1);
	kv_pool_give(pool, kv);
	kv_pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_frozen_redis),
	    cmocka_unit_test(test_a_restart_goes_unnoticed),
	    cmocka_unit_test(test_breaker),
	    cmocka_unit_test(test_strange_peers),
	    cmocka_unit_test(test_one_time_for_all),
	    cmocka_unit_test(test_a_silent_sentinel),
	    cmocka_unit_test(test_pool),
	    cmocka_unit_test(test_pool_breaker),
	    cmocka_unit_test(test_pool_is_shared),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/resolve.h"
#include "lib/flow/memcached.h"

/* What a memcached never is: one that keeps silent, or says something else. A
 * real one is in tests/integration/test_hooks.py. */
struct cache {
	int fd;
	const char *answer; /* to each line; NULL = none */
	char where[64];
	pthread_t thread;
	char heard[65536];
};

static void *
serve(void *context)
{
	struct cache *cache = context;
	int fd = accept(cache->fd, NULL, NULL);
	size_t len = 0;
	ssize_t got;

	while ((got = recv(fd, cache->heard + len,
		    sizeof cache->heard - 1 - len, 0)) > 0) {
		for (ssize_t i = 0; i < got && cache->answer != NULL; i++)
			if (cache->heard[len + (size_t)i] == '\n')
				(void)!send(fd, cache->answer,
				    strlen(cache->answer), MSG_NOSIGNAL);
		len += (size_t)got;
	}
	cache->heard[len] = '\0';
	close(fd);
	return NULL;
}

static void
cache_start(struct cache *cache, const char *answer)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;

	memset(cache, 0, sizeof *cache);
	cache->answer = answer;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cache->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(cache->fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(cache->fd, 4) != 0 ||
	    getsockname(cache->fd, (struct sockaddr *)&address, &len) != 0)
		abort();
	(void)snprintf(cache->where, sizeof cache->where, "127.0.0.1:%d",
	    ntohs(address.sin_port));
	if (pthread_create(&cache->thread, NULL, serve, cache) != 0)
		abort();
}

static void
cache_stop(struct cache *cache)
{
	pthread_join(cache->thread, NULL);
	close(cache->fd);
}

static struct resolve *names;

static void
test_delete(void **unused)
{
	static struct cache cache;
	char long_key[MEMCACHED_KEY_BYTES + 2];
	const char *const keys[] = {"jdupont+attributes", "j@ac-test.fr+x", "",
	    "two words", "line\r\nflush_all", long_key, "last"};
	struct err err = {0};

	(void)unused;
	memset(long_key, 'k', sizeof long_key - 1);
	long_key[sizeof long_key - 1] = '\0';
	cache_start(&cache, "NOT_FOUND\r\n");
	assert_int_equal(memcached_delete(names, cache.where, keys,
			     COUNT_OF(keys), 2000, &err),
	    0);
	cache_stop(&cache);
	assert_string_equal(cache.heard, "delete jdupont+attributes\r\n"
					 "delete j@ac-test.fr+x\r\n"
					 "delete last\r\n");
}

static void
test_as_many_as_may(void **unused)
{
	static struct cache cache;
	static char key[MEMCACHED_KEY_BYTES + 1];
	const char *keys[MEMCACHED_KEYS_MAX];
	struct err err = {0};

	(void)unused;
	memset(key, 'k', sizeof key - 1);
	for (size_t i = 0; i < MEMCACHED_KEYS_MAX; i++)
		keys[i] = key;
	cache_start(&cache, "NOT_FOUND\r\n");
	assert_int_equal(memcached_delete(names, cache.where, keys,
			     MEMCACHED_KEYS_MAX, 2000, &err),
	    0);
	cache_stop(&cache);
	assert_int_equal(strlen(cache.heard),
	    MEMCACHED_KEYS_MAX * (MEMCACHED_KEY_BYTES + strlen("delete \r\n")));
}

static void
test_silent(void **unused)
{
	static struct cache cache;
	const char *const keys[] = {"a"};
	struct err err = {0};
	int64_t start_ms = clock_mono_ms();

	(void)unused;
	cache_start(&cache, NULL);
	assert_int_equal(
	    memcached_delete(names, cache.where, keys, 1, 200, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_true(clock_mono_ms() - start_ms < 1000);
	cache_stop(&cache);
}

static void
test_another_tongue(void **unused)
{
	static const char *const answers[] = {"ERROR\r\n",
	    "SERVER_ERROR out of memory\r\n", "HTTP/1.1 400 Bad Request\r\n"};
	const char *const keys[] = {"a"};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		static struct cache cache;
		struct err err = {0};

		cache_start(&cache, answers[i]);
		assert_int_equal(
		    memcached_delete(names, cache.where, keys, 1, 2000, &err),
		    -1);
		assert_int_equal(err.kind, ERR_UNAVAILABLE);
		cache_stop(&cache);
	}
}

static void
test_not_there(void **unused)
{
	static const struct {
		const char *where;
		enum err_kind kind;
	} cases[] = {
	    {"127.0.0.1:1", ERR_UNAVAILABLE},
	    {"[::1]:1", ERR_UNAVAILABLE},
	    {"127.0.0.1", ERR_CONFIG},
	};
	const char *const keys[] = {"a"};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err err = {0};

		assert_int_equal(
		    memcached_delete(names, cases[i].where, keys, 1, 500, &err),
		    -1);
		assert_int_equal(err.kind, cases[i].kind);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_delete),
	    cmocka_unit_test(test_as_many_as_may),
	    cmocka_unit_test(test_silent),
	    cmocka_unit_test(test_another_tongue),
	    cmocka_unit_test(test_not_there),
	};

	int failed;

	names = resolve_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	resolve_free(names);
	return failed;
}

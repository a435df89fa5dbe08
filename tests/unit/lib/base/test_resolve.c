/* resolve and dial: names that come, names that do not, and none in time. */
#include "lib/base/resolve.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
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

#include "lib/base/clock.h"
#include "lib/base/dial.h"
#include "lib/base/err.h"

enum { SOON_MS = 150, STEP_MS = 10, PATIENCE_MS = 10000 };

/* --- a name server that keeps silent --------------------------------------
 *
 * The C library's getaddrinfo() for every name but those in "deaf.test": these
 * take until the test lets them go. */

static atomic_bool deaf;
static atomic_int asked;

typedef int look_up_fn(const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **list);

int
getaddrinfo(const char *restrict host, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
	look_up_fn *real;

	if (strstr(host, "deaf.test") == NULL ||
	    (hints->ai_flags & AI_NUMERICHOST) != 0) {
		*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
		return real(host, service, hints, list);
	}
	atomic_fetch_add(&asked, 1);
	while (atomic_load(&deaf))
		clock_sleep_ms(STEP_MS);
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real("127.0.0.9", service, hints, list);
}

static int
threads(void)
{
	DIR *folder = opendir("/proc/self/task");
	int count = -2; /* . and .. */

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		count++;
	(void)closedir(folder);
	return count;
}

static void
wait_for_threads(int count)
{
	int64_t until_ms = clock_mono_ms() + PATIENCE_MS;

	while (threads() > count && clock_mono_ms() < until_ms)
		clock_sleep_ms(STEP_MS);
	assert_int_equal(threads(), count);
}

static int
look(struct resolve *resolve, const char *host, struct err *err)
{
	struct addrinfo *list;
	int rc = resolve_name(resolve, host, "389", SOON_MS, &list, err);

	if (rc == 0) {
		assert_non_null(list);
		freeaddrinfo(list);
	} else {
		assert_null(list);
		assert_int_equal(err->kind, ERR_UNAVAILABLE);
	}
	return rc;
}

/* --- tests -----------------------------------------------------------------
 */

static void
test_names(void **state)
{
	static const struct {
		const char *host;
		int rc;
	} table[] = {
	    {"127.0.0.1", 0},
	    {"::1", 0},
	    {"localhost", 0},
	    {"no-such-name.invalid", -1},
	    {"", -1},
	};
	struct resolve *resolve = resolve_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct err err = {0};
		struct addrinfo *list;
		int rc = resolve_name(
		    resolve, table[i].host, "389", PATIENCE_MS, &list, &err);

		if (rc != table[i].rc)
			fail_msg("row %zu: %s", i, err.text);
		if (rc == 0)
			freeaddrinfo(list);
	}
	resolve_free(resolve);
	resolve_free(NULL);
}

static void
test_too_long(void **state)
{
	struct resolve *resolve = resolve_new();
	char host[RESOLVE_HOST + 1];
	struct err err = {0};

	(void)state;
	memset(host, 'a', sizeof host - 1);
	host[sizeof host - 1] = '\0';
	assert_int_equal(look(resolve, host, &err), -1);
	resolve_free(resolve);
}

static void
test_silence_ends(void **state)
{
	struct resolve *resolve = resolve_new();
	struct err err = {0};
	int before = *(int *)*state;

	wait_for_threads(before);
	atomic_store(&deaf, true);
	atomic_store(&asked, 0);
	/* The same name again waits for the same thread; another does not
	 * start a second one; an address needs none. */
	for (int i = 0; i < 5; i++)
		assert_int_equal(look(resolve, "a.deaf.test", &err), -1);
	assert_int_equal(look(resolve, "b.deaf.test", &err), -1);
	assert_non_null(strstr(err.text, "names are slow"));
	assert_int_equal(look(resolve, "127.0.0.1", &err), 0);
	assert_int_equal(atomic_load(&asked), 1);
	assert_int_equal(threads(), before + 1);
	/* It speaks again: so do we. */
	atomic_store(&deaf, false);
	wait_for_threads(before);
	assert_int_equal(look(resolve, "b.deaf.test", &err), 0);
	wait_for_threads(before);
	resolve_free(resolve);
}

/* Who asks again is not made to wait again: every look-up may be slower than
 * every deadline. For another name it is no answer, and it serves once. */
static void
test_a_late_answer_serves(void **state)
{
	struct resolve *resolve = resolve_new();
	struct err err = {0};
	int before = *(int *)*state;

	wait_for_threads(before);
	for (int i = 0; i < 2; i++) {
		atomic_store(&asked, 0);
		atomic_store(&deaf, true);
		assert_int_equal(look(resolve, "a.deaf.test", &err), -1);
		atomic_store(&deaf, false);
		wait_for_threads(before);
		assert_int_equal(
		    look(resolve, i == 0 ? "a.deaf.test" : "b.deaf.test", &err),
		    0);
		assert_int_equal(atomic_load(&asked), i == 0 ? 1 : 2);
		assert_int_equal(look(resolve, "a.deaf.test", &err), 0);
		assert_int_equal(atomic_load(&asked), i == 0 ? 2 : 3);
		wait_for_threads(before);
	}
	resolve_free(resolve);
}

/* Nobody waits for a thread that hangs, and it leaves nothing behind. */
static void
test_who_leaves_does_not_wait(void **state)
{
	struct resolve *resolve = resolve_new();
	struct err err = {0};
	int before = *(int *)*state;

	wait_for_threads(before);
	atomic_store(&deaf, true);
	assert_int_equal(look(resolve, "a.deaf.test", &err), -1);
	resolve_free(resolve);
	assert_int_equal(threads(), before + 1);
	atomic_store(&deaf, false);
	wait_for_threads(before);
}

static void
test_dial(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct resolve *resolve = resolve_new();
	int fd, door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof address;
	struct err err = {0};
	char port[16];

	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(door, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(door, 4), 0);
	assert_int_equal(
	    getsockname(door, (struct sockaddr *)&address, &len), 0);
	(void)snprintf(port, sizeof port, "%d", ntohs(address.sin_port));
	/* ::1 may be its first address, and nobody listens there. */
	fd = dial_tcp(resolve, "localhost", port, PATIENCE_MS, &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	(void)close(fd);
	(void)close(door);
	fd = dial_tcp(resolve, "127.0.0.1", port, PATIENCE_MS, &err);
	assert_int_equal(fd, -1);
	assert_non_null(strstr(err.text, "refused"));
	fd = dial_unix("/nonexistent/socket", PATIENCE_MS, &err);
	assert_int_equal(fd, -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	resolve_free(resolve);
}

/* A server whose queue is full and who takes nobody out of it. No time left, as
 * after a pause of the process, is no time, and not all of it. */
static void
test_a_full_queue(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	static const long times_ms[] = {20, 0, -5};
	int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int waiting[2];
	struct err err = {0};

	(void)state;
	(void)snprintf(address.sun_path, sizeof address.sun_path,
	    "/tmp/rentree-dial-%d", (int)getpid());
	(void)unlink(address.sun_path);
	assert_int_equal(
	    bind(server, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(server, 1), 0);
	for (size_t i = 0; i < COUNT_OF(waiting); i++)
		waiting[i] = dial_unix(address.sun_path, PATIENCE_MS, &err);
	for (size_t i = 0; i < COUNT_OF(times_ms); i++) {
		assert_int_equal(
		    dial_unix(address.sun_path, times_ms[i], &err), -1);
		assert_int_equal(err.kind, ERR_UNAVAILABLE);
	}
	for (size_t i = 0; i < COUNT_OF(waiting); i++) {
		assert_true(waiting[i] >= 0);
		close(waiting[i]);
	}
	close(server);
	(void)unlink(address.sun_path);
}

/* How many threads there are at rest; a sanitizer starts one of its own with
 * the first. */
static int
count_threads(void **state)
{
	struct resolve *resolve = resolve_new();
	struct err err = {0};
	static int before;

	(void)!look(resolve, "localhost", &err);
	before = threads();
	for (int i = 0; i < 50; i++) {
		clock_sleep_ms(STEP_MS);
		if (threads() < before)
			before = threads();
	}
	resolve_free(resolve);
	*state = &before;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_too_long),
	    cmocka_unit_test(test_silence_ends),
	    cmocka_unit_test(test_a_late_answer_serves),
	    cmocka_unit_test(test_who_leaves_does_not_wait),
	    cmocka_unit_test(test_dial),
	    cmocka_unit_test(test_a_full_queue),
	};

	return cmocka_run_group_tests(tests, count_threads, NULL);
}
